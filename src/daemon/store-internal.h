/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the store*.c files share; nobody else includes this. */
#ifndef PIN_STORE_INTERNAL_H
#define PIN_STORE_INTERNAL_H

#include "csum/csum-file.h"
#include "csum/csum-format.h"
#include "daemon/store.h"

enum { STORE_BATCH = 256 };	/* checksums handled at once */

/* Some blocks of a file that somebody works on. */
struct store_work {
	struct fs *fs;
	struct inode *inode;
	struct store_file *file;
	int fd;			/* bytes */
	struct csum_file *csum;	/* NULL: no checksums */
	struct range range;	/* owned */
};

/**
 * store_begin() - own blocks @from up to @to, and find the checksums
 * @shared: nothing is going to change
 * @create: make them when there are none (and csum=on)
 *
 * Return: 0, always with @shared; -errno: there may be checksums that cannot be
 * opened; nothing is owned, and nothing must change.
 */
int store_begin(struct store_work *work, struct fs *fs, struct inode *inode,
		int fd, uint64_t from, uint64_t to, bool shared, bool create)
	MUST_CHECK;
void store_done(struct store_work *work);

/* Does this stored checksum match @len bytes of a block? */
static inline bool store_matches(uint64_t stored, const void *bytes, size_t len)
{
	return csum_of_block(bytes, len) == stored;
}

/**
 * store_mismatch() - a block has not matched its checksum
 * Blames the bytes ("media" event) or, where nobody can be blamed, marks the
 * block unverified.
 * @during: what for it was read ("read", "write", "truncate")
 *
 * Return: whether the bytes are to blame.
 */
bool store_mismatch(const struct store_work *work, const char *during,
		    uint64_t block, uint64_t stored, const void *bytes,
		    size_t len);

/* Bytes of a block are to blame: counts it, writes the event. As above. */
void store_blame(const struct store_work *work, const char *during,
		 uint64_t block, uint64_t stored, uint64_t found, size_t len);

/* A block of which a part is going to change. */
struct store_partial {
	uint64_t block;
	uint8_t bytes[DIGEST_BLOCK];	/* as it is; zeros behind the end */
	enum {
		STORE_OLD_UNKNOWN,	/* had no checksum: so it stays */
		STORE_OLD_GOOD,		/* matched, or lies behind the end */
		STORE_OLD_BAD,		/* did not match */
	} old;
};

/**
 * store_verify_old() - read a block and verify it before a part of it changes
 * Return: 0; -EIO: it does not match and verify=fail; -errno.
 */
int store_verify_old(const struct store_work *work, const char *during,
		     uint64_t block, off_t size,
		     struct store_partial *partial_ret) MUST_CHECK;
/* The checksum of the block now that bytes[] are the new ones. */
uint64_t store_new_digest(const struct store_partial *partial);

/**
 * store_give_up() - checksums could not be written
 * Return: 0: there are none any more, go on without; -errno: do not change bytes.
 */
int store_give_up(struct store_work *work, int err) MUST_CHECK;

/* Size of the file. */
int store_size(int fd, off_t *size_ret) MUST_CHECK;

#endif
