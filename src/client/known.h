/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The known verdicts: a data file that says for each scenario, and for what a
 * mount and kernel can do, which verdict is expected and from where that is
 * known. Never a version number. known.tsv says how a line is written.
 */
#ifndef PIN_KNOWN_H
#define PIN_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "client/verdict.h"
#include "common/compiler.h"

struct known;

/* A line of the file. */
struct known_row {
	char *scenario;		/* fnmatch(3) patterns of names, '|' between */
	char *capabilities;	/* "a,!b": a and not b; "-": no matter */
	enum verdict verdict;
	char *ground;		/* where it is known from */
};

/**
 * known_load() - read the data file
 * @path: NULL: $PINFS_KNOWN, then beside the program (a build tree), then
 *        ../share/pinfs, then where it has been installed
 * @is_capability: is there a capability of that name?
 * Return: 0; -ENOENT; -EINVAL a line is wrong; -errno. A message, with the line
 * number, has been logged.
 */
int known_load(const char *path, bool (*is_capability)(const char *name),
	       struct known **known_ret) MUST_CHECK;
void known_destroy(struct known *known);

/* Number of lines, and one of them. */
size_t known_count(const struct known *known);
const struct known_row *known_row(const struct known *known, size_t index);

/* Does the row fit every mount? Then no row behind it is ever taken. */
bool known_always(const struct known_row *row);
/**
 * known_next() - the rows that can be taken for a scenario, one after another
 * @last: NULL: none yet
 * Return: NULL: there is no other.
 */
const struct known_row *known_next(const struct known *known,
				   const char *scenario,
				   const struct known_row *last);

/* Does this mount have that capability? Return: 1, 0, -errno not to be told. */
typedef int known_has_fn(void *context, const char *capability);

/**
 * known_find() - the first row that fits
 * @has: asked only for capabilities that decide something
 * @row_ret: NULL when no row fits
 * Return: 0, or what @has returned when it could not tell.
 */
int known_find(const struct known *known, const char *scenario,
	       known_has_fn *has, void *context,
	       const struct known_row **row_ret) MUST_CHECK;

#endif
