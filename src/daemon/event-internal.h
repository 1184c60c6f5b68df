/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What event.c and event-order.c share; nobody else includes this. */
#ifndef PIN_EVENT_INTERNAL_H
#define PIN_EVENT_INTERNAL_H

#include "common/htab.h"
#include "common/mutex.h"
#include "daemon/event-file.h"
#include "daemon/event-queue.h"
#include "daemon/event.h"

enum { EVENT_MAX_FILES = 1024 };

/* A file that had events in the running second. */
struct event_quota {
	struct htab_node node;
	uint64_t ino;
	unsigned int used;	/* full events */
	uint64_t suppressed;	/* events since the last line about them */
	char *path;		/* NULL before the first is suppressed */
};

struct event_log {
	struct fs *fs;
	char *path;		/* absolute */
	struct mutex lock;
	struct event_file file GUARDED_BY(lock);
	uint64_t seq GUARDED_BY(lock);
	uint64_t missing GUARDED_BY(lock);	/* lines since one said so */
	int missing_err GUARDED_BY(lock);	/* why the first of them is */
	struct event_queue queue GUARDED_BY(lock);	/* not written yet */
	struct cond kept;	/* the queue has got shorter */
	uint64_t second GUARDED_BY(lock);	/* the running one */
	struct htab by_ino GUARDED_BY(lock);	/* the first nquotas */
	size_t nquotas GUARDED_BY(lock);
	struct event_quota quotas[EVENT_MAX_FILES] GUARDED_BY(lock);
};

/* event.c: into the file, now. Takes the reference to @keys. */
void event_write_locked(struct event_log *log, const char *name, json_t *keys,
			const struct event_stamp *stamp) REQUIRES(log->lock);
/* event.c: a line that is not in the file is missing. */
void event_note_dropped_locked(struct event_log *log, const char *name, int err)
	REQUIRES(log->lock);
/* event-order.c: in its order. Takes the reference to @keys. */
void event_put_locked(struct event_log *log, const char *name, json_t *keys)
	REQUIRES(log->lock);
/*
 * event-order.c: what has been promised so far is written, as it is when that
 * takes longer than EVENT_SYNC_MS.
 */
void event_keep_promises_locked(struct event_log *log) REQUIRES(log->lock);
/* Now. */
void event_take_stamp(struct event_stamp *stamp);

#endif
