/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who could have changed a block of a file of the mount: processes that map it,
 * system calls whose buffers lie in such a mapping, and system calls that write
 * into the file. suspect.c has the design.
 */
#ifndef PIN_SUSPECT_H
#define PIN_SUSPECT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "common/json.h"

struct call;
struct suspect;

enum { SUSPECT_MAX_CALLS = 512 };	/* of a trace, in one question */

struct suspect_query {
	dev_t dev;		/* st_dev of the mount */
	uint64_t ino;
	uint64_t off;		/* of the block in the file [bytes] */
	uint64_t len;		/* bytes, not 0 */
	uint64_t from_ns;	/* CLOCK_MONOTONIC; calls that had ended by then are
				 * none of its business */
	uint64_t to_ns;		/* nor are those that began after it; 0: now */
	pid_t pid;		/* a process to look at first, or 0 */
};

/**
 * suspect_create() - the helpers that look
 * Context: before any thread, and before /dev/fuse is opened. Return: 0 or
 * -errno; a message has been logged.
 */
int suspect_create(struct suspect **suspect_ret) MUST_CHECK;
void suspect_destroy(struct suspect *suspect);	/* NULL is allowed */

/**
 * suspect_find() - look for suspects now
 * @suspect:     NULL finds nobody, and says so
 * @calls:       what a trace knows of calls in the window, or NULL; those beyond
 *               SUSPECT_MAX_CALLS are not looked at, which the answer says
 * @deadline_ns: CLOCK_MONOTONIC; what is known by then is the answer
 *
 * Context: a thread that may wait; no locks.
 * Return: the caller's: an object of "suspects", "mappers", "openers", lists,
 * "unknown", a list of sentences about what could not be found out, "page", an
 * object or null, and "resolved", whether each call that writes into a file could
 * be told to be of this one or not; "assumes_open": that is so if no descriptor of
 * the file has been closed since from_ns. NULL without memory.
 */
json_t *suspect_find(struct suspect *suspect, const struct suspect_query *query,
		     const struct call *calls, size_t ncalls,
		     uint64_t deadline_ns) MUST_CHECK;

#endif
