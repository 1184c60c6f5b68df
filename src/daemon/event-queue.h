/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the event log that wait for one before them: their order, no file.
 * The event log owns a queue and has the lock.
 */
#ifndef PIN_EVENT_QUEUE_H
#define PIN_EVENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/compiler.h"
#include "common/json.h"
#include "common/list.h"

/* When an event was, whenever its line is written. */
struct event_stamp {
	uint64_t t_ns;		/* CLOCK_MONOTONIC */
	char time[CLOCK_RFC3339_SIZE];
};

struct event_line {
	struct list node;
	uint64_t ticket;	/* who completes it knows it; 0: it is complete */
	const char *name;	/* one of PINFS_EVENTS */
	json_t *keys;		/* its own */
	struct event_stamp stamp;
};

struct event_queue {
	struct list lines;	/* in the order of the log */
	size_t count;
	uint64_t last_ticket;
};

void event_queue_init(struct event_queue *queue);
/* Frees all lines. */
void event_queue_deinit(struct event_queue *queue);

/**
 * event_queue_add() - a line behind all others
 * @promised: it will be completed
 * @keys:     the reference is taken in any case; not NULL
 *
 * Return: the line, the queue's; NULL without memory.
 */
struct event_line *event_queue_add(struct event_queue *queue, const char *name,
				   json_t *keys, const struct event_stamp *stamp,
				   bool promised) MUST_CHECK;
/* The line of a ticket; NULL: it is complete, or there is none. */
struct event_line *event_queue_find(struct event_queue *queue, uint64_t ticket);
/* The first line, if it is complete; NULL: there is nothing to write. */
struct event_line *event_queue_ready(struct event_queue *queue);
/* Take a line out, and free it. */
void event_queue_remove(struct event_queue *queue, struct event_line *line);
/* The lines of tickets up to @ticket are complete as they are. Return: how many. */
size_t event_queue_give_up(struct event_queue *queue, uint64_t ticket);
/* The oldest ticket that is open; 0: none. */
uint64_t event_queue_oldest(const struct event_queue *queue);

#endif
