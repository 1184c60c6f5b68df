/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzz targets share. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/compiler.h"
#include "common/utf8.h"

void fuzz_lines(const uint8_t *data, size_t size,
		void (*each)(char *line, void *context), void *context)
{
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;

		if (data[0] != '#') {
			char *line = strndup((const char *)data, len);

			assert(line);
			each(line, context);
			free(line);
		}
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
}

bool fuzz_is_message(const char *text)
{
	bool shown = *text;

	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\t') ||
		    *text == 0x7f)
			return false;
	return shown;
}

void fuzz_check_text(const char *text, size_t columns)
{
	size_t column = 0;

	while (*text) {
		size_t len = utf8_length((const unsigned char *)text);

		assert(len && (*text == '\n' || (unsigned char)*text >= ' '));
		assert(*text != 0x7f);
		column = *text == '\n' ? 0 : column + 1;
		assert(column <= columns);
		text += len;
	}
}
