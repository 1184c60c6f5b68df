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
 * "dropped" line says how many were when there is room again.
 */
void event_write(struct event_log *log, const char *name, json_t *keys);
/**
 * event_allowed() - may a full event of this file be written in this second?
 * Counts the ones that may not; the "suppressed" lines about them are written
 * with the first question in a later second, or by event_sync().
 *
 * Context: any thread; takes the log's lock and the inode table's.
 */
bool event_allowed(struct event_log *log, struct inode *inode);
/* Write what is still to be said about lines that are not there, and fdatasync. */
void event_sync(struct event_log *log);

/*
 * "changed": where a block differs, as [offset in the block, length] pairs. NULL
 * when memory is short.
 */
json_t *event_changed(const struct livepage_diff *diff);

#endif
