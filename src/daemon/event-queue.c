/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of the event log that cannot be written yet. Tickets ascend, and so
 * do the lines that have one: the first open line has the oldest. The first line
 * of a queue that is at rest is always open: complete ones at its front have been
 * written.
 */
#include "daemon/event-queue.h"

#include <stdlib.h>

void event_queue_init(struct event_queue *queue)
{
	*queue = (struct event_queue){ 0 };
	list_init(&queue->lines);
}

void event_queue_deinit(struct event_queue *queue)
{
	list_for_each_safe(node, &queue->lines)
		event_queue_remove(queue, list_entry(node, struct event_line,
						     node));
}

struct event_line *event_queue_add(struct event_queue *queue, const char *name,
				   json_t *keys, const struct event_stamp *stamp,
				   bool promised)
{
	struct event_line *line = malloc(sizeof(*line));

	if (!line) {
		json_decref(keys);
		return NULL;
	}
	*line = (struct event_line){
		.ticket = promised ? ++queue->last_ticket : 0,
		.name = name,
		.keys = keys,
		.stamp = *stamp,
	};
	list_append(&queue->lines, &line->node);
	queue->count++;
	return line;
}

struct event_line *event_queue_find(struct event_queue *queue, uint64_t ticket)
{
	if (!ticket)
		return NULL;
	list_for_each(node, &queue->lines) {
		struct event_line *line = list_entry(node, struct event_line,
						     node);

		if (line->ticket == ticket)
			return line;
	}
	return NULL;
}

struct event_line *event_queue_ready(struct event_queue *queue)
{
	struct event_line *line = list_entry(queue->lines.next,
					     struct event_line, node);

	return list_empty(&queue->lines) || line->ticket ? NULL : line;
}

void event_queue_remove(struct event_queue *queue, struct event_line *line)
{
	list_remove(&line->node);
	queue->count--;
	json_decref(line->keys);
	free(line);
}

size_t event_queue_give_up(struct event_queue *queue, uint64_t ticket)
{
	size_t count = 0;

	list_for_each(node, &queue->lines) {
		struct event_line *line = list_entry(node, struct event_line,
						     node);

		if (!line->ticket || line->ticket > ticket)
			continue;
		line->ticket = 0;
		count++;
	}
	return count;
}

uint64_t event_queue_oldest(const struct event_queue *queue)
{
	list_for_each(node, &queue->lines) {
		const struct event_line *line =
			list_entry(node, struct event_line, node);

		if (line->ticket)
			return line->ticket;
	}
	return 0;
}
