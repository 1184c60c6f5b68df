/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a kernel's virtual machine. */
#ifndef PIN_VM_OUTCOME_H
#define PIN_VM_OUTCOME_H

#include <stdbool.h>

/* In the order in which the worse one hides the other. */
enum vm_outcome {
	VM_COMPLETE,		/* every result has come back */
	VM_WARNED,		/* complete, and the kernel has warned (WARN) */
	VM_OOPSED,		/* complete, and the kernel has had an oops or BUG */
	VM_NO_RESULT,		/* it ended, or its program did, before all had come */
	VM_HANG,		/* our program ran, and then nothing came any more */
	VM_PANIC,
	VM_BOOT_FAILURE,	/* our program was never heard of */
	VM_HARNESS,		/* there was no machine: QEMU, image, memory */
	VM_OUTCOME_COUNT,
};

/* "complete", "warned", "oopsed", "no-result", "hang", "panic", "boot-failure",
 * "harness"; as in result.json. Static. */
const char *vm_outcome_name(enum vm_outcome outcome);
/* One sentence about it, for people. Static. */
const char *vm_outcome_help(enum vm_outcome outcome);
/* Return: false: there is no outcome of that name. */
bool vm_outcome_find(const char *name, enum vm_outcome *outcome_ret);
/* Have all results come? Else what has come may be told, but is no answer. */
bool vm_outcome_stands(enum vm_outcome outcome);

#endif
