/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways to a kernel, each for one kind of specification. */
#ifndef PIN_KERNEL_PARTS_H
#define PIN_KERNEL_PARTS_H

#include <stddef.h>

#include "common/compiler.h"
#include "vm/kernel.h"

struct vm_cache_entry;

/* An image: FILE. Fills in what it finds; as vm_kernel_find(). */
int vm_kernel_of_image(struct vm_kernel *kernel, const char *path,
		       const struct vm_kernel_options *options) MUST_CHECK;
/* A build tree: DIR. */
int vm_kernel_of_tree(struct vm_kernel *kernel, const char *path) MUST_CHECK;
/* Packages: FILE[,FILE...]. */
int vm_kernel_of_packages(struct vm_kernel *kernel, const char *paths,
			  const struct vm_kernel_options *options) MUST_CHECK;
/* Unpack packages into an entry of the cache that is being made. */
int vm_kernel_unpack(struct vm_cache_entry *entry, char **paths, size_t count)
	MUST_CHECK;
/* What the cache has, once it is whole. */
int vm_kernel_of_entry(struct vm_kernel *kernel,
		       const struct vm_cache_entry *entry) MUST_CHECK;

/* A name that is a file name, too. 0 or -ENOMEM. */
int vm_kernel_set_name(struct vm_kernel *kernel, const char *text) MUST_CHECK;

#endif
