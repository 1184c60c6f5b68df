/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that runs for a while, and whose output is kept in a file. */
#ifndef PIN_CHILD_H
#define PIN_CHILD_H

#include <stdint.h>

#include "common/compiler.h"

/**
 * vm_child_run() - run a program to its end
 * It is found as by tool_find(), reads nothing, speaks no language but C's, and
 * ends with this process. It is a process group of its own.
 *
 * @argv: its name and arguments, NULL at the end
 * @dir:  where it runs
 * @log:  descriptor that all it says goes to
 * @limit_ns: then it is killed, with all of its group
 * Return: its exit status, or 128 and the number of the signal that it died of;
 * -ETIMEDOUT; -ENOENT there is no such program; -errno.
 */
int vm_child_run(const char *const *argv, const char *dir, int log,
		 uint64_t limit_ns) MUST_CHECK;

#endif
