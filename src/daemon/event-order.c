/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of the event log's lines.
 *
 * A promised line (finding.c looks around before it says what it has found) and
 * all behind it wait in a queue, so that the order is that of the events; t_ns and
 * time are those of the event, seq is given when the line is written. While
 * nothing is promised the queue is empty, and lines go straight to the file.
 */
#include "daemon/event-internal.h"

#include <errno.h>

#include "common/clock.h"
#include "daemon/fs.h"

/* Write all that waits for nothing any more. */
static void flush_locked(struct event_log *log) REQUIRES(log->lock);
static void flush_locked(struct event_log *log)
{
	struct event_line *line;

	while ((line = event_queue_ready(&log->queue))) {
		event_write_locked(log, line->name, json_incref(line->keys),
				   &line->stamp);
		event_queue_remove(&log->queue, line);
	}
	mutex_cond_broadcast(&log->kept);
}

/* Write promised lines up to a ticket as they are, and count them. */
static void give_up_locked(struct event_log *log, uint64_t ticket)
	REQUIRES(log->lock);
static void give_up_locked(struct event_log *log, uint64_t ticket)
{
	stats_add(&log->fs->stats.unexamined_findings,
		  event_queue_give_up(&log->queue, ticket));
	flush_locked(log);
}

/* Return: the line's ticket; 0: it is not promised, or there is no memory. */
static uint64_t queue_locked(struct event_log *log, const char *name,
			     json_t *keys, bool promised) REQUIRES(log->lock);
static uint64_t queue_locked(struct event_log *log, const char *name,
			     json_t *keys, bool promised)
{
	struct event_line *line = NULL;
	struct event_stamp now;

	event_take_stamp(&now);
	if (keys)
		line = event_queue_add(&log->queue, name, keys, &now, promised);
	if (!line) {
		log->seq++;
		event_note_dropped_locked(log, name, -ENOMEM);
		return 0;
	}
	if (log->queue.count > EVENT_MAX_WAITING)
		give_up_locked(log, event_queue_oldest(&log->queue));
	return promised ? log->queue.last_ticket : 0;
}

void event_put_locked(struct event_log *log, const char *name, json_t *keys)
{
	struct event_stamp now;

	if (log->queue.count) {
		(void)!queue_locked(log, name, keys, false);
		return;
	}
	event_take_stamp(&now);
	event_write_locked(log, name, keys, &now);
}

void event_write(struct event_log *log, const char *name, json_t *keys)
{
	mutex_lock(&log->lock);
	event_put_locked(log, name, keys);
	mutex_unlock(&log->lock);
}

uint64_t event_promise(struct event_log *log, const char *name, json_t *keys)
{
	uint64_t ticket;

	mutex_lock(&log->lock);
	ticket = queue_locked(log, name, keys, true);
	mutex_unlock(&log->lock);
	return ticket;
}

bool event_is_promised(struct event_log *log, uint64_t ticket)
{
	bool is;

	mutex_lock(&log->lock);
	is = event_queue_find(&log->queue, ticket);
	mutex_unlock(&log->lock);
	return is;
}

bool event_complete(struct event_log *log, uint64_t ticket, json_t *keys)
{
	struct event_line *line;

	mutex_lock(&log->lock);
	line = event_queue_find(&log->queue, ticket);
	if (line && keys) {
		json_decref(line->keys);
		line->keys = json_incref(keys);
	}
	if (line) {
		line->ticket = 0;
		flush_locked(log);
	}
	mutex_unlock(&log->lock);
	json_decref(keys);
	return line;
}

void event_keep_promises_locked(struct event_log *log)
{
	uint64_t ticket = log->queue.last_ticket;
	uint64_t deadline_ns = clock_deadline_ns(EVENT_SYNC_MS *
						 CLOCK_NS_PER_MS);
	bool in_time = true;
	uint64_t oldest;

	while ((oldest = event_queue_oldest(&log->queue)) && oldest <= ticket &&
	       in_time)
		in_time = mutex_cond_wait_until(&log->kept, &log->lock,
						deadline_ns);
	if (!in_time)
		give_up_locked(log, ticket);
}
