/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check "receipt": what a client says that it got, against what READ sent
 * (include/pinfs/ioctl.h).
 */
#ifndef PIN_RECEIPT_H
#define PIN_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

struct fs;
struct handle;
struct inode;
struct pinfs_ioc_receipt;
struct receipt;

enum { RECEIPT_MAX = 1 << 20 };	/* blocks remembered on a mount */

/* Return: 0 or -ENOMEM. */
int receipt_create(struct receipt **receipt_ret) MUST_CHECK;
void receipt_destroy(struct receipt *receipt);	/* NULL is allowed */

/* Remember what READs of the file send, or not. Return: 0 or -ENOMEM. */
int receipt_switch(struct receipt *receipt, struct handle *handle, bool on)
	MUST_CHECK;
/* The open file goes, and what it asked for with it. */
void receipt_release(struct receipt *receipt, struct handle *handle);

/**
 * receipt_begin() - a READ is about to get its bytes from SOURCE
 * Return: for receipt_sent(); 0 while nobody wants receipts of the file.
 */
uint64_t receipt_begin(struct receipt *receipt, const struct inode *inode);
/**
 * receipt_sent() - remember what a READ is about to send
 * @begin: what receipt_begin() returned; nothing is remembered when the file
 *         was changed since
 * @len:   bytes that it sends
 * @size:  bytes that it was asked for; more than @len at the end of the file
 */
void receipt_sent(struct receipt *receipt, const struct inode *inode,
		  uint64_t begin, const void *data, size_t len, size_t size,
		  off_t off);
/**
 * receipt_forget() - bytes of a file have been changed in SOURCE
 * @len: INT64_MAX: up to its end
 *
 * Context: after the change, whether or not it succeeded.
 */
void receipt_forget(struct receipt *receipt, const struct inode *inode,
		    off_t off, off_t len);

/**
 * receipt_compare() - a client shows what it got
 * @words: block and count have been checked; its results are filled in
 *
 * Return: 0; -ENODATA nobody has asked for receipts of the file.
 */
int receipt_compare(struct fs *fs, const struct handle *handle,
		    struct pinfs_ioc_receipt *words) MUST_CHECK;

#endif
