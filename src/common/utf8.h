/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling text from bytes. */
#ifndef PIN_UTF8_H
#define PIN_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed UTF-8 character at @text (RFC 3629), 0: none. */
size_t utf8_length(const unsigned char *text);

/* The longest that a character is shown as, "\u202e", and a NUL. */
enum { UTF8_SHOWN_SIZE = 8 };

/**
 * utf8_show() - one character, as a reader may see it
 * One that is not seen, or moves what stands beside it (controls of direction), is
 * shown by its number, and a byte that is no character by its own.
 *
 * @text: not empty
 * Return: bytes of @text that it was.
 */
size_t utf8_show(const char *text, char shown_ret[UTF8_SHOWN_SIZE]);

#endif
