/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns what is a character, and which are seen. */
#include "common/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/compiler.h"

size_t utf8_length(const unsigned char *text)
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

/* page-base.js has the same. */
static bool is_unseen(uint32_t code)
{
	static const uint32_t ranges[][2] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x2069 }, { 0xfeff, 0xfeff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i][0] && code <= ranges[i][1])
			return true;
	return false;
}

/* Of a well-formed character of @len bytes. */
static uint32_t code_of(const unsigned char *text, size_t len)
{
	static const unsigned char lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = text[0] & lead[len];

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (text[i] & 0x3f);
	return code;
}

size_t utf8_show(const char *text, char shown_ret[UTF8_SHOWN_SIZE])
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t len = utf8_length(bytes);
	uint32_t code = len ? code_of(bytes, len) : bytes[0];

	if (!len || (is_unseen(code) && code < 256)) {
		snprintf(shown_ret, UTF8_SHOWN_SIZE, "\\x%02x", code & 0xff);
	} else if (is_unseen(code)) {
		snprintf(shown_ret, UTF8_SHOWN_SIZE, "\\u%04x", code & 0xffff);
	} else {
		memcpy(shown_ret, text, len);
		shown_ret[len] = '\0';
	}
	return MAX(len, (size_t)1);
}
