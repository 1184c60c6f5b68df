/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What csum-file.c and csum-region.c share; nobody else includes this. */
#ifndef PIN_CSUM_FILE_INTERNAL_H
#define PIN_CSUM_FILE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/htab.h"
#include "common/mutex.h"
#include "csum/csum-key.h"
#include "csum/csum-store.h"

struct csum_file {
	/* Set once. */
	struct csum_store *store;
	struct csum_key key;
	char path[CSUM_KEY_PATH_SIZE];

	struct mutex lock;
	struct cond changed;		/* recording has become false */
	int fd GUARDED_BY(lock);	/* -1: at rest */
	unsigned int fd_users GUARDED_BY(lock);
	bool resting GUARDED_BY(lock);	/* to be closed by the last user */
	struct htab regions GUARDED_BY(lock);	/* struct region */
	uint64_t seq GUARDED_BY(lock);	/* counts changes */
	bool recording GUARDED_BY(lock);	/* somebody writes records */
	unsigned int discards GUARDED_BY(lock);	/* under way: nothing is sealed */
	bool name_durable GUARDED_BY(lock);	/* the directory was synced */
	/* Checksums may be on the disk, and will be trusted after a power cut. */
	atomic_bool durable;
	atomic_bool unsure;		/* an fdatasync(2) of them has failed */
	atomic_bool gone;		/* removed or abandoned */
	atomic_bool abandoned;		/* and that is durable */
	atomic_uint_fast64_t end;	/* no checksum lies from this block on */
};

/*
 * A descriptor of the checksums, opened if need be, until it is put. Return: 0;
 * -ENOENT: they are gone; -errno.
 */
int csum_file_get_fd(struct csum_file *file, int *fd_ret) MUST_CHECK
	EXCLUDES(file->lock);
void csum_file_put_fd(struct csum_file *file) EXCLUDES(file->lock);
/* The first block whose checksum would lie at @size or behind it. */
uint64_t csum_file_end_of(off_t size);

/*
 * csum-region.c: what begin, end, discard and fsync do to the records of the
 * regions of blocks @block up to @to.
 */
int csum_region_begin(struct csum_file *file, int data_fd, uint64_t block,
		      uint64_t to) MUST_CHECK EXCLUDES(file->lock);
void csum_region_end(struct csum_file *file, uint64_t block, uint64_t to)
	EXCLUDES(file->lock);
/* Nothing is sealed meanwhile, and what has been seen changing not after it. */
void csum_region_discard(struct csum_file *file) EXCLUDES(file->lock);
void csum_region_discarded(struct csum_file *file) EXCLUDES(file->lock);
/* Forget what can be read again; with @all, everything. */
void csum_region_forget_locked(struct csum_file *file, bool all)
	REQUIRES(file->lock);

#endif
