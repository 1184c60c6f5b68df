/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON lines in one write(2), and strings of bytes that may not be UTF-8. */
#include "common/json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/utf8.h"

/* Text that grows; once it could not, it takes no more. */
struct text {
	char *bytes;
	size_t len;
	size_t size;
	bool failed;
};

enum { FIRST_SIZE = 512 };

static int append(const char *bytes, size_t len, void *context)
{
	struct text *text = context;

	if (!text->failed && len > text->size - text->len) {
		size_t size = MAX(MAX(2 * text->size, text->len + len),
				  (size_t)FIRST_SIZE);
		char *larger = realloc(text->bytes, size);

		text->failed = !larger;
		if (larger) {
			text->bytes = larger;
			text->size = size;
		}
	}
	if (text->failed)
		return -1;
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	return 0;
}

char *json_line(const json_t *object, size_t *len_ret)
{
	struct text text = { 0 };

	if (!json_is_object(object) ||
	    json_dump_callback(object, append, &text, JSON_COMPACT) ||
	    append("\n", 1, &text)) {
		free(text.bytes);
		return NULL;
	}
	*len_ret = text.len;
	return text.bytes;
}

int json_write_line(int fd, const json_t *object)
{
	if (!json_is_object(object))
		return -EINVAL;

	size_t len;
	autofree char *text = json_line(object, &len);
	ssize_t n;

	if (!text)
		return -ENOMEM;
	do {
		n = write(fd, text, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

json_t *json_text(const char *bytes)
{
	json_t *string = json_string(bytes);

	if (string)
		return string;

	autofree char *text = malloc(4 * strlen(bytes) + 1);
	char *to = text;

	if (!text)
		return NULL;
	for (const char *from = bytes; *from;) {
		size_t len = utf8_length((const unsigned char *)from);

		if (len > 0) {
			memcpy(to, from, len);
			to += len;
			from += len;
		} else {
			to += sprintf(to, "\\x%02x", (unsigned char)*from++);
		}
	}
	*to = '\0';
	return json_string(text);
}
