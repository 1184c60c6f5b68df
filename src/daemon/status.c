/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turning the state of a mount into JSON. Reads, never changes anything. */
#include "daemon/status.h"

#include <errno.h>
#include <limits.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/hold.h"
#include "daemon/inode.h"
#include "daemon/loopdev.h"
#include "daemon/record.h"
#include "daemon/request.h"
#include "daemon/session.h"
#include "daemon/settle.h"
#include "daemon/state.h"
#include "daemon/trace.h"
#include "rescue/rescue.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

static uint32_t connection(const struct fs *fs)
{
	return rescue_connection(major(fs->dev), minor(fs->dev));
}

long status_waiting(const struct fs *fs)
{
	long waiting = rescue_waiting(connection(fs));

	return waiting < 0 ? -1 : waiting;
}

/* The two numbers are read one after the other: never less than none. */
long status_queued(const struct fs *fs)
{
	long waiting = status_waiting(fs);

	return waiting < 0 ? -1 :
		MAX(waiting - session_unanswered(fs->session), 0L);
}

json_t *status_counters(const struct fs *fs)
{
	json_t *object = json_object();
	int failed = 0;

#define COUNTER(name, help) \
	failed |= json_object_set_new(object, #name, \
		json_integer((json_int_t)stats_get(&fs->stats.name)));
	STATS_COUNTERS(COUNTER)
#undef COUNTER
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *word(const struct config *config, const char *option)
{
	return json_string(config_word(config, option));
}

json_t *status_options(const struct fs *fs)
{
	const struct config *config = fs->config;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, "
			 "s:I, s:i, s:b, s:b, s:s}",
			 "cache", word(config, "cache"),
			 "live", word(config, "live"),
			 "policy", word(config, "policy"),
			 "verify", word(config, "verify"),
			 "csum", word(config, "csum"),
			 "peek", word(config, "peek"),
			 "suspects", word(config, "suspects"),
			 "trace", word(config, "trace"),
			 "window_us", (json_int_t)(config->window_ns / 1000),
			 "hold_max_us", (json_int_t)(config->hold_max_ns / 1000),
			 "watchdog_us", (json_int_t)(config->watchdog_ns / 1000),
			 "threads", (int)config->threads,
			 "ro", config->read_only,
			 "pins_only", config->pins_only,
			 "mount", config->mount_options);
}

int status_fill(struct fs *fs, json_t *object)
{
	char reason[TRACE_REASON_SIZE];
	char dev[32];
	json_t *members;
	int err;

	snprintf(dev, sizeof(dev), "%u:%u", major(fs->dev), minor(fs->dev));
	members = json_pack(
		"{s:s, s:i, s:o, s:o, s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:o, "
		"s:b, s:s?, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, "
		"s:s, s:s?, s:o, s:o}",
		"version", PACKAGE_VERSION,
		"pid", (int)getpid(),
		"source", json_text(fs->config->source_path),
		"mountpoint", json_text(fs->mountpoint),
		"dev", dev,
		"connection", (json_int_t)connection(fs),
		"mode", inode_table_mode(fs->inodes),
		"cache", config_word(fs->config, "cache"),
		"live", probe_live_name(fs->live.live),
		"live_reason", fs->live.reason,
		"log", json_text(event_log_path(fs->events)),
		"state", json_text(state_path(fs->state)),
		"pins_only", fs->loop != NULL,
		"loop", fs->loop ? loopdev_path(fs->loop) : NULL,
		"paused", session_is_paused(fs->session),
		"waiting", (json_int_t)status_waiting(fs),
		"queued", (json_int_t)status_queued(fs),
		"held", (json_int_t)hold_count(fs->holds, 0),
		"gates", (json_int_t)gate_count(fs->gates),
		"inodes", (json_int_t)inode_table_count(fs->inodes),
		"unsettled_blocks", (json_int_t)settle_count(fs->settle),
		"record", record_json(fs),
		"uptime_us", (json_int_t)((clock_now_ns() - fs->start_ns) / 1000),
		"request_timeout_us",
		(json_int_t)(fs->limits.request_timeout_ns / 1000),
		"trace", trace_state(fs->trace),
		"trace_reason", trace_reason(fs->trace, reason),
		"options", status_options(fs),
		"counters", status_counters(fs));
	err = json_object_update(object, members) ? -ENOMEM : 0;
	json_decref(members);
	return err;
}

struct held_list {
	struct fs *fs;
	json_t *array;
	uint64_t now_ns;
	bool failed;		/* memory was short */
};

/*
 * With the queue's lock held: the request cannot go on meanwhile, so its inode
 * is counted. Takes the inode table's lock inside the queue's.
 */
static bool add_held(const struct hold *hold, void *context)
{
	const struct request *request =
		container_of(hold, struct request, hold);
	struct held_list *list = context;
	struct inode *inode = inode_from_nodeid(list->fs->inodes,
						request->nodeid);
	char path[PATH_MAX];
	char op[16];

	/* An INTERRUPT that waits for its request is nobody's hold. */
	if (request->opcode == FUSE_INTERRUPT)
		return true;
	inode_path(list->fs->inodes, inode, request->name, path, sizeof(path));
	list->failed = json_array_append_new(list->array, json_pack(
		"{s:I, s:I, s:s, s:s, s:b, s:o, s:I, s:I, s:I, s:i, s:I, s:I}",
		"id", (json_int_t)hold->id,
		"gate", (json_int_t)hold->gate_id,
		"op", request_op_name(request->opcode, op),
		"at", request->reply_passed ? "reply" : "arrive",
		"delay", hold->timed,
		"path", json_text(path),
		"ino", (json_int_t)inode_ino(inode),
		"off", (json_int_t)request->off,
		"len", (json_int_t)request->size,
		"pid", (int)request->pid,
		"held_us", (json_int_t)((list->now_ns - hold->since_ns) / 1000),
		"left_us", (json_int_t)(hold->deadline_ns > list->now_ns ?
			(hold->deadline_ns - list->now_ns) / 1000 : 0)));
	return !list->failed;
}

int status_fill_list(struct fs *fs, json_t *object)
{
	struct held_list list = { .fs = fs, .array = json_array(),
				  .now_ns = clock_now_ns() };

	hold_each(fs->holds, add_held, &list);
	if (list.failed ||
	    json_object_set_new(object, "gates", gate_list(fs->gates))) {
		json_decref(list.array);
		return -ENOMEM;
	}
	return json_object_set_new(object, "held", list.array) ? -ENOMEM : 0;
}
