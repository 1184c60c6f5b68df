/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines by which a kernel says that something is wrong with it. */
#ifndef PIN_TROUBLE_H
#define PIN_TROUBLE_H

#include <stddef.h>

/**
 * vm_trouble_kind() - what a line of the kernel log is the beginning of
 * @line: with or without its time and level in front
 * Return: "warn", "oops", "bug", "panic", "hung-task", "lockdep", "rcu-stall";
 * NULL: nothing of that. Static.
 */
const char *vm_trouble_kind(const char *line);

/* A line without "<4>", "[   1.234567]" and "[    T1]" at its front. */
const char *vm_trouble_text(const char *line);

#endif
