/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shapes: which bytes of which pages a scenario is about. The plain one is a
 * whole page at the beginning of a file; the others are what kernel code treats
 * apart, a row each.
 */
#ifndef PIN_SHAPE_H
#define PIN_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

enum {
	SHAPE_PAGE = 4096,	/* bytes; a block of the daemon's checks, too */
	SHAPE_PAGES_MAX = 4,
	SHAPE_SEGMENTS_MAX = 8,
	/* A file that is looked at whole, with a page more at its end. */
	SHAPE_BYTES_MAX = (SHAPE_PAGES_MAX + 1) * SHAPE_PAGE,
};

/* Where in its file the target lies. */
enum shape_place {
	SHAPE_AT_START,
	SHAPE_AT_END,		/* the file ends within the last page */
	SHAPE_BEYOND_END,	/* the bytes go to the page after the last */
	SHAPE_IN_HOLE,		/* nothing has ever been written there */
	SHAPE_ACROSS_2M,	/* pages on both sides of offset 2 MiB */
};

struct shape {
	const char *name;	/* "" for the plain one */
	const char *help;	/* one line */
	unsigned int pages;	/* of the target: 1 to SHAPE_PAGES_MAX */
	unsigned int skip;	/* bytes of the target before the writer's */
	unsigned int len;	/* bytes that the writer brings */
	unsigned int segments;	/* pieces of memory in one call */
	enum shape_place place;
};

/* The plain shape first; NULL behind the last. */
const struct shape *shape_at(size_t index);
/* By name; NULL: there is none. */
const struct shape *shape_find(const char *name);
/**
 * shape_parse() - change a shape by words
 * @text: "pages=2,len=8192,place=across-2m"
 * Return: NULL, or what is wrong: one sentence, static.
 */
const char *shape_parse(const char *text, struct shape *shape);
const char *shape_place_name(enum shape_place place);
/**
 * shape_check() - can there be such a shape?
 * Return: NULL, or why not: one sentence, static.
 */
const char *shape_check(const struct shape *shape);

/* The offset in the file of the target's first page [bytes]. */
uint64_t shape_base(const struct shape *shape);
/* Size of the file when it has been made [bytes]. */
uint64_t shape_file_size(const struct shape *shape);
/* Bytes that have to be mapped from the file's beginning on. */
uint64_t shape_map_len(const struct shape *shape);
/* Pages in which the writer's bytes lie. */
unsigned int shape_write_pages(const struct shape *shape);
/* Where the writer's bytes go [bytes, from the beginning of file or mapping] */
uint64_t shape_write_at(const struct shape *shape);

#endif
