/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernels packages come to, and which of them a name means. */
#ifndef PIN_APT_OFFERS_H
#define PIN_APT_OFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "vm/apt-lists.h"

enum { VM_APT_PARTS_MAX = 4 };

struct vm_apt_offer {
	const struct vm_apt_package *image;
	/* All that is to be downloaded, the image first. */
	const struct vm_apt_package *parts[VM_APT_PARTS_MAX];
	size_t count;
	const char *missing;	/* a part that no list has; NULL: it is whole */
	char *abi;		/* "6.12.95+deb12": the name without its frame */
	bool cloud;
	uint64_t bytes;
};

/**
 * vm_apt_offers_make() - kernels of packages, the oldest version first
 * @offers_ret: point into @packages; vm_apt_offers_destroy() frees them
 * Return: how many, or -ENOMEM.
 */
ssize_t vm_apt_offers_make(const struct vm_apt_packages *packages,
			   struct vm_apt_offer **offers_ret) MUST_CHECK;
void vm_apt_offers_destroy(struct vm_apt_offer *offers, size_t count);

/* Is it among those that are listed? Whole, and not beside a cloud kernel. */
bool vm_apt_offers_lists(const struct vm_apt_offer *offers, size_t count,
			 const struct vm_apt_offer *offer);

/**
 * vm_apt_offers_find() - the one that a name means; the newest of several
 * Return: one that may not be whole, when a package's name was given; NULL: none.
 */
const struct vm_apt_offer *
vm_apt_offers_find(const struct vm_apt_offer *offers, size_t count,
		   const char *name);

#endif
