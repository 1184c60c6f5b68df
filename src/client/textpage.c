/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns how text is brought onto lines of one width. */
#include "client/textpage.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/utf8.h"

enum { PAIR_COLUMN = 12 };	/* where values begin, behind the indent */

/* -------------------------------------------------------------- clean words */

char *textpage_clean(const char *text)
{
	/* A byte is shown as no more than four. */
	char *copy = malloc(4 * strlen(text) + 1);
	char *to = copy;

	while (copy && *text) {
		char shown[UTF8_SHOWN_SIZE];
		size_t len = utf8_show(text, shown);

		to = stpcpy(to, *text == '\t' ? " " : shown);
		text += len;
	}
	if (copy)
		*to = '\0';
	return copy;
}

static char *format(const char *fmt, va_list args) PRINTF(1, 0);
static char *format(const char *fmt, va_list args)
{
	autofree char *raw = NULL;

	if (vasprintf(&raw, fmt, args) < 0)
		raw = NULL;
	return raw ? textpage_clean(raw) : NULL;
}

/* Bytes of the first @columns characters, of at most @len bytes. */
static size_t prefix(const char *text, size_t len, size_t columns)
{
	size_t used = 0;

	while (used < len && columns-- > 0)
		used += utf8_length((const unsigned char *)text + used);
	return used;
}

static size_t columns_of(const char *text, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

size_t textpage_columns(const char *text)
{
	return columns_of(text, strlen(text));
}

/* -------------------------------------------------------------------- lines */

/* The line that is being written. */
struct line {
	struct textpage *page;
	size_t column;
	size_t hang;
	bool begun;		/* it has a word */
};

static void begin(struct line *line, size_t indent)
{
	fprintf(line->page->out, "%*s", (int)indent, "");
	line->column = indent;
	line->begun = false;
}

static void next_line(struct line *line)
{
	fputc('\n', line->page->out);
	begin(line, line->hang);
}

static void put(struct line *line, const char *text, size_t len)
{
	fwrite(text, 1, len, line->page->out);
	line->column += columns_of(text, len);
	line->begun = true;
}

/* Those at the beginning are columns as well; a broken line has none. */
static void put_spaces(struct line *line, size_t spaces)
{
	while (spaces-- > 0 && line->column < line->page->width)
		put(line, " ", 1);
}

/* A word that no line has room for. */
static void put_long(struct line *line, const char *word, size_t len)
{
	size_t room = line->page->width - line->column - 1;

	while (columns_of(word, len) > room + 1) {
		size_t part = prefix(word, len, room);

		put(line, word, part);
		fputc('\\', line->page->out);
		next_line(line);
		word += part;
		len -= part;
		room = line->page->width - line->column - 1;
	}
	put(line, word, len);
}

static void put_word(struct line *line, const char *word, size_t len,
		     size_t spaces)
{
	size_t columns = columns_of(word, len);
	size_t width = line->page->width;

	if (line->begun && line->column + spaces + columns > width)
		next_line(line);
	else
		put_spaces(line, spaces);
	if (line->column + columns > width)
		put_long(line, word, len);
	else
		put(line, word, len);
}

static void put_words(struct line *line, const char *text)
{
	while (*text) {
		size_t spaces = strspn(text, " ");
		size_t len = strcspn(text + spaces, " ");

		if (len)
			put_word(line, text + spaces, len, spaces);
		text += spaces + len;
	}
	fputc('\n', line->page->out);
}

void textpage_line(struct textpage *page, unsigned int indent,
		   unsigned int hang, const char *fmt, ...)
{
	struct line line = { .page = page, .hang = hang };
	autofree char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	begin(&line, indent);
	put_words(&line, text ? text : "");
}

void textpage_pair(struct textpage *page, unsigned int indent, const char *key,
		   const char *fmt, ...)
{
	struct line line = { .page = page, .hang = indent + PAIR_COLUMN };
	autofree char *text = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	len = fprintf(page->out, "%*s%s:", (int)indent, "", key);
	if (len < 0 || !text)
		return;
	line.column = (size_t)len;
	if (line.column < line.hang)
		fprintf(page->out, "%*s", (int)(line.hang - line.column), "");
	else
		fputc(' ', page->out);
	line.column = MAX(line.column + 1, line.hang);
	put_words(&line, text);
}

void textpage_row(struct textpage *page, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list args;
	size_t len;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	len = text ? prefix(text, strlen(text), page->width) : 0;
	while (len && text[len - 1] == ' ')
		len--;
	fprintf(page->out, "%.*s\n", (int)len, text ? text : "");
}

void textpage_title(struct textpage *page, char underline, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list args;
	size_t len;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	if (!text)
		return;
	len = prefix(text, strlen(text), page->width);
	fprintf(page->out, "\n%.*s\n", (int)len, text);
	for (size_t i = 0; i < columns_of(text, len); i++)
		fputc(underline, page->out);
	fprintf(page->out, "\n\n");
}

void textpage_blank(struct textpage *page)
{
	fputc('\n', page->out);
}
