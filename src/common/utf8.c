/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns what is a character. */
#include "common/utf8.h"

#include <stdint.h>

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
