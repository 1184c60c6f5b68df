/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels that Debian's mirrors have, by an apt of our own: with its own list of
 * sources, lists, cache and configuration below CACHE/apt, so that those of the
 * system stay as they are.
 */
#ifndef PIN_APT_H
#define PIN_APT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "vm/kernel.h"

#define VM_APT_PREFIX "debian:"
/* What of the lists is about kernels; nothing is in it while lists change. */
#define VM_APT_KERNELS "kernels.tsv"

/* "debian:NAME", without "debian:". As vm_kernel_find(). */
int vm_apt_find(struct vm_kernel *kernel, const char *name,
		const struct vm_kernel_options *options) MUST_CHECK;

/* A directory with all of it, and the lock on it. */
struct vm_apt {
	char *dir;
	int lock;
	bool updated;		/* the mirrors have just been asked */
};

/**
 * vm_apt_open() - an apt of our own, locked, with lists that are new enough
 * @update: ask the mirrors even if they were asked less than a day ago
 * Return: 0; -EOPNOTSUPP not a Debian for amd64; -ENOENT no mirror is known;
 * -EIO no list could be had; -errno. Logged.
 */
int vm_apt_open(const char *cache, bool update, struct vm_apt *apt) MUST_CHECK;
void vm_apt_close(struct vm_apt *apt);

/**
 * vm_apt_list() - the lists of packages that are here
 * @each: called for each; returns 0 or -errno, which ends it
 */
int vm_apt_list(const struct vm_apt *apt,
		int (*each)(const char *suite, const char *path, void *data),
		void *data) MUST_CHECK;

/* A file of its directory, made anew in one step. Return: 0 or -errno. */
int vm_apt_save(const struct vm_apt *apt, const char *name, const char *text)
	MUST_CHECK;

/* Download "PACKAGE=VERSION" words (NULL ends) into a directory. Logged. */
int vm_apt_download(const struct vm_apt *apt, const char *const *words,
		    const char *dir) MUST_CHECK;

#endif
