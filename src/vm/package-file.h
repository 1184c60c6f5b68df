/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file of a kernel's package: is it wanted, and where does it go? */
#ifndef PIN_PACKAGE_FILE_H
#define PIN_PACKAGE_FILE_H

#include <limits.h>

#include "common/compiler.h"
#include "vm/package.h"

enum vm_package_choice {
	VM_PACKAGE_LEFT_OUT,
	VM_PACKAGE_IMAGE,
	VM_PACKAGE_MODULES,
	VM_PACKAGE_REFUSED,	/* nobody makes such a name by accident */
};

enum { VM_PACKAGE_RELEASE_SIZE = 128 };

/**
 * vm_package_file_choose() - what to do with a name
 * @release_ret: of the kernel that it belongs to
 * @target_ret:  relative; without "..", without links in it that are ours
 */
enum vm_package_choice
vm_package_file_choose(const char *name,
		       char release_ret[VM_PACKAGE_RELEASE_SIZE],
		       char target_ret[PATH_MAX]);

struct archive;
struct archive_entry;
/**
 * vm_package_file_take() - the entry that @archive stands at
 * @path: of the package, for messages
 * Return: 0, also for what is left out; as vm_package_unpack().
 */
int vm_package_file_take(struct archive *archive, struct archive_entry *entry,
			 const char *path, int dir, struct vm_package *package)
	MUST_CHECK;

#endif
