/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of SOURCE together with their checksums. Every change of a file's bytes
 * and every look at them that is to be verified goes through here; the
 * operations above know nothing of checksums.
 *
 * Context of all: a worker or the releaser; blocks in SOURCE. They own the blocks
 * that they work on (range.h), and nothing when they return.
 */
#ifndef PIN_STORE_H
#define PIN_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "csum/csum-file.h"
#include "csum/csum-scrub.h"
#include "daemon/range.h"

struct csum_file;
struct fs;
struct inode;
struct stat;
struct store;

/* What is known of one regular file; embedded in its inode. */
struct store_file {
	struct range_list busy;		/* in blocks */
	struct mutex lock;
	_Atomic(struct csum_file *) csum;	/* NULL: none, or not looked yet */
	atomic_bool looked;		/* for checksums, before any change */
	atomic_uint found;		/* and what that found: enum csum_found */
	atomic_bool touched;		/* its ctime may be another by now */
};

void store_file_init(struct store_file *file);
void store_file_deinit(struct store_file *file);

/**
 * store_create() - open the checksum store of fs->state; sets fs->store
 * Return: 0 or -errno; a message has been logged.
 */
int store_create(struct fs *fs) MUST_CHECK;
/* The mount has ended in order: stamp what the inodes still hold. */
void store_end(struct fs *fs);
void store_destroy(struct store *store);	/* NULL is allowed */
/* The inode goes (inode_table_at_end()). */
void store_forget(void *fs, struct inode *inode);

enum { STORE_NO_FLIP = -1 };	/* the bytes go as they are */

/* Room that store_read() needs for @size bytes. */
#define STORE_READ_ROOM(size) ((size) + 2 * 4096UL)

/**
 * store_read() - read, and verify what has a checksum
 * @room:     STORE_READ_ROOM(size) bytes
 * @flip:     bit of what is asked for that SOURCE gives wrong, or STORE_NO_FLIP
 * @data_ret: where in it the bytes are
 *
 * Return: bytes, fewer than @size only at the end of the file; -EIO: a block does
 * not match (verify=fail), and "media" events have been written; -errno.
 */
ssize_t store_read(struct fs *fs, struct inode *inode, int fd, void *room,
		   size_t size, off_t off, int64_t flip, uint8_t **data_ret)
	MUST_CHECK;

/**
 * store_write() - write, and keep the checksums of what is then there
 * A block that is written in part is verified first: -EIO when it does not match
 * (verify=fail).
 * @flip: bit of @data that gets to SOURCE wrong (the checksum is the right
 *        one's), or STORE_NO_FLIP
 * Return: 0 or -errno.
 */
int store_write(struct fs *fs, struct inode *inode, int fd, const void *data,
		size_t len, off_t off, int64_t flip) MUST_CHECK;
/**
 * store_overwrite() - write other bytes over some that store_write() has written,
 * and leave the checksums as they are (policy=zerocopy)
 * @pipe_fd: holds the bytes
 */
int store_overwrite(struct fs *fs, struct inode *inode, int fd, int pipe_fd,
		    size_t len, off_t off) MUST_CHECK;
/* ftruncate(2) of a descriptor open for writing. */
int store_truncate(struct fs *fs, struct inode *inode, int fd, off_t size)
	MUST_CHECK;
/* fallocate(2). */
int store_fallocate(struct fs *fs, struct inode *inode, int fd, int mode,
		    off_t off, off_t len) MUST_CHECK;

/* From one open file to another. */
struct store_copy {
	struct inode *in;
	struct inode *out;
	int fd_in;
	int fd_out;
	off_t off_in;
	off_t off_out;
	size_t len;
};

/**
 * store_copy() - copy_file_range(2)
 * Return: bytes copied; -errno.
 */
ssize_t store_copy(struct fs *fs, const struct store_copy *copy) MUST_CHECK;
/**
 * store_still() - call a function while nobody changes the file
 * What has begun to change it is waited for; what comes waits.
 * Return: what @fn returned.
 */
int store_still(struct inode *inode, int (*fn)(void *context), void *context)
	MUST_CHECK;
/* fsync(2) or fdatasync(2), bytes before checksums. */
int store_sync(struct inode *inode, int fd, bool datasync) MUST_CHECK;

/* Some blocks to compare with their checksums. */
struct store_scrub {
	uint64_t block;			/* the first */
	uint64_t count;
	bool adopt;			/* give unverified blocks a checksum */
	csum_scrub_fn *mismatch;
	void *context;
	/* What came of it. */
	struct csum_scrub_counts counts;
	uint64_t next;			/* as csum_scrub_next() */
	enum csum_found found;		/* of a file nobody had looked at before */
};

/**
 * store_scrub() - compare blocks of a file with their checksums
 * A mismatch is counted and a "media" event, too.
 * @fd: open for reading
 *
 * Return: 0 or -errno.
 */
int store_scrub(struct fs *fs, struct inode *inode, int fd,
		struct store_scrub *scrub) MUST_CHECK;

/**
 * store_touch() - something else than the bytes is about to change: ctime
 * So that the change is not taken for one behind our back.
 */
void store_touch(struct fs *fs, struct inode *inode);
/* As store_touch(), of what a name stands for, which is about to lose the name. */
void store_touch_name(struct fs *fs, struct inode *parent, const char *name);
/* The last open file of the inode has been closed. */
void store_rest(struct inode *inode);

#endif
