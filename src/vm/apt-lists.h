/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages of kernels that lists of packages name. */
#ifndef PIN_APT_LISTS_H
#define PIN_APT_LISTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct vm_apt_package {
	char *name;
	char *version;
	char *depends;		/* NULL: nothing */
	char *sha256;
	uint64_t bytes;		/* to download */
	unsigned int suites;	/* a bit for each of vm_apt_suites that has it */
};

struct vm_apt_packages {
	struct vm_apt_package *all;
	size_t count;
	size_t room;
};

/**
 * vm_apt_lists_read() - add what a list names
 * Only linux-image-, -binary-, -modules- and -base- packages of kernels for amd64
 * are taken; those for debugging and those without a signature are not.
 *
 * @suite: number of the suite that it is of
 * @path:  a list, compressed as apt keeps it
 * Return: 0; -EIO it cannot be read; -EOPNOTSUPP built without libarchive;
 * -errno. Logged.
 */
int vm_apt_lists_read(struct vm_apt_packages *packages, unsigned int suite,
		      const char *path) MUST_CHECK;
/**
 * vm_apt_lists_text() - the packages as text, which is read much faster
 * Return: the caller's to free; NULL without memory.
 */
char *vm_apt_lists_text(const struct vm_apt_packages *packages) MUST_CHECK;
/* Return: 0; -EINVAL not a text of this version's; -ENOMEM. Nothing is logged. */
int vm_apt_lists_parse(struct vm_apt_packages *packages, char *text) MUST_CHECK;
void vm_apt_lists_release(struct vm_apt_packages *packages);
/* NULL: there is none. */
const struct vm_apt_package *
vm_apt_lists_find(const struct vm_apt_packages *packages, const char *name,
		  const char *version);

#endif
