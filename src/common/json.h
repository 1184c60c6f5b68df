/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jansson, and what it lacks: whole lines, also when memory is short. */
#ifndef PIN_JSON_H
#define PIN_JSON_H

#include <jansson.h>

#include "common/compiler.h"

/**
 * json_line() - an object and a newline as text
 * Not json_dumps(): that one ignores that there was no memory for a key, and
 * leaves it out (jansson 2.14, dump.c:do_dump()).
 *
 * @len_ret: its length; there is no NUL at its end
 * Return: the caller's to free; NULL without memory, or for what is no object.
 */
char *json_line(const json_t *object, size_t *len_ret) MUST_CHECK;
/**
 * json_write_line() - write an object and a newline by one write(2)
 * Return: 0 or -errno; a short write counts as -EIO.
 */
int json_write_line(int fd, const json_t *object) MUST_CHECK;
/* A string that may not be UTF-8 (a path): bad bytes become \xNN text. */
json_t *json_text(const char *bytes);

#endif
