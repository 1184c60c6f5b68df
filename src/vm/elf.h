/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked of ELF files that somebody else has made: who starts a program,
 * and a section of a kernel module. They may be anything: nothing is read outside
 * of them.
 */
#ifndef PIN_VM_ELF_H
#define PIN_VM_ELF_H

#include <stdbool.h>
#include <stddef.h>

/* @bytes: a whole file, @len bytes of it; aligned as malloc(3) does. */
struct vm_elf {
	const void *bytes;
	size_t len;
};

/* Return: the path of the dynamic loader, inside the file; NULL: it needs none,
 * or is no program of 64 bits and this machine's byte order. */
const char *vm_elf_interpreter(const struct vm_elf *elf);

/* Return: false: it has no section of that name, or is no ELF file as above. */
bool vm_elf_section(const struct vm_elf *elf, const char *name,
		    const char **data_ret, size_t *len_ret);

#endif
