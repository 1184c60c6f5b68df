/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From events to calls. A call is put together by its thread: the kernel has one
 * for each at a time. What is lost on the way is never guessed: an end without a
 * beginning is kept as such, and a beginning that is older than a gap is
 * forgotten, because its end may have fallen into it.
 */
#include "daemon/trace-internal.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/compiler.h"

enum { TEXTS_MAX = 8 };

/* A thread that is in a call. */
struct inside {
	struct htab_node node;
	struct call call;
};

/* A request of io_uring that has not ended. */
struct flying {
	struct htab_node node;
	uint64_t request;
	struct trace_transfer transfer;
};

static bool is_thread(const struct htab_node *node, const void *key)
{
	return container_of(node, struct inside, node)->call.tid ==
	       *(const pid_t *)key;
}

static bool is_request(const struct htab_node *node, const void *key)
{
	return container_of(node, struct flying, node)->request ==
	       *(const uint64_t *)key;
}

static struct inside *find_inside(const struct trace_log *log, pid_t tid)
{
	struct htab_node *node = htab_find(&log->inside, (uint64_t)tid,
					   is_thread, &tid);

	return node ? container_of(node, struct inside, node) : NULL;
}

static struct flying *find_flying(const struct trace_log *log, uint64_t request)
{
	struct htab_node *node = htab_find(&log->requests, request,
					   is_request, &request);

	return node ? container_of(node, struct flying, node) : NULL;
}

int trace_log_init(struct trace_log *log)
{
	*log = (struct trace_log){ 0 };
	log->calls = calloc(TRACE_LOG_CALLS, sizeof(*log->calls));
	log->transfers = calloc(TRACE_LOG_TRANSFERS, sizeof(*log->transfers));
	if (log->calls && log->transfers && !htab_init(&log->inside) &&
	    !htab_init(&log->requests))
		return 0;
	trace_log_deinit(log);
	return -ENOMEM;
}

/* Threads that went into their calls before @before_ns, and requests. */
static void drop_older(struct trace_log *log, uint64_t before_ns)
{
	struct htab_node *next;

	for (struct htab_node *node = htab_next(&log->inside, NULL); node;
	     node = next) {
		struct inside *inside = container_of(node, struct inside, node);

		next = htab_next(&log->inside, node);
		if (inside->call.enter_ns >= before_ns)
			continue;
		htab_remove(&log->inside, node);
		free(inside);
	}
	for (struct htab_node *node = htab_next(&log->requests, NULL); node;
	     node = next) {
		struct flying *flying = container_of(node, struct flying, node);

		next = htab_next(&log->requests, node);
		if (flying->transfer.begin_ns >= before_ns)
			continue;
		htab_remove(&log->requests, node);
		free(flying);
	}
}

void trace_log_deinit(struct trace_log *log)
{
	if (log->inside.buckets && log->requests.buckets)
		drop_older(log, UINT64_MAX);
	htab_deinit(&log->inside);
	htab_deinit(&log->requests);
	free(log->calls);
	free(log->transfers);
	*log = (struct trace_log){ 0 };
}

void trace_log_forget(struct trace_log *log, uint64_t since_ns)
{
	if (since_ns <= log->since_ns)
		return;
	log->since_ns = since_ns;
	drop_older(log, since_ns);
}

/* ---- events ---- */

static void end_call(struct trace_log *log, const struct call *call)
{
	struct call *slot = &log->calls[log->ncalls % TRACE_LOG_CALLS];

	/* What it pushes out is not known any more. */
	if (log->ncalls >= TRACE_LOG_CALLS)
		log->since_ns = MAX(log->since_ns, slot->exit_ns + 1);
	*slot = *call;
	log->ncalls++;
}

static void enter(struct trace_log *log, const struct trace_event *event)
{
	struct inside *inside = find_inside(log, event->tid);

	if (!inside) {
		inside = calloc(1, sizeof(*inside));
		if (!inside) {
			log->since_ns = event->time_ns + 1;
			return;
		}
		inside->call.tid = event->tid;
		htab_insert(&log->inside, &inside->node,
			    (uint64_t)event->tid);
	}
	inside->call.number = event->number;
	inside->call.enter_ns = event->time_ns;
	for (size_t i = 0; i < CALL_ARGS; i++)
		inside->call.args[i] = event->args[i];
}

static void leave(struct trace_log *log, const struct trace_event *event)
{
	struct inside *inside = find_inside(log, event->tid);
	struct call call = { .tid = event->tid, .number = event->number };

	if (inside) {
		if (inside->call.number == event->number)
			call = inside->call;
		htab_remove(&log->inside, &inside->node);
		free(inside);
	}
	call.exit_ns = event->time_ns;
	call.result = event->result;
	end_call(log, &call);
}

static void submit(struct trace_log *log, const struct trace_event *event)
{
	struct flying *flying = find_flying(log, event->request);

	if (!flying) {
		flying = calloc(1, sizeof(*flying));
		if (!flying) {
			log->since_ns = event->time_ns + 1;
			return;
		}
		flying->request = event->request;
		htab_insert(&log->requests, &flying->node, event->request);
	}
	flying->transfer = (struct trace_transfer){
		.tid = event->tid,
		.opcode = event->number,
		.begin_ns = event->time_ns,
	};
}

