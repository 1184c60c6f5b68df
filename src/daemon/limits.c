/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two of the kernel's clocks run while a request is held.
 *
 * The request timeout, from 6.15 on: a request that is not answered in time
 * aborts the connection. It is counted from the making of the request in the
 * kernel, and looked at every 15 seconds (fs/fuse/dev.c: fuse_check_timeout(),
 * 6.18), so the abort may be late, never early. Which time holds for a connection
 * is decided when INIT is answered (fs/fuse/inode.c: init_server_timeout(), 6.18),
 * from two sysctls: we ask for no time of our own.
 *
 * The hung task detector: it warns of a thread that sleeps uninterruptibly for
 * longer than hung_task_timeout_secs, as one does whose page is held, and with
 * hung_task_panic the machine panics (kernel/hung_task.c, 6.18).
 *
 * A request passes two gates, so it is not the single hold that has to be short
 * enough but the time from arrival to answer: limits_cut() sees to that, for both
 * gates and the window. The margin is for what comes before the arrival (a queue
 * in the kernel while all workers are busy) and after the hold (the releaser
 * answers one request after the other). It is not enough for a pause that is
 * longer, or for a SOURCE that takes longer to answer: nobody can help that here.
 */
#include "daemon/limits.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/parse.h"
#include "daemon/fs.h"

enum {
	SHORTEST_TIMEOUT_S = 15,	/* FUSE_TIMEOUT_TIMER_FREQ */
	MARGIN_PART = 4,		/* of the kernel's time */
	MARGIN_MAX_S = 5,
};

/* What the sysctls say [s]; 0: off, or this kernel has none. */
struct sysctls {
	uint64_t default_timeout;
	uint64_t max_timeout;
	uint64_t hung_task;
	uint64_t panic;		/* none of a time: not 0 is yes */
};

void limits_init(struct limits *limits)
{
	limits->proc_sys = "/proc/sys";
	limits->request_timeout_ns = 0;
	atomic_init(&limits->life_max_ns, 0);
}

static uint64_t read_number(const struct limits *limits, const char *name)
{
	autofree char *text = NULL;
	char path[PATH_MAX];
	uint64_t value;

	snprintf(path, sizeof(path), "%s/%s", limits->proc_sys, name);
	if (fdio_read_file(path, &text))
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return parse_u64(text, &value) ? 0 : value;
}

static struct sysctls read_sysctls(const struct limits *limits)
{
	return (struct sysctls){
		.default_timeout = read_number(
			limits, "fs/fuse/default_request_timeout"),
		.max_timeout = read_number(limits,
					   "fs/fuse/max_request_timeout"),
		.hung_task = read_number(limits,
					 "kernel/hung_task_timeout_secs"),
		.panic = read_number(limits, "kernel/hung_task_panic"),
	};
}

/* As init_server_timeout() does for a server that asks for none. */
static uint64_t effective_timeout(const struct sysctls *sysctls)
{
	uint64_t timeout = sysctls->default_timeout;

	if (sysctls->max_timeout &&
	    (!timeout || timeout > sysctls->max_timeout))
		timeout = sysctls->max_timeout;
	return timeout ? MAX(timeout, (uint64_t)SHORTEST_TIMEOUT_S) : 0;
}

static uint64_t with_margin(uint64_t ns)
{
	return ns - MIN(ns / MARGIN_PART,
			(uint64_t)MARGIN_MAX_S * CLOCK_NS_PER_SEC);
}

static void set_life_max(struct limits *limits, const struct sysctls *sysctls)
{
	uint64_t life_ns = CLOCK_NEVER;

	if (limits->request_timeout_ns)
		life_ns = with_margin(limits->request_timeout_ns);
	if (sysctls->panic && sysctls->hung_task)
		life_ns = MIN(life_ns, with_margin(sysctls->hung_task *
						   CLOCK_NS_PER_SEC));
	atomic_store_explicit(&limits->life_max_ns,
			      life_ns == CLOCK_NEVER ? 0 : life_ns,
			      memory_order_relaxed);
}

static uint64_t life_max_ns(const struct fs *fs)
{
	uint64_t life_ns = atomic_load_explicit(&fs->limits.life_max_ns,
						memory_order_relaxed);

	return life_ns ? life_ns : CLOCK_NEVER;
}

uint64_t limits_hold_max_ns(const struct fs *fs)
{
	return MIN(fs->config->hold_max_ns, life_max_ns(fs));
}

uint64_t limits_cut(const struct fs *fs, uint64_t arrival_ns,
		    uint64_t deadline_ns)
{
	uint64_t life_ns = life_max_ns(fs);

	if (life_ns == CLOCK_NEVER)
		return deadline_ns;
	return MIN(deadline_ns, arrival_ns + life_ns);
}

/* ---- what there is to say ---- */

static double seconds(uint64_t ns)
{
	return (double)ns / (double)CLOCK_NS_PER_SEC;
}

/* About holds of that length; "" when there is nothing to say. */
static void describe(const struct fs *fs, const struct sysctls *sysctls,
		     uint64_t hold_ns, char *message, size_t size)
{
	uint64_t timeout_ns = fs->limits.request_timeout_ns;
	uint64_t hung_task_ns = sysctls->hung_task * CLOCK_NS_PER_SEC;
	double life = seconds(life_max_ns(fs));

	message[0] = '\0';
	if (timeout_ns && hold_ns > with_margin(timeout_ns))
		snprintf(message, size,
			 "the kernel aborts this mount's connection when a "
			 "request takes longer than %.0f s "
			 "(fs.fuse.*_request_timeout): no request is held "
			 "longer than %.3g s", seconds(timeout_ns), life);
	else if (sysctls->panic && hung_task_ns &&
		 hold_ns > with_margin(hung_task_ns))
		snprintf(message, size,
			 "the kernel panics when a task sleeps longer than "
			 "%.0f s (kernel.hung_task_panic): no request is held "
			 "longer than %.3g s", seconds(hung_task_ns), life);
	else if (hung_task_ns && hold_ns >= hung_task_ns)
		snprintf(message, size,
			 "the kernel complains of tasks that sleep longer than "
			 "%.0f s (kernel.hung_task_timeout_secs): it will, of "
			 "those that are held", seconds(hung_task_ns));
}

void limits_take(struct fs *fs)
{
	struct sysctls sysctls = read_sysctls(&fs->limits);
	char message[256];

	fs->limits.request_timeout_ns = effective_timeout(&sysctls) *
					CLOCK_NS_PER_SEC;
	set_life_max(&fs->limits, &sysctls);
	describe(fs, &sysctls, fs->config->hold_max_ns, message,
		 sizeof(message));
	if (message[0])
		log_warn("hold_max=: %s", message);
}

int limits_check_hold(struct fs *fs, uint64_t deadline_ns, char *message,
		      size_t size)
{
	struct sysctls sysctls = read_sysctls(&fs->limits);
	uint64_t timeout_ns = fs->limits.request_timeout_ns;
	uint64_t hold_ns = fs->config->hold_max_ns;

	set_life_max(&fs->limits, &sysctls);
	if (timeout_ns && deadline_ns >= timeout_ns) {
		snprintf(message, size,
			 "deadline= is not below the %.0f s after which the "
			 "kernel aborts this mount's connection "
			 "(fs.fuse.*_request_timeout)", seconds(timeout_ns));
		return -ERANGE;
	}
	if (deadline_ns)
		hold_ns = MIN(hold_ns, deadline_ns);
	describe(fs, &sysctls, hold_ns, message, size);
	return 0;
}
