/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's console: kept as a log of bounded size, and read for what tells a
 * panic, a hang and a failure to boot apart. Nothing in it is ever a result.
 */
#ifndef PIN_CONSOLE_H
#define PIN_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

enum { VM_CONSOLE_LINE = 320 };	/* longer lines are told in pieces [bytes] */

/* What the console has told so far; "": it has not. */
struct vm_console_facts {
	uint64_t bytes;			/* of all */
	bool version;			/* "Linux version" */
	bool init;			/* the kernel has started the first program */
	char panic[VM_CONSOLE_LINE];	/* the first panic */
	char no_init[VM_CONSOLE_LINE];	/* that panic, when no program was the cause */
	char unpack[VM_CONSOLE_LINE];	/* the initramfs could not be unpacked */
	char trouble[VM_CONSOLE_LINE];	/* the first WARN, oops, BUG */
	char last[VM_CONSOLE_LINE];	/* the last line that was not empty */
};

struct vm_console;

/**
 * vm_console_create() - begin a log
 * @fd:    the log's file, empty, open for writing; stays the caller's
 * @limit: longest log, besides a line that says what was cut [bytes]; of more,
 *         the first half of it and the last are kept
 * Return: NULL without memory.
 */
struct vm_console *vm_console_create(int fd, size_t limit) MUST_CHECK;
/* Bytes as they come. Return: 0 or -errno of writing the log, which goes on. */
int vm_console_feed(struct vm_console *console, const void *bytes, size_t len)
	MUST_CHECK;
/* No more will come: write what is not in the log yet. Return: 0 or -errno. */
int vm_console_finish(struct vm_console *console) MUST_CHECK;
void vm_console_destroy(struct vm_console *console);
const struct vm_console_facts *vm_console_facts(
	const struct vm_console *console);

#endif
