/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the crashimage*.c files share; nobody else includes this. */
#ifndef PIN_CRASHIMAGE_INTERNAL_H
#define PIN_CRASHIMAGE_INTERNAL_H

#include "client/crashimage.h"
#include "common/requestlog.h"

/* A record, and where in the log its data is. */
struct crashimage_entry {
	struct requestlog_record record;	/* without data */
	uint64_t data_at;	/* [bytes] */
	char *text;		/* of a mark */
	size_t before;		/* SYNC_BEGUN: how many changes there were */
};

struct crashimage_instant {
	const struct requestlog_record *record;	/* NULL: the beginning */
	size_t changes;		/* there are so many */
	size_t durable;		/* the first ones, synced */
	size_t alone;		/* changes that are durable by themselves */
	size_t marks;
};

struct crashimage {
	struct crashimage_source source;
	struct requestlog_header header;
	struct crashimage_entry *entries;	/* all of the log */
	size_t nentries;
	uint64_t rest_bytes;
	uint64_t ino;
	/* Of that file, in order; they point into entries. */
	const struct crashimage_entry **base;
	size_t nbase;
	const struct crashimage_entry **changes;
	size_t nchanges;
	const char **marks;
	size_t nmarks;
	struct crashimage_instant *points;
	size_t npoints;
	/* source.work_fd has the base and the first changes. */
	bool made;
	size_t applied;
};

/* crashimage-log.c: entries, and all that is made of them. As crashimage_open(). */
int crashimage_read_log(struct crashimage *image,
			char why_ret[CRASHIMAGE_WHY_SIZE]) MUST_CHECK;
/* crashimage-apply.c: do to @fd what a record says; its data is in the log. */
int crashimage_apply(const struct crashimage *image,
		     const struct crashimage_entry *entry, int fd) MUST_CHECK;
/* Only a part of its data, [from, to) of the file. */
int crashimage_apply_part(const struct crashimage *image,
			  const struct crashimage_entry *entry, uint64_t from,
			  uint64_t to, int fd) MUST_CHECK;
/* Make @to what @from is, as sparse as that, or with its very blocks. */
int crashimage_copy(int from, int to) MUST_CHECK;

#endif
