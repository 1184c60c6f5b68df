/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the flight recorder: the kernel's pages (trace-parse.c) to calls (trace-log.c). */
#ifndef PIN_TRACE_INTERNAL_H
#define PIN_TRACE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/htab.h"
#include "common/json.h"
#include "common/mutex.h"
#include "common/tracefs.h"
#include "daemon/call.h"
#include "daemon/config.h"

/* ---- trace-parse.c ---- */

enum trace_kind {
	TRACE_ENTER,		/* a system call begins */
	TRACE_EXIT,		/* and ends */
	TRACE_SUBMIT,		/* io_uring begins a request */
	TRACE_COMPLETE,		/* and ends it */
	TRACE_KINDS
};

struct trace_event {
	uint64_t time_ns;	/* CLOCK_MONOTONIC */
	enum trace_kind kind;
	pid_t tid;
	int number;		/* of the call; of a SUBMIT its opcode */
	union {
		uint64_t args[CALL_ARGS];	/* ENTER */
		int64_t result;			/* EXIT */
		uint64_t request;		/* SUBMIT, COMPLETE: a name */
	};
};

/* Where a field lies in the bytes of an event. */
struct trace_field {
	size_t off;
	size_t size;		/* 0: there is none */
};

/* What the "format" and "id" files of an event say. */
struct trace_format {
	unsigned int type;	/* of the event; 0: it is not recorded */
	struct trace_field tid;
	struct trace_field number;
	struct trace_field value;	/* args, ret or req */
};

struct trace_formats {
	struct trace_field commit;	/* of a page: the length of its data */
	struct trace_field data;	/* and where that begins */
	struct trace_format event[TRACE_KINDS];
};

/**
 * trace_parse_field() - where a field is, by the text of a format file
 * @name: "id"; of "args[6]" it is "args"
 * Return: 0, -ENOENT.
 */
int trace_parse_field(const char *text, const char *name,
		      struct trace_field *field_ret);
/* "events/header_page". Return: 0, -EINVAL not a page that we can read. */
int trace_parse_header(const char *text, struct trace_formats *formats);
/**
 * trace_parse_format() - the format file of an event
 * Return: 0, -EINVAL it lacks a field that is needed.
 */
int trace_parse_format(const char *text, enum trace_kind kind,
		       struct trace_format *format_ret);

typedef void trace_event_fn(const struct trace_event *event, void *context);
/**
 * trace_parse_page() - one page of a ring buffer (trace_pipe_raw)
 * Events of other types are passed over. What the page says is not trusted: it
 * ends where it makes no sense.
 *
 * @missed_ns_ret: events before this one time are missing; 0: none are
 */
void trace_parse_page(const struct trace_formats *formats, const uint8_t *page,
		      size_t size, trace_event_fn *fn, void *context,
		      uint64_t *missed_ns_ret);

/* ---- trace-log.c ---- */

enum {
	TRACE_LOG_CALLS = 131072,	/* that have ended, 80 bytes each */
	TRACE_LOG_TRANSFERS = 4096,	/* of io_uring, that have ended */
};

/* A request of io_uring that reads or writes a file. */
struct trace_transfer {
	pid_t tid;		/* who submitted it */
	int opcode;
	uint64_t begin_ns;
	uint64_t end_ns;	/* 0: it has not ended */
};

/* What has been going on: the calls that threads are in, and the last ones. */
struct trace_log {
	struct htab inside;		/* struct inside, by thread */
	struct htab requests;		/* struct flying, by request */
	struct call *calls;		/* a ring, in the order of their ends */
	size_t ncalls;			/* ever; the last TRACE_LOG_CALLS are there */
	struct trace_transfer *transfers;	/* a ring, too */
	size_t ntransfers;
	uint64_t since_ns;		/* what began earlier may be missing */
};

int trace_log_init(struct trace_log *log) MUST_CHECK;	/* 0, -ENOMEM */
void trace_log_deinit(struct trace_log *log);
/* Nothing is known of what was before @since_ns. */
void trace_log_forget(struct trace_log *log, uint64_t since_ns);
/* The next event, in the order of time. */
void trace_log_add(struct trace_log *log, const struct trace_event *event);

