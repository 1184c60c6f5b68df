/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One kernel's virtual machine, from QEMU's start to its result.json. */
#ifndef PIN_VM_MACHINE_H
#define PIN_VM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "vm/kernel.h"
#include "vm/outcome.h"

#define VM_MACHINE_QEMU "qemu-system-x86_64"

/* What a machine has where its options have 0. */
enum {
	VM_MACHINE_CPUS = 2,
	VM_MACHINE_MEMORY_MIB = 1024,
	VM_MACHINE_BOOT_S = 180,
	VM_MACHINE_SILENCE_S = 300,
	VM_MACHINE_TOTAL_S = 3600,
	VM_MACHINE_CONSOLE_MAX = 16 << 20,	/* console.log [bytes] */
	VM_MACHINE_EVIDENCE_MAX = 64 << 20,	/* events and evidence [bytes] */
};

/* How far a machine is whose guest has been heard of. */
struct vm_machine_progress {
	const char *accel;	/* that it was started with: it works */
	unsigned int threads;	/* of this host that run its vCPUs */
	const char *stage;
	unsigned int results;	/* that have come */
};

struct vm_machine_options {
	const char *qemu;	/* program; NULL: VM_MACHINE_QEMU */
	const char *accel;	/* "kvm", "tcg"; NULL: kvm where it works, tried */
	unsigned int cpus;
	unsigned int memory_mib;
	const char *append;	/* at the end of the kernel's command line; NULL */
	const char *initrd;	/* instead of the one that is built; NULL */
	/* In the first two, time for which QEMU waited for a processor of this
	 * host is not counted; three times as long by the clock at most. */
	uint64_t boot_ns;	/* longest from the start to the guest's hello */
	uint64_t silence_ns;	/* longest between two frames after it */
	uint64_t total_ns;	/* longest of all */
	char **run;		/* arguments of "pinctl run" besides --json; NULL ends */
	/*
	 * Called when a stage begins and when a result has come; NULL: nobody
	 * wants to know.
	 */
	void (*tell)(void *context, const struct vm_machine_progress *progress);
	void *context;		/* for it */
};

/**
 * vm_machine_run() - boot a kernel, let it run, and write what came of it
 * @dir: its directory, which is there and empty; console.log, result.json,
 *       messages.log, kernel.log, events.jsonl and evidence/ are made in it
 * @outcome_ret: as in result.json
 *
 * QEMU ends with this process, however that ends. May be called by several
 * processes at once.
 * Return: 0, result.json is there, whatever became of the machine; -errno there
 * is none (message logged).
 */
int vm_machine_run(const struct vm_kernel *kernel,
		   const struct vm_machine_options *options, const char *dir,
		   enum vm_outcome *outcome_ret) MUST_CHECK;

#endif
