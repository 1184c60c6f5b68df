/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a crash may leave of a directory, from a log of operations: shared by
 * crash-load, which writes the log, and crash-check, which replays it.
 *
 * A directory has numbered slots; slot N is the name "fN". A file has an
 * identity, a number never given twice, which is also its group (plus
 * CRASH_FIRST_GROUP), so that it is known again under whatever name. Of each
 * byte of each file the model has the present content, and, apart from it, what
 * the last successful sync promised and whether anything has begun to change it
 * since. The log has two lines an operation: one before it begins, one when it
 * has ended. An operation without the second may have happened or not.
 */
#ifndef PIN_CRASH_MODEL_H
#define PIN_CRASH_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	CRASH_FIRST_GROUP = 100000,
	CRASH_MOST_SLOTS = 256,
	CRASH_BLOCK = 4096,
};

enum crash_kind {
	CRASH_CREATE,
	CRASH_WRITE,		/* by way of the page cache */
	CRASH_DIRECT,		/* O_DIRECT */
	CRASH_STORE,		/* through a shared mapping */
	CRASH_TRUNCATE,		/* to @len */
	CRASH_PUNCH,
	CRASH_ZERO,
	CRASH_KEEP,		/* allocate, keep the size */
	CRASH_COPY,		/* @len bytes of @slot2 at @off2 to @off */
	CRASH_RENAME,		/* to the name of @slot2, over what is there */
	CRASH_UNLINK,
	CRASH_MSYNC,		/* of @off to @off + @len */
	CRASH_FSYNC,
	CRASH_FDATASYNC,
	CRASH_DIRSYNC,		/* fsync of the directory */
	CRASH_READ,		/* changes nothing and is not in the log */
	CRASH_KINDS,
};
extern const char *const crash_kind_names[CRASH_KINDS];

/* Numbers that an operation does not need are 0. */
struct crash_op {
	enum crash_kind kind;
	unsigned int slot;
	unsigned int slot2;
	uint64_t id;		/* of the file that CRASH_CREATE makes */
	uint64_t off;		/* [bytes] */
	uint64_t off2;		/* [bytes] */
	uint64_t len;		/* [bytes] */
	uint64_t generation;	/* of the content, see crash_content() */
};

enum crash_state {
	CRASH_UNKNOWN,		/* never promised: a hole, or beyond the end */
	CRASH_PROMISED,
	CRASH_TOUCHED,		/* maybe changed since */
};

struct crash_file {
	struct crash_file *next;
	uint64_t id;
	uint64_t size;		/* [bytes] */
	uint64_t promised_size;	/* [bytes], valid while not size_touched */
	bool size_touched;
	uint64_t sure_size;	/* [bytes] the least that a crash leaves */
	bool must_exist;	/* under one name or another */
	bool dead;		/* the last name was taken away */
	bool found;		/* for the checker */
	uint8_t *content;
	uint8_t *promised;
	uint8_t *state;		/* enum crash_state of each byte */
};

struct crash_slot {
	struct crash_file *file;	/* NULL: there is no such name */
	struct crash_file *promised;	/* the same, of the last promise */
	bool touched;
};

/*
 * @same_boot: only the filesystem's process ended: what it was handed, by a
 * direct write or another request that it answered, is promised as well.
 */
struct crash_model {
	unsigned int slot_count;
	uint64_t max_size;		/* [bytes] of a file */
	bool same_boot;
	struct crash_slot slots[CRASH_MOST_SLOTS];
	struct crash_file *files;
};

void crash_model_init(struct crash_model *model, unsigned int slots,
		      uint64_t max_size, bool same_boot);
void crash_model_deinit(struct crash_model *model);

/* Begin with what is in the directory @base; all of it is promised. */
void crash_model_adopt(struct crash_model *model, const char *base);

/* The name of a slot. Valid until the call after the next. */
const char *crash_model_name(unsigned int slot);

/* The file with that identity, NULL if there is none. */
struct crash_file *crash_model_find(struct crash_model *model, uint64_t id);

/* An operation begins: what it may change is not promised any more. */
void crash_model_begin(struct crash_model *model, const struct crash_op *op);

/* It has ended well: its effect on the content, and what it promises. */
void crash_model_end(struct crash_model *model, const struct crash_op *op);

/* The bytes of a generation at @off of a file; none is 0 for long. */
void crash_content(uint8_t *buf, uint64_t generation, uint64_t off,
		   uint64_t len);

enum { CRASH_LINE_SIZE = 256 };
/* The line that begins @op, with its newline. Return: its length. */
size_t crash_op_print(char line[CRASH_LINE_SIZE], const struct crash_op *op);
/* Return: was it such a line? */
bool crash_op_parse(const char *line, struct crash_op *op_ret);

#endif
