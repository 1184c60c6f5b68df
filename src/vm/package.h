/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packages of kernels, unpacked without installing them. */
#ifndef PIN_PACKAGE_H
#define PIN_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

/* What one or more packages of the same kernel have given. */
struct vm_package {
	char *name;		/* of the one with the image; NULL: not known yet */
	char *version;
	char *release;		/* that its files are of; NULL: none yet */
	bool image;		/* "vmlinuz" is there */
	bool modules;		/* "modules/" is */
	size_t files;		/* how many, of all packages */
	uint64_t bytes;		/* and in them */
};

/**
 * vm_package_unpack() - put what a kernel needs of a package into a directory
 * The image becomes @dir/vmlinuz; modules and modules.{order,builtin*} of
 * /lib/modules/RELEASE go below @dir/modules; all else is left out. No link is
 * made and nothing outside of @dir is touched, whatever names the package has.
 *
 * @path: a .deb or .rpm, told apart by what is in it
 * @package: zeroed before the first of the same kernel
 * Return: 0; -EINVAL it is no package; -EIO it is damaged, or refused;
 * -EOPNOTSUPP built without libarchive; -errno. A message has been logged.
 */
int vm_package_unpack(const char *path, const char *dir,
		      struct vm_package *package) MUST_CHECK;
void vm_package_release(struct vm_package *package);

/* Does it end in .deb or .rpm? */
bool vm_package_is_one(const char *path);

#endif