typedef bool trace_call_fn(const struct call *call, void *context);
/**
 * trace_log_each() - the calls that were going on in a window
 * Also those whose beginning is not known (enter_ns is 0, and they have no
 * arguments).
 *
 * @fn: returns false to end it
 */
void trace_log_each(const struct trace_log *log, uint64_t from_ns,
		    uint64_t to_ns, trace_call_fn *fn, void *context);
/* The call that a thread is in, if its beginning is known; NULL. */
const struct call *trace_log_inside(const struct trace_log *log, pid_t tid);
/* Threads that have ended are in no call: these ended now, at the latest. */
void trace_log_bury(struct trace_log *log, bool (*is_alive)(pid_t tid),
		    uint64_t now_ns);
/**
 * trace_log_transfers() - what io_uring did in a window, as text
 * @unknown: gets a line for each thread, up to a few
 * Return: whether some of it may have written into a file.
 */
bool trace_log_transfers(const struct trace_log *log, uint64_t from_ns,
			 uint64_t to_ns, json_t *unknown);

/* ---- trace-instance.c ---- */

enum { TRACE_RING_KIB = 8192 };	/* of all CPUs together, as a rule */

/* An instance that records, and its rings. */
struct trace_instance {
	struct tracefs dir;
	struct trace_formats formats;
	int *rings;		/* trace_pipe_raw of each CPU; -1: it has none */
	size_t nrings;
	uint8_t *page;
	size_t page_bytes;
	size_t pages_max;	/* of a ring, to read at once */
};

/* Can there be one? Return: NULL, or why not. */
const char *trace_instance_obstacle(void);
/**
 * trace_instance_filter() - "id == 0 || ...", of the calls of call.h
 * Neighbours become ranges: each term costs every call of everybody.
 * @tids: threads whose calls are not recorded
 * Return: the caller's to free; NULL without memory.
 */
char *trace_instance_filter(const pid_t *tids, size_t ntids);
/**
 * trace_instance_open() - make one; its events are on when it returns
 * Context: takes milliseconds. Return: 0 or -errno.
 */
int trace_instance_open(struct trace_instance *instance, dev_t dev) MUST_CHECK;
void trace_instance_close(struct trace_instance *instance);
/* Read what is in the rings, CPU by CPU; @missed_ns: as in trace_parse_page(). */
void trace_instance_read(struct trace_instance *instance, trace_event_fn *fn,
			 void *context, uint64_t *missed_ns_ret);

/* ---- trace.c ---- */

/* Events that have been read, and not yet been put in order. */
struct gathered {
	struct trace_event *events;
	size_t count;
	size_t room;
	bool failed;			/* no memory: something is missing */
};

struct trace {
	enum config_trace mode;
	dev_t dev;
	struct mutex lock;
	struct cond changed;
	pthread_t timer GUARDED_BY(lock);	/* reads, and disarms in the end */
	bool has_timer GUARDED_BY(lock);
	bool stop GUARDED_BY(lock);
	bool armed GUARDED_BY(lock);
	uint64_t finding_ns GUARDED_BY(lock);	/* the last one */
	uint64_t buried_ns GUARDED_BY(lock);	/* last look for dead threads */
	uint64_t missed_ns GUARDED_BY(lock);	/* a gap that ends later */
	struct trace_instance instance GUARDED_BY(lock);
	struct trace_log log GUARDED_BY(lock);
	struct gathered gathered GUARDED_BY(lock);
	const char *reason GUARDED_BY(lock);	/* why it cannot be had; NULL */
	uint64_t retry_ns GUARDED_BY(lock);	/* after a failure: not before */
	char failure[128] GUARDED_BY(lock);
};

/* Read the rings, and make calls of what is in them. The recorder is armed. */
void trace_read_rings_locked(struct trace *trace) REQUIRES(trace->lock);
/* There is a finding: TRACE_IDLE_NS begins. */
void trace_note_finding_locked(struct trace *trace) REQUIRES(trace->lock);

#endif
