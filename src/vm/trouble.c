/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/trouble.h"

#include <stdbool.h>
#include <string.h>

#include "common/compiler.h"

/*
 * The first lines of the kernel's reports. A row matches at the line's beginning,
 * which scripts that print such words in the middle of theirs do not have.
 */
static const struct {
	const char *begin;
	const char *with;	/* also somewhere in the line; NULL: nothing */
	const char *kind;
} rows[] = {
	/* kernel/panic.c:vpanic() (6.18) */
	{ "Kernel panic - not syncing", NULL, "panic" },
	/* kernel/panic.c:__warn(): "WARNING: CPU: 0 PID: 1 at", and since 6.18
	 * "WARNING: fs/fuse/file.c:1995 at" */
	{ "WARNING: CPU: ", NULL, "warn" },
	{ "WARNING: possible ", NULL, "lockdep" },
	{ "WARNING: suspicious RCU usage", NULL, "lockdep" },
	{ "WARNING: inconsistent lock state", NULL, "lockdep" },
	{ "WARNING: bad unlock balance", NULL, "lockdep" },
	{ "WARNING: held lock freed", NULL, "lockdep" },
	{ "WARNING: lock held when returning to user space", NULL, "lockdep" },
	{ "WARNING: ", " at ", "warn" },
	/* arch/x86/kernel/traps.c:exc_invalid_op(), lib/bug.c:__report_bug() */
	{ "kernel BUG at ", NULL, "bug" },
	{ "BUG: unable to handle ", NULL, "oops" },
	{ "BUG: kernel NULL pointer dereference", NULL, "oops" },
	{ "BUG: workqueue lockup", NULL, "hung-task" },
	{ "watchdog: BUG: soft lockup", NULL, "hung-task" },
	{ "BUG: ", NULL, "bug" },
	/* arch/x86/kernel/dumpstack.c:__die_header() */
	{ "Oops: ", NULL, "oops" },
	{ "Oops", ": 0", "oops" },
	{ "general protection fault", NULL, "oops" },
	{ "divide error: ", NULL, "oops" },
	{ "invalid opcode: ", NULL, "oops" },
	{ "stack segment: ", NULL, "oops" },
	/* kernel/hung_task.c:check_hung_task() */
	{ "INFO: task ", " blocked ", "hung-task" },
	{ "INFO: possible ", NULL, "lockdep" },
	{ "rcu: INFO: ", " stall", "rcu-stall" },
	{ "INFO: rcu", " stall", "rcu-stall" },
};

static const char *skip_brackets(const char *line, const char *inside)
{
	size_t len;

	if (*line != inside[0])
		return line;
	len = strspn(line + 1, inside + 2);
	if (!len || line[len + 1] != inside[1])
		return line;
	return line + len + 2;
}

const char *vm_trouble_text(const char *line)
{
	line = skip_brackets(line, "<>0123456789");
	line = skip_brackets(line, "[] 0123456789.");
	line = skip_brackets(line, "[] 0123456789TC");
	return line + strspn(line, " ");
}

const char *vm_trouble_kind(const char *line)
{
	const char *text = vm_trouble_text(line);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].begin);

		if (strncmp(text, rows[i].begin, len) == 0 &&
		    (!rows[i].with || strstr(text + len, rows[i].with)))
			return rows[i].kind;
	}
	return NULL;
}
