/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU as a child, and the lines that lead to it. It ends with us, however we
 * end: a keeper between us and QEMU kills their process group as soon as it
 * finds us gone, what a QEMU that is a script has started included.
 */
#ifndef PIN_QEMU_H
#define PIN_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/compiler.h"

struct vm_qemu_config {
	const char *program;	/* name or path */
	const char *accel;	/* "kvm", "tcg" */
	unsigned int cpus;
	unsigned int threads;	/* that run them: @cpus, or 1 with TCG */
	unsigned int memory_mib;
	const char *image;
	const char *initrd;	/* NULL: none */
	const char *append;	/* the kernel's command line */
	int said;		/* where QEMU's own output goes; the caller's */
};

/* Our ends of QEMU's lines: sockets that do not block. */
enum vm_qemu_line {
	VM_QEMU_CONSOLE,	/* first serial line */
	VM_QEMU_PORT,		/* virtio console port VM_CHANNEL_PORT */
	VM_QEMU_SERIAL,		/* second serial line */
	VM_QEMU_CONTROL,	/* QMP */
	VM_QEMU_LINES,
};

struct vm_qemu {
	pid_t keeper;
	pid_t pid;		/* QEMU's; 0: not told yet */
	int life;		/* closed: the keeper ends it all */
	int told;		/* by the keeper: QEMU's pid, then its status */
	int lines[VM_QEMU_LINES];
	bool ended;		/* ->status is valid */
	int status;		/* as from waitpid(2) */
};

/**
 * vm_qemu_start() - start a machine
 * Return: 0, call vm_qemu_end(); -ENOENT there is no such program; -errno.
 * Nothing is logged.
 */
int vm_qemu_start(const struct vm_qemu_config *config,
		  struct vm_qemu *qemu_ret) MUST_CHECK;
/* ->told is readable: take what is there. */
void vm_qemu_listen(struct vm_qemu *qemu);
/* Kill what still runs, wait for it, close. */
void vm_qemu_end(struct vm_qemu *qemu);

/* Its version, "7.2.22". Return: the caller's to free; NULL: not to be had. */
char *vm_qemu_version(const char *program);
/**
 * vm_qemu_threads() - how many threads may run a machine's vCPUs with TCG
 * Before 8.1 one vCPU may translate an instruction while another changes it, and
 * run what it has read for ever after (QEMU's commit deba78709ae8, "accel/tcg:
 * Always lock pages before translation"). The kernel changes its code whenever a
 * tracepoint is switched on or off, and pinfs does that for its record of system
 * calls: guests hung, with a vCPU that met the same int3 again and again, or
 * crashed.
 *
 * @version: of QEMU; NULL: not known
 */
unsigned int vm_qemu_threads(const char *version, unsigned int cpus);

#endif
