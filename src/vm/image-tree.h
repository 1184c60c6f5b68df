/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a guest, in memory, and as an archive that the kernel unpacks. */
#ifndef PIN_VM_IMAGE_TREE_H
#define PIN_VM_IMAGE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/compiler.h"

struct vm_image_file {
	char *path;		/* from "/" */
	mode_t mode;		/* with its type */
	dev_t device;		/* of a device node */
	void *bytes;		/* of a symbolic link: its target */
	size_t len;
};

/* All zero: empty. A directory stands before what is in it. */
struct vm_image_tree {
	struct vm_image_file *files;
	size_t count;
	size_t size;
};

/**
 * vm_image_tree_add() - a file, and the directories that it is in
 * @bytes: of malloc(3), taken, also on failure; NULL with a @len of 0
 * Return: 0; -EEXIST there is one of that path; -ENOMEM.
 */
int vm_image_tree_add(struct vm_image_tree *tree, const char *path, mode_t mode,
		      void *bytes, size_t len) MUST_CHECK;
/* As vm_image_tree_add(), of a text that stays the caller's. */
int vm_image_tree_add_text(struct vm_image_tree *tree, const char *path,
			   mode_t mode, const char *text) MUST_CHECK;
int vm_image_tree_add_device(struct vm_image_tree *tree, const char *path,
			     mode_t mode, dev_t device) MUST_CHECK;
bool vm_image_tree_has(const struct vm_image_tree *tree, const char *path);
void vm_image_tree_deinit(struct vm_image_tree *tree);

/**
 * vm_image_tree_write() - as a newc archive, from where the descriptor is
 * Return: 0; -EOPNOTSUPP there is no libarchive; -errno.
 */
int vm_image_tree_write(const struct vm_image_tree *tree, int fd) MUST_CHECK;

#endif
