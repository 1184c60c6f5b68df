/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 (RFC 4648, section 4), with padding and without line breaks. */
#ifndef PIN_BASE64_H
#define PIN_BASE64_H

#include <stddef.h>
#include <sys/types.h>

#include "common/compiler.h"

/* Characters for @len bytes, and a NUL. */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/* @text: BASE64_SIZE(@len) */
void base64_encode(const void *bytes, size_t len, char *text);
/**
 * base64_decode() - back to bytes
 * Return: how many; -EINVAL @text is not what base64_encode() makes; -EFBIG more
 * than @size. @bytes is undefined then.
 */
ssize_t base64_decode(const char *text, void *bytes, size_t size) MUST_CHECK;

#endif
