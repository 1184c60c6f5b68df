/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jansson, and the one thing it lacks: a line written by one write(2). */
#ifndef PIN_JSON_H
#define PIN_JSON_H

#include <jansson.h>

#include "common/compiler.h"

/**
 * json_write_line() - write an object and a newline by one write(2)
 * Return: 0 or -errno; a short write counts as -EIO.
 */
int json_write_line(int fd, const json_t *object) MUST_CHECK;
/* A string that may not be UTF-8 (a path): bad bytes become \xNN text. */
json_t *json_text(const char *bytes);

#endif
