/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check "declared": a client says what blocks it is about to write will be
 * (include/pinfs/ioctl.h), and the WRITE that brings them is compared with it.
 */
#ifndef PIN_DECLARE_H
#define PIN_DECLARE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

struct declare;
struct fs;
struct handle;
struct pinfs_ioc_declare;
struct request;

enum { DECLARE_MAX = 1 << 20 };	/* outstanding on a mount */

/* Return: 0 or -ENOMEM. */
int declare_create(struct declare **declare_ret) MUST_CHECK;
void declare_destroy(struct declare *declare);	/* NULL is allowed */

/**
 * declare_blocks() - remember what a client declares
 * @handle: an open file of the caller's; owns them
 * @words:  block and count have been checked
 *
 * Return: 0; -EBADF not open for writing; -ENOSPC too many; -ENOMEM.
 */
int declare_blocks(struct declare *declare, struct handle *handle,
		   const struct pinfs_ioc_declare *words) MUST_CHECK;
/* Take back what is outstanding in a range. Return: how many blocks. */
size_t declare_withdraw(struct declare *declare, const struct handle *handle,
			uint64_t block, uint64_t count);
/* The open file goes: so does what it declared. */
void declare_release(struct declare *declare, const struct handle *handle);

/**
 * declare_arrived() - compare what a WRITE brought with what was declared
 * @request: the WRITE; request->write is filled in
 * @handle:  the file of SOURCE that it goes to
 *
 * Context: worker, before the bytes are stored: they end at the end of the file
 * when the file is not longer yet. Costs a load while nothing is declared.
 */
void declare_arrived(struct fs *fs, const struct request *request,
		     const struct handle *handle);

#endif
