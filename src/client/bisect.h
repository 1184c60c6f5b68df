/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in a row of versions an answer changes, with as few looks as possible.
 * Nothing is taken for granted but the order: not that the first and the last
 * differ, nor what the first says.
 */
#ifndef PIN_BISECT_H
#define PIN_BISECT_H

#include <stddef.h>

#include "common/compiler.h"

/* What a look gives besides an answer, which is 0 or more. */
enum {
	BISECT_UNKNOWN = -1,	/* it cannot be told there: go round it */
	BISECT_STOP = -2,	/* no more looks */
};

/* Looks at one, never twice at the same. */
typedef int bisect_look_fn(void *context, size_t index);

enum bisect_end {
	BISECT_FOUND,		/* first is the first that differs, before is not */
	BISECT_NONE,		/* the last one says what the first one says */
	BISECT_LEFT,		/* what could not be told is in the way */
	BISECT_STOPPED,		/* a look gave BISECT_STOP; as BISECT_LEFT */
};

struct bisect_result {
	enum bisect_end end;
	/*
	 * The last that is known to say what the first one says. Not valid
	 * where nothing is known of the first one: then @reference is negative.
	 */
	size_t before;
	/*
	 * The first that is known to differ; as many as there are: none is.
	 * With BISECT_LEFT the change is behind @before and not behind @first,
	 * if there is one.
	 */
	size_t first;
	int reference;		/* the answer of the first one */
	int answer;		/* that of @first, where that is one of them */
	size_t looks;
};

/**
 * bisect_search() - find the first that does not answer as the first one does
 * @count: 1 or more, in order
 *
 * 1 + ceil(log2(count)) looks, or fewer, where every look gives an answer: one
 * tells what the first one says, and each of the others halves the @count
 * possible ends ("it is the second", ..., "it is the last", "it is none"). Two
 * neighbours have been looked at when it says BISECT_FOUND, so that it is true
 * even if there are several changes.
 * Return: 0 or -ENOMEM.
 */
int bisect_search(size_t count, bisect_look_fn *look, void *context,
		  struct bisect_result *result_ret) MUST_CHECK;

#endif
