/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process between us and QEMU. */
#ifndef PIN_QEMU_KEEPER_H
#define PIN_QEMU_KEEPER_H

#include "common/compiler.h"
#include "vm/qemu.h"

/* The descriptors that a keeper and its QEMU have, by number. */
enum {
	VM_KEEPER_LIFE = 3,
	VM_KEEPER_TOLD,
	VM_KEEPER_LINES,
	VM_KEEPER_END = VM_KEEPER_LINES + VM_QEMU_LINES,
};

/**
 * vm_qemu_keep() - be the keeper
 * @fds:  what becomes VM_KEEPER_LIFE and so on, in this order
 * @said: becomes standard output and standard error
 *
 * Context: a new process.
 */
NORETURN void vm_qemu_keep(const char *path, char **argv,
			   const int fds[VM_KEEPER_END - VM_KEEPER_LIFE],
			   int said);

#endif
