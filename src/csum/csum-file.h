/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checksums of one file of SOURCE.
 *
 * Whoever changes bytes: csum_file_begin(), which marks the blocks unverified,
 * then the bytes, then csum_file_end() with the new checksums. Whoever compares
 * or changes blocks owns them meanwhile (nobody else changes them); that is the
 * caller's business, as is which descriptor the bytes are read through.
 *
 * The order on the disk is the caller's and csum-region.c's business together:
 * fsync is csum_file_sync_begin(), fdatasync(2) of the bytes, and
 * csum_file_sync_end().
 */
#ifndef PIN_CSUM_FILE_H
#define PIN_CSUM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "common/compiler.h"

struct csum_file;
struct csum_store;

/* What csum_file_open() found. */
enum csum_found {
	CSUM_FOUND_NONE,	/* no checksums: all blocks are unverified */
	CSUM_FOUND_KEPT,	/* they hold */
	CSUM_FOUND_CHANGED,	/* the file was changed without us: now unverified */
	CSUM_FOUND_DAMAGED,	/* not readable as such: now unverified */
};

/**
 * csum_file_open() - the checksums of an open file
 * @fd:     any descriptor of the file of SOURCE, O_PATH too; not kept
 * @create: make them when there are none
 * @file_ret: NULL when there are none; else csum_file_close()
 *
 * Context: blocks. Return: 0; -EOPNOTSUPP the file has no identity; -errno.
 */
int csum_file_open(struct csum_store *store, int fd, bool create,
		   struct csum_file **file_ret, enum csum_found *found_ret)
	MUST_CHECK;
/* NULL is allowed. Nothing is synced. */
void csum_file_close(struct csum_file *file);
/**
 * csum_file_rest() - give back what an open file costs (a descriptor, memory of
 * regions that are sealed); the next call opens it again
 * Context: nothing is between begin and end.
 */
void csum_file_rest(struct csum_file *file);
/* Remove the checksums: the file of SOURCE is gone. */
void csum_file_remove(struct csum_file *file);

/**
 * csum_file_read() - checksums as stored
 * @digests: @count of them; CSUM_UNVERIFIED where there is none
 */
int csum_file_read(struct csum_file *file, uint64_t block, size_t count,
		   uint64_t *digests) MUST_CHECK;
/* Can a mismatch of this block be blamed on its bytes? (csum-region.c) */
bool csum_file_trusts(struct csum_file *file, uint64_t block);
/**
 * csum_file_blames() - a block does not match @stored, which was read before
 * Whoever opens its region meanwhile marks such blocks unverified, and from then
 * on the region is trusted: so both questions are asked, in this order.
 */
bool csum_file_blames(struct csum_file *file, uint64_t block, uint64_t stored);

/**
 * csum_file_begin() - the bytes of these blocks are about to change
 * @fd: descriptor of the bytes, open for reading
 *
 * Context: blocks, perhaps for an fdatasync(2). Return: 0; or -errno: then
 * nothing was begun, and the bytes must not change unless csum_file_abandon().
 */
int csum_file_begin(struct csum_file *file, int fd, uint64_t block,
		    size_t count) MUST_CHECK;
/**
 * csum_file_end() - they have changed
 * @digests: of the new bytes, or NULL: they stay unverified. What cannot be
 *           written stays so, too.
 */
void csum_file_end(struct csum_file *file, uint64_t block, size_t count,
		   const uint64_t *digests);
/**
 * csum_file_discard() - the bytes of whole blocks are about to become a hole
 * @to: block after the last; UINT64_MAX: to the end, however far
 * Context: blocks. Return: 0: then csum_file_discarded() when it has happened;
 * else as csum_file_begin().
 */
int csum_file_discard(struct csum_file *file, uint64_t block, uint64_t to)
	MUST_CHECK;
void csum_file_discarded(struct csum_file *file);
/* Mark a block unverified whose mismatch nobody can be blamed for. */
void csum_file_drop(struct csum_file *file, uint64_t block);
/**
 * csum_file_abandon() - give the checksums up for good, so that they accuse nobody
 * For when they cannot be written. From then on there are none.
 * Return: 0 or -errno: then the bytes must not change.
 */
int csum_file_abandon(struct csum_file *file) MUST_CHECK;
/* Has that been done? Then bytes may change without a word to us. */
bool csum_file_is_abandoned(struct csum_file *file);

/* Where the next stored checksum is, from @block on; UINT64_MAX: nowhere. */
uint64_t csum_file_next(struct csum_file *file, uint64_t block);

/* fsync: what was changed before this ... Return: for csum_file_sync_end(). */
uint64_t csum_file_sync_begin(struct csum_file *file);
/* ... and then was brought to the disk: checksums follow, regions are sealed. */
int csum_file_sync_end(struct csum_file *file, uint64_t begun) MUST_CHECK;

/* Write size and ctime, by which to tell whether it was changed without us. */
int csum_file_stamp(struct csum_file *file, const struct stat *attr) MUST_CHECK;

#endif
