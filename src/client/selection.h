/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which scenarios the words of a command line mean: names, fnmatch(3) patterns
 * and named sets (@pins). A word without a '+' means scenarios of the plain
 * shape.
 */
#ifndef PIN_SELECTION_H
#define PIN_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

struct scenario;

struct selection_set {
	const char *name;	/* with its "@" */
	const char *help;	/* which scenarios these are */
	bool (*has)(const struct scenario *scenario);
};

/* NULL past the end. */
const struct selection_set *selection_set_at(size_t index);

/**
 * selection_check() - does each word mean something?
 * Return: CMD_OK; CMD_USAGE after a message that names the one that does not.
 */
int selection_check(char *const *words, size_t count) MUST_CHECK;
/* Do the words, all good, mean it? Without any they are "@default". */
bool selection_has(const struct scenario *scenario, char *const *words,
		   size_t count);
/* Does a word with a '+' in it mean this one, which has such a shape? */
bool selection_has_shaped(const struct scenario *scenario, char *const *words,
			  size_t count);

#endif
