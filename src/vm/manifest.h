/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of a directory's files with their digests, by which it is checked. */
#ifndef PIN_MANIFEST_H
#define PIN_MANIFEST_H

#include <stdint.h>

#include "common/compiler.h"

/* XXH3 of a file, 64 bits. Return: 0 or -errno. */
int vm_manifest_digest(int dir, const char *path, uint64_t *digest_ret)
	MUST_CHECK;
/**
 * vm_manifest_write() - list all files below a directory in its "manifest"
 * @package, @version: of what they are; NULL: not known
 * Return: 0 or -errno.
 */
int vm_manifest_write(const char *dir, const char *package, const char *version)
	MUST_CHECK;
/**
 * vm_manifest_check() - is a directory as its manifest says?
 * @package_ret, @version_ret: as written; the caller's to free
 * Return: 0; -ENOENT there is no directory; -EBADMSG it is not; -errno.
 */
int vm_manifest_check(const char *dir, char **package_ret, char **version_ret)
	MUST_CHECK;

#endif
