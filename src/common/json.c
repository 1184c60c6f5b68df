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

/* Bytes of the well-formed UTF-8 character at @text (RFC 3629), 0: none. */
static size_t utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;		/* smaller values are overlong */
	} forms[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (size_t more = 0; more < ARRAY_SIZE(forms); more++) {
		if ((text[0] & forms[more].mask) != forms[more].lead)
			continue;

		uint32_t value = text[0] & (unsigned char)~forms[more].mask;

		for (size_t i = 1; i <= more; i++) {
			/* A NUL is no continuation: the loop ends in bounds. */
			if ((text[i] & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (text[i] & 0x3f);
		}
		if (value < forms[more].least || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			return 0;
		return more + 1;
	}
	return 0;
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
