/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording: all that is done to the content of some files goes into a log
 * (common/requestlog.h), with every byte, in the order in which SOURCE has it.
 * One recording at a time. Nothing costs more than an atomic load while there is
 * none.
 *
 * Changes of one part of a file are recorded while it is owned (store.h), so in
 * the order in which they were made; those of different parts may change places,
 * which nobody can tell.
 */
#ifndef PIN_RECORD_H
#define PIN_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "common/json.h"

struct fs;
struct inode;
struct record;

int record_create(struct record **record_ret) MUST_CHECK;	/* 0, -ENOMEM */
/* What is being recorded ends. */
void record_destroy(struct record *record);		/* NULL is allowed */

/* What the verb asks for. */
struct record_choice {
	const char *file;	/* of the log: absolute, not there yet */
	uint64_t ino;		/* that file; or 0 and: */
	const char *path;	/* fnmatch(3) pattern, as a gate's */
	bool base;		/* begin with the content of ino */
	uint64_t owner;		/* ends with this connection; 0: with none */
};

/**
 * record_begin() - record from now on
 * Of @choice->ino no change is in flight at that moment.
 * @why_ret: on failure, a sentence or NULL: the errno says it all; static
 *
 * Context: a connection's thread; blocks.
 * Return: 0; -EBUSY something is being recorded; -EEXIST @choice->file is there;
 * -ENOENT the kernel knows no such file, or no such directory; -EINVAL; -errno.
 */
int record_begin(struct fs *fs, const struct record_choice *choice,
		 const char **why_ret) MUST_CHECK;
/**
 * record_end() - no more; the log is complete
 * @reply: gets the members of record_json(); NULL: nobody wants to know
 * Return: 0; -ENOENT nothing is being recorded; -ENOMEM (it has ended).
 */
int record_end(struct fs *fs, json_t *reply);
/* A connection has ended. */
void record_end_owner(struct fs *fs, uint64_t owner);
/**
 * record_mark() - put a mark of a client's into the log
 * Return: 0 it is there; -ENOENT nothing is being recorded; -errno: the log could
 * not be written (any more).
 */
int record_mark(struct fs *fs, const char *text) MUST_CHECK;
/* What is being recorded, as "record" of status; null: nothing. NULL: no memory. */
json_t *record_json(struct fs *fs);

/*
 * What has been done to a file in SOURCE, while its part is owned. @fd is one of
 * the file; reading from it must be possible in record_range().
 */
void record_write(struct fs *fs, struct inode *inode, int fd, const void *data,
		  size_t len, off_t off);
/* Nobody here has the bytes: what SOURCE has in this range now. */
void record_range(struct fs *fs, struct inode *inode, int fd, off_t off,
		  off_t len);
void record_size(struct fs *fs, struct inode *inode, off_t size);
void record_fallocate(struct fs *fs, struct inode *inode, int mode, off_t off,
		      off_t len);

/* A sync in the log; zeros: it is not there. */
struct record_sync {
	uint64_t recording;	/* which recording has it */
	uint64_t id;
};

/* A request to bring a file to the disk has arrived. */
struct record_sync record_sync_begin(struct fs *fs, struct inode *inode);
/* It is about to be answered; @err: 0 or -errno. */
void record_sync_end(struct fs *fs, struct inode *inode,
		     const struct record_sync *sync, int err);

#endif
