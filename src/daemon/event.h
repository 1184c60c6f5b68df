/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event log: JSON Lines, and the limits that keep a storm from filling the
 * disk. The events and their keys are in include/pinfs/event.h.
 */
#ifndef PIN_EVENT_H
#define PIN_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

enum {
	EVENT_MAX_WAITING = 1024,	/* lines in memory; some KiB each */
	EVENT_SYNC_MS = 2000,		/* that event_sync() waits for promises */
};

struct event_log;
struct fs;
struct inode;
struct livepage_diff;

/**
 * event_log_create() - open the log for appending
 * @path: file, created with mode 0600
 * Return: 0 or -errno; a message has been logged.
 */
int event_log_create(struct fs *fs, const char *path,
		     struct event_log **log_ret) MUST_CHECK;
void event_log_destroy(struct event_log *log);
/* Absolute path of the log. */
const char *event_log_path(const struct event_log *log);

/**
 * event_write() - add seq, t_ns, time and event in front, and write the line
 * @name: one of PINFS_EVENTS
 * @keys: the event's own keys; the reference is taken; NULL when memory was
 *        short, which counts as dropped
 *
 * Context: any thread; takes the log's lock; a write to a regular file.
 * A line that cannot be written is dropped and counted, never an error; a
 * "dropped" line says how many were when there is room again. Behind a promised
 * line it waits in memory until that one is complete.
 */
void event_write(struct event_log *log, const char *name, json_t *keys);

/**
 * event_promise() - a line whose keys are not all known yet
 * It has its place in the log, and its time, from now on. The promise is given
 * up when EVENT_MAX_WAITING lines wait behind it, or at the end of event_sync().
 *
 * @keys: what it says when the promise is given up; the reference is taken
 *
 * Context: any thread; takes the log's lock.
 * Return: the ticket for event_complete(); 0 without memory: the line is dropped,
 * and counted as such.
 */
uint64_t event_promise(struct event_log *log, const char *name, json_t *keys);
/* Has the promise not been given up? For who is about to work for it. */
bool event_is_promised(struct event_log *log, uint64_t ticket);
/**
 * event_complete() - keep a promise
 * @keys: what the line says, instead of what event_promise() was given; the
 *        reference is taken; NULL: just that
 *
 * Context: any thread; takes the log's lock.
 * Return: false: too late, the line has been written without.
 */
bool event_complete(struct event_log *log, uint64_t ticket, json_t *keys);
/**
 * event_allowed() - may a full event of this file be written in this second?
 * Counts the ones that may not; the "suppressed" lines about them are written
 * with the first question in a later second, or by event_sync().
 *
 * Context: any thread; takes the log's lock and the inode table's.
 */
bool event_allowed(struct event_log *log, struct inode *inode);
/**
 * event_sync() - write what is still to be said about lines that are not there,
 * and fdatasync
 * Lines that were promised before are waited for, EVENT_SYNC_MS at most; then
 * they are written as they are.
 */
void event_sync(struct event_log *log);

/*
 * "changed": where a block differs, as [offset in the block, length] pairs. NULL
 * when memory is short.
 */
json_t *event_changed(const struct livepage_diff *diff);

#endif
