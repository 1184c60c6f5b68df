/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as base64 text and back. */
#include "common/base64.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t len, char *text)
{
	const uint8_t *from = bytes;

	for (; len > 0; text += 4) {
		size_t part = MIN(len, (size_t)3);
		uint32_t word = (uint32_t)from[0] << 16;

		if (part > 1)
			word |= (uint32_t)from[1] << 8;
		if (part > 2)
			word |= from[2];
		for (size_t i = 0; i < 4; i++)
			text[i] = i > part ? '=' :
				alphabet[word >> (18 - 6 * i) & 0x3f];
		from += part;
		len -= part;
	}
	*text = '\0';
}

/* Return: its 6 bits, -1 for none of the alphabet. */
static int value_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* Four characters. Return: how many bytes they are, 1 to 3; 0: none. */
static size_t decode_group(const char *text, uint8_t bytes[3])
{
	size_t pad = text[3] != '=' ? 0 : text[2] != '=' ? 1 : 2;
	uint32_t word = 0;

	for (size_t i = 0; i < 4 - pad; i++) {
		int value = value_of(text[i]);

		if (value < 0)
			return 0;
		word |= (uint32_t)value << (18 - 6 * i);
	}
	for (size_t i = 0; i < 3; i++)
		bytes[i] = (uint8_t)(word >> (16 - 8 * i));
	/* Bits that no byte has. */
	for (size_t i = 3 - pad; i < 3; i++)
		if (bytes[i])
			return 0;
	return 3 - pad;
}

ssize_t base64_decode(const char *text, void *bytes, size_t size)
{
	size_t left = strlen(text);
	uint8_t *to = bytes;
	size_t len = 0;

	if (left % 4)
		return -EINVAL;
	for (; left > 0; left -= 4, text += 4) {
		uint8_t group[3];
		size_t part = decode_group(text, group);

		/* Less than three bytes are the end. */
		if (!part || (part < 3 && left > 4))
			return -EINVAL;
		if (part > size - len)
			return -EFBIG;
		memcpy(to + len, group, part);
		len += part;
	}
	return (ssize_t)len;
}
