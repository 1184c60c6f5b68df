/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain text of a given width. What goes onto a page may come from anywhere (a
 * path, a command line): control characters and bytes that are no UTF-8 become
 * \xNN, a tab becomes a space, and no line is wider than the page. A word that
 * is longer than a line goes on in the next one, behind a backslash.
 */
#ifndef PIN_TEXTPAGE_H
#define PIN_TEXTPAGE_H

#include <stdarg.h>
#include <stdio.h>

#include "common/compiler.h"

struct textpage {
	FILE *out;
	unsigned int width;	/* columns; 40 or more */
};

/* A heading, underlined, with an empty line before it and behind it. */
void textpage_title(struct textpage *page, char underline, const char *fmt, ...)
	PRINTF(3, 4);
/**
 * textpage_line() - a line, broken between words where it must be
 * @indent: columns before it
 * @hang:   and before what is broken off
 */
void textpage_line(struct textpage *page, unsigned int indent,
		   unsigned int hang, const char *fmt, ...) PRINTF(4, 5);
/* "key:" at @indent and the rest from a column that all pairs have in common. */
void textpage_pair(struct textpage *page, unsigned int indent, const char *key,
		   const char *fmt, ...) PRINTF(4, 5);
/* Words as they are, for what has columns of its own; cut at the page's width. */
void textpage_row(struct textpage *page, const char *fmt, ...) PRINTF(2, 3);
void textpage_blank(struct textpage *page);

/* A copy that a terminal and a mail take as text; NULL without memory. The
 * caller's to free. */
char *textpage_clean(const char *text);
/* Columns that such a copy takes. */
size_t textpage_columns(const char *text);

#endif
