/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules of a directory that depmod(8) has not been to: the files by
 * name, what each needs by its own words (.modinfo), and an order in which they
 * can be loaded. A name's '-' and '_' are the same.
 */
#ifndef PIN_VM_MODULE_H
#define PIN_VM_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/compiler.h"

struct vm_modules;

enum vm_module_state {
	VM_MODULE_THERE,	/* its bytes are there, in the order of loading */
	VM_MODULE_BUILT_IN,	/* "modules.builtin" says so */
	VM_MODULE_ABSENT,	/* neither a file nor built in, as is known */
};

struct vm_module {
	char *name;		/* with '_' */
	enum vm_module_state state;
	void *bytes;		/* of the file, decompressed; NULL: not there */
	size_t len;
	char *needs;		/* names, a blank between each; NULL: no file */
	char **aliases;		/* without patterns; NULL ends; NULL: none */
};

/**
 * vm_module_index() - look for all modules below a directory
 * @dir: "/lib/modules/RELEASE", a build tree, or any other directory; NULL: there
 *       is none, and all modules are absent
 * Return: 0 or -errno (message logged).
 */
int vm_module_index(const char *dir, struct vm_modules **modules_ret)
	MUST_CHECK;
void vm_module_destroy(struct vm_modules *modules);

/**
 * vm_module_want() - a module, and before it those that it needs
 * That it, or one that it needs, is absent is no error: vm_module_at() tells.
 * Return: 0 or -errno: a file cannot be read (message logged).
 */
int vm_module_want(struct vm_modules *modules, const char *name) MUST_CHECK;

/* The release that a module says it is of. NULL: none of those wanted does. */
const char *vm_module_release(const struct vm_modules *modules);

/* Those wanted so far, each once, what they need before them. NULL: no more. */
const struct vm_module *vm_module_at(const struct vm_modules *modules,
				     size_t index);

#endif
