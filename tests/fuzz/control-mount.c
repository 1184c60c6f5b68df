/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See control-mount.h. */
#include "control-mount.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/hold-internal.h"
#include "daemon/request.h"

/* ---- the clock; all of clock.h, so that the real one is not linked ---- */

static uint64_t now_ns;
static _Thread_local bool waits_have_no_time;

uint64_t clock_now_ns(void)
{
	if (!now_ns) {
		struct timespec now;

		/* So far off that no wait on the real clock gets there. */
		assert(!clock_gettime(CLOCK_MONOTONIC, &now));
		now_ns = ((uint64_t)now.tv_sec + 365 * 86400) *
			 CLOCK_NS_PER_SEC;
	}
	return now_ns;
}

uint64_t clock_deadline_ns(uint64_t ns)
{
	uint64_t deadline_ns;

	if (waits_have_no_time)
		return 1;
	if (__builtin_add_overflow(clock_now_ns(), ns, &deadline_ns))
		return CLOCK_NEVER;
	return deadline_ns;
}

void control_mount_in_verb(bool in_verb)
{
	waits_have_no_time = in_verb;
}

/* ---- the mount ---- */

static struct config config = {
	.hold_max_ns = 30 * CLOCK_NS_PER_SEC,
	.source = "/source",
	.source_path = "/sour\xc3\xa9",
	.mount_options = "ro",
};
static struct fs fs;
static struct hold_queue *queue;	/* one for all: it has a thread */
static atomic_size_t parked, resumed;

/* Numbers of holds begin anew with each mount. */
static void set_up_queue(void)
{
	if (!queue)
		assert(!hold_queue_create(&queue));
	mutex_lock(&queue->lock);
	assert(list_empty(&queue->held) && list_empty(&queue->ready));
	queue->last_id = 0;
	mutex_unlock(&queue->lock);
	fs.holds = queue;
}

struct fs *control_mount_up(void)
{
	fs = (struct fs){
		.config = &config, .mountpoint = "/mnt",
		.dev = makedev(0, 41), .start_ns = clock_now_ns(),
		.limits = {
			.proc_sys = "/nonexistent",
			.request_timeout_ns = 20 * CLOCK_NS_PER_SEC,
		},
		.quit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	parked = resumed = 0;
	set_up_queue();
	assert(fs.quit_fd >= 0 && !gate_set_create(&fs, &fs.gates));
	return &fs;
}

static void resume_last(UNUSED struct hold *hold)
{
	assert(parked == resumed);
}

/* What is released goes on in this order, so that the last has seen them all. */
static void wait_resumed(void)
{
	struct hold last = {
		.gate_id = UINT64_MAX, .deadline_ns = CLOCK_NEVER,
		.resume = resume_last,
	};

	hold_park(fs.holds, &last);
	assert(hold_release(fs.holds, last.gate_id, 1) == 1);
}

void control_mount_down(void)
{
	if (parked)
		wait_resumed();
	gate_set_destroy(fs.gates);
	close(fs.quit_fd);
}

/* ---- requests ---- */

static void resume(struct hold *hold)
{
	struct request *request = container_of(hold, struct request, hold);

	free((char *)request->name);
	free(request);
	resumed++;
}

static void park(struct request *request, const struct gate_plan *plan)
{
	request->hold.gate_id = plan->keeper;
	request->hold.timed = plan->timed;
	request->hold.deadline_ns = plan->deadline_ns;
	request->hold.resume = resume;
	parked++;
	hold_park(fs.holds, &request->hold);
	gate_parked(fs.gates, plan->keeper);
}

static void check_plan(const struct gate_plan *plan)
{
	assert(plan->nhits > 0 && plan->nhits <= GATE_NACTIONS);
	for (unsigned int i = 0; i < plan->nhits; i++)
		assert(gate_exists(fs.gates, plan->hits[i].id));
	assert(plan->fault.err >= 0 && plan->fault.err < 512);
	assert(!plan->keeper || plan->deadline_ns <=
	       clock_now_ns() + config.hold_max_ns);
}

static uint64_t number(struct parse_line *words, const char *key,
		       uint64_t absent)
{
	const char *text = parse_line_get(words, key);
	uint64_t value = absent;

	return text && !parse_size(text, &value) ? value : absent;
}

void control_mount_arrive(struct parse_line *words)
{
	const char *op = parse_line_get(words, "op");
	const char *name = parse_line_get(words, "name");
	bool reply = parse_line_get(words, "reply");
	int opcode = op ? request_op_from_name(op) : -1;
	struct request *request = calloc(1, sizeof(*request));
	struct gate_plan plan;

	assert(request);
	request->opcode = opcode < 0 ? 16 : (uint32_t)opcode;
	request->nodeid = number(words, "ino", 1) % 100;
	request->off = number(words, "off", 0) & INT64_MAX;
	request->size = number(words, "len", 4096) & UINT32_MAX;
	request->pid = (pid_t)(number(words, "pid", 1) & INT_MAX);
	request->has_range = !name;
	request->name = name ? strdup(name) : NULL;
	request->reply_passed = reply;
	if (gate_check(fs.gates, request, reply ? GATE_REPLY : GATE_ARRIVE,
		       &plan)) {
		check_plan(&plan);
		if (plan.keeper) {
			park(request, &plan);
			return;
		}
	}
	free((char *)request->name);
	free(request);
}

static bool count_one(UNUSED const struct hold *hold, void *context)
{
	(*(size_t *)context)++;
	return true;
}

size_t control_mount_held(void)
{
	size_t count = 0;

	hold_each(fs.holds, count_one, &count);
	return count;
}
