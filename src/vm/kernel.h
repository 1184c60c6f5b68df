/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel to boot: what the user names, and the files that it comes to. */
#ifndef PIN_VM_KERNEL_H
#define PIN_VM_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

struct vm_kernel {
	char *spec;		/* what it was asked for by */
	char *name;		/* for people and as a file name; no '/' */
	char *release;		/* uname -r; NULL: the image does not say */
	char *package;		/* NULL: of no package */
	char *version;		/* of the package; NULL: of no package */
	char *image;		/* path of a bzImage or another that QEMU boots */
	char *modules;		/* directory with all .ko below it; NULL: none */
};

struct vm_kernel_options {
	const char *cache;	/* directory, ours; NULL: vm_cache_dir() */
	const char *modules;	/* --modules, for an image; NULL: look beside it */
	bool update;		/* ask mirrors that were asked less than a day ago */
};

/**
 * vm_kernel_find() - the kernel that a specification means
 * @spec: "FILE" (bzImage or vmlinuz); "FILE.deb", "FILE.rpm" or several of one
 *        kernel with commas between them; "DIR" (a build tree); "debian:NAME"
 *        as vm_kernel_available() lists them, or a series ("debian:6.12"), one of
 *        a suite ("debian:6.12-bpo"), a package ("debian:linux-image-..." or with
 *        "=VERSION"), "debian:newest"
 *
 * Unpacks and downloads into the cache what is not there yet; nothing is
 * installed. Several processes may do so at once.
 * Return: 0; -ENOENT there is none; -EINVAL not understood; -EOPNOTSUPP this
 * machine cannot get it; -EIO it could not be had or unpacked; -errno. A message
 * has been logged.
 */
int vm_kernel_find(const char *spec, const struct vm_kernel_options *options,
		   struct vm_kernel **kernel_ret) MUST_CHECK;
void vm_kernel_destroy(struct vm_kernel *kernel);

/* One that could be downloaded. */
struct vm_kernel_offer {
	char *spec;		/* for vm_kernel_find() */
	char *package;
	char *version;		/* of the package */
	char *suite;		/* where it is; several: the first */
	uint64_t bytes;		/* to download, of all its packages */
};

/**
 * vm_kernel_available() - what the distribution has now
 * Its mirrors are those of the system's apt (/etc/apt, or another directory with
 * sources.list and sources.list.d: $PINFS_VM_SOURCES).
 *
 * @offers_ret: oldest version first, each package and version once;
 *              vm_kernel_offers_destroy() frees it
 * Return: how many; as vm_kernel_find().
 */
ssize_t vm_kernel_available(const struct vm_kernel_options *options,
			    struct vm_kernel_offer **offers_ret) MUST_CHECK;
void vm_kernel_offers_destroy(struct vm_kernel_offer *offers, size_t count);

/* Versions as kernels and packages have them: <0, 0, >0, as strcmp(3). */
int vm_version_compare(const char *a, const char *b);

/* $PINFS_VM_CACHE, $XDG_CACHE_HOME/pinfs/vm, ~/.cache/pinfs/vm or, as root,
 * /var/cache/pinfs/vm; made when it is not there. Static; NULL: logged. */
const char *vm_cache_dir(void);

#endif
