/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files in memory, decompressed where they are compressed. */
#ifndef PIN_VM_UNPACK_H
#define PIN_VM_UNPACK_H

#include <stddef.h>

#include "common/compiler.h"

/**
 * vm_unpack_read() - a file as it is
 * @bytes_ret: the caller's to free; never NULL, for an empty file neither
 * Return: 0; -EFBIG more than 1 GiB; -errno. A message has been logged.
 */
int vm_unpack_read(const char *path, void **bytes_ret, size_t *len_ret)
	MUST_CHECK;
/* As vm_unpack_read(), of a file whose name ends in .xz, .zst or .gz what it was
 * made of. Return: also -EOPNOTSUPP there is no libarchive; -EBADMSG it is
 * damaged. */
int vm_unpack_file(const char *path, void **bytes_ret, size_t *len_ret)
	MUST_CHECK;

#endif
