/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the hexdump of two images. */
#include "client/hexpair.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/finding.h"
#include "client/textpage.h"

enum { ROW = 16, ROWS = DIGEST_BLOCK / ROW };

/* A row's text: "- 0120 " and three columns a byte, then one. */
enum { HEX_AT = 7, TEXT_AT = HEX_AT + 3 * ROW, ROW_SIZE = TEXT_AT + ROW + 1 };

/* @at: offset in the block. Return: -1: not shown. */
static int byte_at(const struct finding *finding,
		   const struct finding_image *image, size_t at)
{
	size_t i = at - finding->from;

	return at >= finding->from && i < image->len && image->shown[i] ?
		image->bytes[i] : -1;
}

static bool byte_differs(const struct finding *finding, size_t at)
{
	int before = byte_at(finding, &finding->before, at);
	int after = byte_at(finding, &finding->after, at);

	return before >= 0 && after >= 0 && before != after;
}

static bool row_differs(const struct finding *finding, size_t row)
{
	for (size_t i = 0; i < ROW; i++)
		if (byte_differs(finding, row * ROW + i))
			return true;
	return false;
}

static void print_row(struct textpage *page, const struct finding *finding,
		      const struct finding_image *image, char mark, size_t row)
{
	char text[ROW_SIZE + 1];

	memset(text, ' ', ROW_SIZE);
	text[ROW_SIZE] = '\0';
	snprintf(text, sizeof(text), "%c %04zx ", mark, row * ROW);
	text[HEX_AT] = ' ';
	for (size_t i = 0; i < ROW; i++) {
		int byte = byte_at(finding, image, row * ROW + i);
		char hex[4];

		snprintf(hex, sizeof(hex), byte < 0 ? ".. " : "%02x ", byte);
		memcpy(text + HEX_AT + 3 * i, hex, 3);
		text[TEXT_AT + i] = byte < 0 ? ' ' :
			byte > ' ' && byte < 0x7f ? (char)byte : '.';
	}
	textpage_row(page, "%s", text);
}

static void print_carets(struct textpage *page, const struct finding *finding,
			 size_t row)
{
	char text[TEXT_AT + 1];

	memset(text, ' ', TEXT_AT);
	text[TEXT_AT] = '\0';
	for (size_t i = 0; i < ROW; i++)
		if (byte_differs(finding, row * ROW + i))
			memset(text + HEX_AT + 3 * i, '^', 2);
	textpage_row(page, "%s", text);
}

static bool has_row(const struct finding *finding, size_t row)
{
	size_t len = MAX(finding->before.len, finding->after.len);

	return (row + 1) * ROW > finding->from &&
	       row * ROW < finding->from + len;
}

static void print_pair(struct textpage *page, const struct finding *finding,
		       size_t row)
{
	if (!has_row(finding, row))
		return;
	if (!row_differs(finding, row)) {
		print_row(page, finding, &finding->before, ' ', row);
		return;
	}
	print_row(page, finding, &finding->before, '-', row);
	print_row(page, finding, &finding->after, '+', row);
	print_carets(page, finding, row);
}

static bool is_near(const struct finding *finding, size_t row)
{
	return row_differs(finding, row) ||
	       (row > 0 && row_differs(finding, row - 1)) ||
	       (row + 1 < ROWS && row_differs(finding, row + 1));
}

void hexpair_print(struct textpage *page, const struct finding *finding,
		   size_t lines)
{
	size_t told = 0, left = 0, last = 0;

	for (size_t row = 0; row < ROWS; row++) {
		bool differing = row_differs(finding, row);

		if (told == lines) {
			left += differing;
			continue;
		}
		if (!is_near(finding, row))
			continue;
		if (told && row > last + 1)
			textpage_row(page, "  ...");
		print_pair(page, finding, row);
		told += differing;
		last = row;
	}
	if (left)
		textpage_row(page, "  ... %zu more lines differ", left);
}
