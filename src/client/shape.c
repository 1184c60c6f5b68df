/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the table of shapes, and where each of them puts its bytes. */
#include "client/shape.h"

#include <string.h>

#include "client/content.h"
#include "common/parse.h"

enum {
	HUGE_BYTES = 2 << 20,
	TAIL_BYTES = 1000,	/* that the last page lacks at the end */
	TEXT_SIZE = 64,
};

static const struct shape shapes[] = {
	{ "", "a page at the beginning of a file",
	  1, 0, SHAPE_PAGE, 1, SHAPE_AT_START },
	{ "short", "a sector of the page",
	  1, 512, 512, 1, SHAPE_AT_START },
	{ "odd", "bytes that are aligned to nothing but a word",
	  1, 72, 1000, 1, SHAPE_AT_START },
	{ "crossing", "the end of a page and the beginning of the next",
	  2, 2048, SHAPE_PAGE, 1, SHAPE_AT_START },
	{ "pages", "four pages",
	  4, 0, 4 * SHAPE_PAGE, 1, SHAPE_AT_START },
	{ "segments", "a page in four pieces of one call",
	  1, 0, SHAPE_PAGE, 4, SHAPE_AT_START },
	{ "end", "the last page of a file, which is not whole",
	  1, 0, 2048, 1, SHAPE_AT_END },
	{ "beyond", "the page after the last of the file",
	  1, 0, SHAPE_PAGE, 1, SHAPE_BEYOND_END },
	{ "hole", "a page in a hole of the file",
	  1, 0, SHAPE_PAGE, 1, SHAPE_IN_HOLE },
	{ "across-2m", "pages on both sides of 2 MiB",
	  2, 0, 2 * SHAPE_PAGE, 1, SHAPE_ACROSS_2M },
};

static const char *const places[] = {
	[SHAPE_AT_START] = "start",
	[SHAPE_AT_END] = "end",
	[SHAPE_BEYOND_END] = "beyond",
	[SHAPE_IN_HOLE] = "hole",
	[SHAPE_ACROSS_2M] = "across-2m",
};

const struct shape *shape_at(size_t index)
{
	return index < ARRAY_SIZE(shapes) ? &shapes[index] : NULL;
}

const struct shape *shape_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (strcmp(shapes[i].name, name) == 0)
			return &shapes[i];
	return NULL;
}

const char *shape_place_name(enum shape_place place)
{
	return places[place];
}

/* Where the bytes may lie: in the target, or in the page after it. */
static unsigned int room(const struct shape *shape)
{
	if (shape->place == SHAPE_BEYOND_END)
		return SHAPE_PAGE;
	return shape->pages * SHAPE_PAGE -
	       (shape->place == SHAPE_AT_END ? TAIL_BYTES : 0);
}

const char *shape_check(const struct shape *shape)
{
	if (!shape->pages || shape->pages > SHAPE_PAGES_MAX)
		return "a target has 1 to 4 pages";
	if (shape->segments < 1 || shape->segments > SHAPE_SEGMENTS_MAX)
		return "a call has 1 to 8 segments";
	/* Words of content differ in some of their bytes only (content.h). */
	if (shape->len < CONTENT_WORD)
		return "less than 8 bytes may be the same as before";
	if (shape->place == SHAPE_ACROSS_2M && shape->pages < 2)
		return "a target across 2 MiB has at least two pages";
	if (shape->skip >= room(shape) ||
	    shape->len > room(shape) - shape->skip)
		return shape->place == SHAPE_AT_END ?
			"the bytes do not lie in the target, whose last page "
			"lacks 1000 bytes" :
			"the bytes do not lie in the target";
	return NULL;
}

static const char *parse_place(const char *name, struct shape *shape)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (strcmp(places[i], name) == 0) {
			shape->place = (enum shape_place)i;
			return NULL;
		}
	}
	return "place= is start, end, beyond, hole or across-2m";
}

static const char *parse_word(const char *word, struct shape *shape)
{
	const struct {
		const char *key;
		unsigned int *value;
	} numbers[] = {
		{ "pages=", &shape->pages },
		{ "skip=", &shape->skip },
		{ "len=", &shape->len },
		{ "segments=", &shape->segments },
	};
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		size_t len = strlen(numbers[i].key);

		if (strncmp(word, numbers[i].key, len) != 0)
			continue;
		if (parse_size(word + len, &value) || value > SHAPE_BYTES_MAX)
			return "that is no number, or too large a one";
		*numbers[i].value = (unsigned int)value;
		return NULL;
	}
	if (strncmp(word, "place=", 6) == 0)
		return parse_place(word + 6, shape);
	return "its words are pages=, skip=, len=, segments= and place=, or "
	       "it is a name of 'pinctl list shapes'";
}

const char *shape_parse(const char *text, struct shape *shape)
{
	char words[TEXT_SIZE];
	char *rest = words;
	const char *word, *why = NULL;

	if (strlen(text) >= sizeof(words))
		return "that is too long";
	strcpy(words, text);
	while (!why && (word = strsep(&rest, ",")))
		why = parse_word(word, shape);
	return why ? why : shape_check(shape);
}

uint64_t shape_base(const struct shape *shape)
{
	switch (shape->place) {
	case SHAPE_ACROSS_2M:
		return HUGE_BYTES - shape->pages / 2 * SHAPE_PAGE;
	case SHAPE_IN_HOLE:
		return SHAPE_PAGES_MAX * SHAPE_PAGE;
	default:
		return 0;
	}
}

uint64_t shape_file_size(const struct shape *shape)
{
	uint64_t end = shape_base(shape) + shape->pages * SHAPE_PAGE;

	switch (shape->place) {
	case SHAPE_AT_END:
		return end - TAIL_BYTES;
	case SHAPE_IN_HOLE:
		return end + SHAPE_PAGE;
	default:
		return end;
	}
}

uint64_t shape_map_len(const struct shape *shape)
{
	return shape_base(shape) + (shape->pages + SHAPE_PAGES_MAX) *
				   SHAPE_PAGE;
}

uint64_t shape_write_at(const struct shape *shape)
{
	uint64_t at = shape_base(shape) + shape->skip;

	if (shape->place == SHAPE_BEYOND_END)
		at += shape->pages * SHAPE_PAGE;
	return at;
}

unsigned int shape_write_pages(const struct shape *shape)
{
	uint64_t from = shape_write_at(shape);
	uint64_t last = from + shape->len - 1;

	return (unsigned int)(last / SHAPE_PAGE - from / SHAPE_PAGE + 1);
}
