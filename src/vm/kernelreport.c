/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the first lines of reports, as kernels from 6.1 to 7.3 print them. What
 * else begins with "WARNING: " is a message of some driver.
 */
#include "vm/kernelreport.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "common/compiler.h"

/* The first that fits is taken. */
static const struct {
	const char *pattern;	/* of fnmatch(3) */
	const char *kind;
} beginnings[] = {
	{ "Kernel panic - not syncing*", "panic" },
	/* kernel/locking/lockdep.c, which begins all of its reports so. */
	{ "WARNING: possible *", "lockdep" },
	{ "WARNING: *lock *", "lockdep" },
	{ "WARNING: suspicious RCU usage*", "lockdep" },
	/* kernel/panic.c:__warn(): "CPU: 1 PID: 2 at FILE:LINE FUNCTION+0x1/0x2",
	 * since 6.17 "FILE:LINE at FUNCTION+0x1/0x2, CPU#1". */
	{ "WARNING: CPU: *", "warn" },
	{ "WARNING: * at *+0x*", "warn" },
	{ "UBSAN: *", "warn" },
	/* arch/x86/mm/fault.c:show_fault_oops() and dumpstack.c:__die_header() */
	{ "BUG: unable to handle *", "oops" },
	{ "BUG: kernel NULL pointer dereference*", "oops" },
	{ "Oops: *", "oops" },
	{ "Oops - *", "oops" },
	{ "Internal error: *", "oops" },
	{ "general protection fault*", "oops" },
	{ "invalid opcode: *", "oops" },
	{ "double fault: *", "oops" },
	{ "stack segment: *", "oops" },
	{ "kernel BUG at *", "bug" },
	{ "BUG: *", "bug" },
	{ "watchdog: BUG: *", "bug" },
	{ "watchdog: Watchdog detected hard LOCKUP*", "bug" },
	{ "INFO: task * blocked for more than *", "hung-task" },
	/* kernel/rcu/tree_stall.h */
	{ "rcu: INFO: * stall*", "rcu-stall" },
	{ "INFO: rcu_* stall*", "rcu-stall" },
};

const char *vm_kernelreport_kind(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (fnmatch(beginnings[i].pattern, line, 0) == 0)
			return beginnings[i].kind;
	return NULL;
}

bool vm_kernelreport_goes_on(const char *kind, const char *line)
{
	const char *other = vm_kernelreport_kind(line);

	return other && strcmp(other, "oops") == 0 &&
	       (strcmp(kind, "oops") == 0 || strcmp(kind, "bug") == 0) &&
	       strncmp(line, "BUG: ", strlen("BUG: ")) != 0;
}

bool vm_kernelreport_ends(const char *line)
{
	return strncmp(line, "---[ end ", strlen("---[ end ")) == 0;
}
