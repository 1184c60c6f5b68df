/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the system that make, mount and check filesystems. */
#ifndef PIN_TOOL_H
#define PIN_TOOL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

/* Where it is, in PATH or where administrators have it; a name with a '/' is a
 * path already. false: nowhere. */
bool tool_find(const char *name, char path[PATH_MAX]);

/**
 * tool_run() - run a program to its end
 * It is looked for in PATH and where administrators have such programs, reads
 * nothing, and is killed with the process that calls.
 *
 * @argv:     its name and arguments, NULL at the end
 * @text_ret: the beginning of what it has said
 * Return: its exit status, or 128 and the number of the signal that it died of;
 * -ENOENT there is no such program; -errno.
 */
int tool_run(const char *const *argv, char *text_ret, size_t size) MUST_CHECK;

/* Of what a program has said, its first line that says something. */
void tool_cut_line(char *text);

#endif
