/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the record*.c files share; nobody else includes this. */
#ifndef PIN_RECORD_INTERNAL_H
#define PIN_RECORD_INTERNAL_H

#include <stdatomic.h>

#include "common/mutex.h"
#include "common/requestlog.h"
#include "daemon/record.h"

/* A log, and how much of it is whole. */
struct record_file {
	int fd;			/* -1: none */
	uint64_t records;
	uint64_t bytes;
};

/**
 * record_file_add() - append a record; its id and time are filled in
 * Return: 0; -errno, and the log ends where it did before.
 */
int record_file_add(struct record_file *file, struct requestlog_record *entry)
	MUST_CHECK;

enum { RECORD_PIECE = 1 << 20 };	/* bytes read from SOURCE at once */

struct record {
	atomic_bool on;		/* changes are to be looked at */
	struct mutex lock;
	bool claimed GUARDED_BY(lock);	/* somebody begins, or it is on */
	struct record_file log GUARDED_BY(lock);
	char *file GUARDED_BY(lock);	/* path of the log */
	uint64_t ino GUARDED_BY(lock);	/* which file; 0: what path chooses */
	char *path GUARDED_BY(lock);
	uint64_t owner GUARDED_BY(lock);
	uint64_t start_ns GUARDED_BY(lock);
	uint64_t marks GUARDED_BY(lock);
	uint64_t lost GUARDED_BY(lock);	/* records that are not there */
	int err GUARDED_BY(lock);	/* why it has stopped; 0: it has not */
	uint64_t number GUARDED_BY(lock);	/* of the recording, from 1 */
};

#endif
