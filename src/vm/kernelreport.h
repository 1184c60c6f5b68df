/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reports that a kernel prints when something is wrong with itself. */
#ifndef PIN_VM_KERNELREPORT_H
#define PIN_VM_KERNELREPORT_H

#include <stdbool.h>

/**
 * vm_kernelreport_kind() - does a report begin with this line of the log?
 * @line: its text, without level and time
 * Return: "warn", "oops", "bug", "panic", "hung-task", "lockdep", "rcu-stall",
 * static; NULL: none does.
 */
const char *vm_kernelreport_kind(const char *line);
/* Is it a part of the report that has begun with a line of kind @kind, although
 * it would begin one, too? ("Oops: ..." says more about "BUG: ...") */
bool vm_kernelreport_goes_on(const char *kind, const char *line);
/* Is it the last line of a report? */
bool vm_kernelreport_ends(const char *line);

#endif
