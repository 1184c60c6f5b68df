/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of a guest: those of this machine, and what each needs to start. */
#ifndef PIN_VM_IMAGE_PROGRAM_H
#define PIN_VM_IMAGE_PROGRAM_H

#include "common/compiler.h"
#include "vm/image-tree.h"

/**
 * vm_image_program_add() - a program, its loader and its libraries
 * @path:  where it is here
 * @guest: where it will be in the guest; the loader and the libraries are where
 *         they are here
 * Return: 0; -ENOENT a library is missing; -errno. A message has been logged.
 */
int vm_image_program_add(struct vm_image_tree *tree, const char *path,
			 const char *guest) MUST_CHECK;

/**
 * vm_image_program_add_all() - all that a guest has
 * Return: 0; -ENOENT one that must be there is not; -errno. A message has been
 * logged.
 */
int vm_image_program_add_all(struct vm_image_tree *tree) MUST_CHECK;

#endif
