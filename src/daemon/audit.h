/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check "audit": a file's page cache against the store. */
#ifndef PIN_AUDIT_H
#define PIN_AUDIT_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

struct audit_set;
struct fs;
struct inode;

/* What the verb asks for. */
struct audit_question {
	uint64_t connection;	/* who asks; an audit ends with its connection */
	uint64_t id;		/* look again at what that audit found; or 0 and: */
	uint64_t ino;		/* the file */
	uint64_t off;		/* where to begin [bytes] */
	uint64_t len;		/* 0: to the end of the file */
	uint64_t timeout_ns;
};

int audit_set_create(struct audit_set **set_ret) MUST_CHECK;	/* 0, -errno */
void audit_set_destroy(struct audit_set *set);

/**
 * audit_ask() - a first or a later look, as pinfs-control(7) has it
 * @reply:   its members are added, also those that were found before an error
 * @why_ret: after an error: one sentence, static; NULL: the errno says it all
 *
 * Context: the connection's thread; blocks, until the timeout at most.
 * Return: 0; -EBUSY receiving is paused, -ETIMEDOUT, -ENOENT no such file or
 * audit, -errno.
 */
int audit_ask(struct fs *fs, const struct audit_question *question,
	      json_t *reply, const char **why_ret) MUST_CHECK;
/* A connection has ended. */
void audit_end(struct fs *fs, uint64_t connection);

/* A WRITE has arrived. Costs an atomic load when nothing is audited. */
void audit_note_write(struct fs *fs, struct inode *inode, uint64_t off,
		      uint64_t len);
/**
 * audit_note_change() - bytes of a file will be changed by other means
 * By truncate, fallocate, copy_file_range. What lies in [@off, @end) is gone,
 * and no longer waits to settle.
 *
 * Context: before it is done.
 */
void audit_note_change(struct fs *fs, struct inode *inode, uint64_t off,
		       uint64_t end);

/* The verb "store", for tests: FUSE_NOTIFY_STORE. Return: 0 or -errno. */
int audit_plant(struct fs *fs, uint64_t ino, uint64_t off, uint64_t len,
		uint8_t byte) MUST_CHECK;
enum { AUDIT_PLANT_MAX = 1 << 20 };

#endif
