/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzz targets share. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/compiler.h"

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