static void complete(struct trace_log *log, const struct trace_event *event)
{
	struct flying *flying = find_flying(log, event->request);
	struct trace_transfer *slot;

	if (!flying)
		return;
	slot = &log->transfers[log->ntransfers % TRACE_LOG_TRANSFERS];
	if (log->ntransfers >= TRACE_LOG_TRANSFERS)
		log->since_ns = MAX(log->since_ns, slot->end_ns + 1);
	*slot = flying->transfer;
	slot->end_ns = event->time_ns;
	log->ntransfers++;
	htab_remove(&log->requests, &flying->node);
	free(flying);
}

void trace_log_add(struct trace_log *log, const struct trace_event *event)
{
	static void (*const add[TRACE_KINDS])(struct trace_log *log,
					      const struct trace_event *event) = {
		[TRACE_ENTER] = enter,
		[TRACE_EXIT] = leave,
		[TRACE_SUBMIT] = submit,
		[TRACE_COMPLETE] = complete,
	};

	add[event->kind](log, event);
}

void trace_log_bury(struct trace_log *log, bool (*is_alive)(pid_t tid),
		    uint64_t now_ns)
{
	struct htab_node *next;

	for (struct htab_node *node = htab_next(&log->inside, NULL); node;
	     node = next) {
		struct inside *inside = container_of(node, struct inside, node);

		next = htab_next(&log->inside, node);
		if (is_alive(inside->call.tid))
			continue;
		inside->call.exit_ns = now_ns;
		end_call(log, &inside->call);
		htab_remove(&log->inside, node);
		free(inside);
	}
	for (struct htab_node *node = htab_next(&log->requests, NULL); node;
	     node = next) {
		struct flying *flying = container_of(node, struct flying, node);

		next = htab_next(&log->requests, node);
		if (is_alive(flying->transfer.tid))
			continue;
		complete(log, &(struct trace_event){
			.time_ns = now_ns, .request = flying->request });
	}
}

/* ---- questions ---- */

void trace_log_each(const struct trace_log *log, uint64_t from_ns,
		    uint64_t to_ns, trace_call_fn *fn, void *context)
{
	size_t kept = MIN(log->ncalls, (size_t)TRACE_LOG_CALLS);
	struct htab_node *node = NULL;

	while ((node = htab_next(&log->inside, node))) {
		const struct call *call =
			&container_of(node, struct inside, node)->call;

		if (call->enter_ns < to_ns && !fn(call, context))
			return;
	}
	for (size_t i = 0; i < kept; i++) {
		const struct call *call =
			&log->calls[(log->ncalls - 1 - i) % TRACE_LOG_CALLS];

		/* They stand in the order of their ends. */
		if (call->exit_ns < from_ns)
			return;
		if (call->enter_ns < to_ns && !fn(call, context))
			return;
	}
}

const struct call *trace_log_inside(const struct trace_log *log, pid_t tid)
{
	struct inside *inside = find_inside(log, tid);

	return inside ? &inside->call : NULL;
}

/* Does it write into a file? */
static bool writes(int opcode)
{
	switch (opcode) {
	case IORING_OP_WRITEV:
	case IORING_OP_WRITE_FIXED:
	case IORING_OP_WRITE:
	case IORING_OP_SPLICE:
	case IORING_OP_FALLOCATE:
		return true;
	default:
		return false;
	}
}

/* What has been said of a window. */
struct account {
	json_t *unknown;
	pid_t said[TEXTS_MAX];
	size_t nsaid;
	bool wrote;
};

static void note_transfer(struct account *account,
			  const struct trace_transfer *transfer)
{
	char text[128];

	account->wrote |= writes(transfer->opcode);
	for (size_t i = 0; i < account->nsaid; i++)
		if (account->said[i] == transfer->tid)
			return;
	if (account->nsaid == TEXTS_MAX)
		return;
	account->said[account->nsaid++] = transfer->tid;
	snprintf(text, sizeof(text), "thread %d had io_uring %s: the kernel "
		 "does not say which, or where", (int)transfer->tid,
		 writes(transfer->opcode) ? "write into a file" :
					    "read from a file");
	json_array_append_new(account->unknown, json_string(text));
}

bool trace_log_transfers(const struct trace_log *log, uint64_t from_ns,
			 uint64_t to_ns, json_t *unknown)
{
	size_t kept = MIN(log->ntransfers, (size_t)TRACE_LOG_TRANSFERS);
	struct account account = { .unknown = unknown };
	struct htab_node *node = NULL;

	while ((node = htab_next(&log->requests, node))) {
		const struct trace_transfer *transfer =
			&container_of(node, struct flying, node)->transfer;

		if (transfer->begin_ns < to_ns)
			note_transfer(&account, transfer);
	}
	for (size_t i = 0; i < kept; i++) {
		const struct trace_transfer *transfer = &log->transfers[
			(log->ntransfers - 1 - i) % TRACE_LOG_TRANSFERS];

		if (transfer->end_ns < from_ns)
			break;
		if (transfer->begin_ns < to_ns)
			note_transfer(&account, transfer);
	}
	return account.wrote;
}
