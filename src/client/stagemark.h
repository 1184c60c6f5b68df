/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks in the record of a stage: what a program promises from here on, and what
 * a name has at that moment.
 */
#ifndef PIN_STAGEMARK_H
#define PIN_STAGEMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

/* What a name is: two that are equal have the same bytes. */
struct stagemark_state {
	char type;		/* 'f' file, 'd' directory, 'l' link, '-' none */
	uint64_t size;		/* [bytes]; of a directory 0 */
	uint64_t digest;	/* of the bytes, or of where the link leads */
};

enum stagemark_promise {
	STAGEMARK_TEXT,		/* none: just a name for the moment */
	STAGEMARK_DURABLE,	/* it is as it is, also after a power cut */
	STAGEMARK_GONE,		/* there is no such name */
	STAGEMARK_FREE,		/* nothing is promised of it any more */
	STAGEMARK_WHOLE,	/* where it is, it has all of these bytes */
	STAGEMARK_END,		/* the command has ended */
};

struct stagemark {
	enum stagemark_promise promise;
	struct stagemark_state state;	/* of DURABLE and WHOLE */
	const char *name;	/* below the stage; of TEXT the text */
};

/* Read the text of a mark: one that is no promise is just text. */
void stagemark_parse(const char *text, struct stagemark *mark_ret);
/* As its user has written it: "durable=NAME". */
void stagemark_format(const struct stagemark *mark, char *text, size_t size);

/**
 * stagemark_look() - what a name is now
 * @root: directory that @name begins at
 * Return: 0, also when there is no such name; -errno it cannot be read.
 */
int stagemark_look(int root, const char *name,
		   struct stagemark_state *state_ret) MUST_CHECK;

/**
 * stagemark_set() - put a mark into the record
 * Where nothing is recorded it goes into the event log only.
 * @mountpoint: of the pinfs mount
 * @stage: root of the stage; NULL: @word is taken as text
 * @word: "durable=NAME", "gone=NAME", "free=NAME" (names as seen from the working
 *        directory), or any text
 * Return: 0; -EINVAL it cannot be a mark; -EXDEV the name is not below the stage;
 * -errno. A message has been logged.
 */
int stagemark_set(const char *mountpoint, const char *stage, const char *word)
	MUST_CHECK;
/* The same for marks of pinctl's own: @name is NULL, or below the stage. */
int stagemark_set_own(const char *mountpoint, const char *stage,
		      enum stagemark_promise promise, const char *name)
	MUST_CHECK;

#endif
