/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the escaping of text for XML 1.0. */
#include "client/xmltext.h"

#include <stdbool.h>
#include <string.h>

#include "common/compiler.h"
#include "common/utf8.h"

/* U+FFFE and U+FFFF are well-formed, and no characters of XML 1.0. */
static bool is_noncharacter(const char *text)
{
	return memcmp(text, "\xef\xbf", 2) == 0 && (text[2] & 0xfe) == 0xbe;
}

/*
 * One character, or one byte that is none. XML 1.0 has no way to write most
 * control characters, not even escaped; they become \xNN text, as what is no
 * UTF-8 does.
 * Return: its length.
 */
static size_t put_character(FILE *out, const char *text)
{
	static const struct {
		char plain;
		const char *escaped;
	} special[] = {
		{ '<', "&lt;" }, { '>', "&gt;" }, { '&', "&amp;" },
		{ '"', "&quot;" },
		/* In an attribute these would become spaces. */
		{ '\t', "&#9;" }, { '\n', "&#10;" }, { '\r', "&#13;" },
	};
	size_t len = utf8_length((const unsigned char *)text);

	for (size_t i = 0; i < ARRAY_SIZE(special); i++) {
		if (*text == special[i].plain) {
			fputs(special[i].escaped, out);
			return 1;
		}
	}
	if (!len || (len == 1 && (unsigned char)*text < ' ') ||
	    (len == 3 && is_noncharacter(text))) {
		fprintf(out, "\\x%02x", (unsigned char)*text);
		return 1;
	}
	fwrite(text, 1, len, out);
	return len;
}

void xmltext_put(FILE *out, const char *text)
{
	while (*text)
		text += put_character(out, text);
}

void xmltext_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	xmltext_put(out, value);
	fputc('"', out);
}
