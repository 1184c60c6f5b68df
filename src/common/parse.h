/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to values: sizes, durations, numbers, and lines of a verb and
 * key=value words (control verbs, client steps, gates).
 */
#ifndef PIN_PARSE_H
#define PIN_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

/* Decimal or 0x hexadecimal. Return: 0, -EINVAL, -ERANGE. */
int parse_u64(const char *text, uint64_t *value_ret) MUST_CHECK;
/* A number with an optional suffix k, m, g, t (powers of 1024), either case. */
int parse_size(const char *text, uint64_t *bytes_ret) MUST_CHECK;
/* A number, also a fraction, with unit ns, us, ms, s, m or h; no unit: s. */
int parse_duration(const char *text, uint64_t *ns_ret) MUST_CHECK;

enum { PARSE_MAX_WORDS = 32 };

/* A line cut into words. Strings point into @line's copy. */
struct parse_line {
	char *text;		/* the copy; parse_line_deinit() frees it */
	const char *verb;	/* first word; NULL: empty or comment line */
	size_t nwords;		/* words after the verb */
	struct {
		const char *key;
		const char *value;	/* NULL: a word without '=', a flag */
		bool used;		/* somebody asked for it */
	} words[PARSE_MAX_WORDS];
};

/**
 * parse_line_init() - cut a line into a verb and words
 * @line: white space separates; '#' at the start of a word begins a comment;
 *        "double quotes" keep white space, with \" and \\ inside them
 *
 * Return: 0; -EINVAL unbalanced quotes, a control character (other than a tab
 * or the newline at the end) or a word without a key; -E2BIG more than
 * PARSE_MAX_WORDS; -ENOMEM. On success call parse_line_deinit().
 */
int parse_line_init(struct parse_line *parsed, const char *line) MUST_CHECK;
void parse_line_deinit(struct parse_line *parsed);

/**
 * parse_line_get() - value of a key, and a note that somebody asked for it
 * A key that comes twice: the first one; the second stays unused.
 * Return: the value, "" for a flag without '=', NULL when absent.
 */
const char *parse_line_get(struct parse_line *parsed, const char *key);
/* The first word that nobody asked for (to complain about), or NULL. */
const char *parse_line_unused(const struct parse_line *parsed);

#endif
