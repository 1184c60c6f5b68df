/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling text from bytes. */
#ifndef PIN_UTF8_H
#define PIN_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed UTF-8 character at @text (RFC 3629), 0: none. */
size_t utf8_length(const unsigned char *text);

#endif
