/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says from some moment on, of all that /dev/kmsg has: other
 * filesystems put what they have found there. That nothing was said and that
 * nobody can know what was said are different answers.
 */
#ifndef PIN_KERNELLOG_H
#define PIN_KERNELLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

enum { KERNELLOG_TEXT_SIZE = 1024 };	/* longer texts are cut */

struct kernellog;

/**
 * kernellog_open() - listen from now on
 * Return: 0; -EPERM this user may not (kernel.dmesg_restrict); -ENOENT there is
 * no /dev/kmsg here; -errno.
 */
int kernellog_open(struct kernellog **log_ret) MUST_CHECK;
void kernellog_close(struct kernellog *log);

/* Return: true: enough, do not read on. */
typedef bool kernellog_fn(const char *text, void *context);

/**
 * kernellog_read() - every record that was not read yet, oldest first
 * @take: gets the text of each, without level, number and time
 *
 * Context: does not wait for more.
 *
 * Return: 1 @take has had enough, and the next call begins behind that record; 0
 * no more; -EPIPE no more, and since the log was opened some were overwritten
 * before they were read; -errno.
 */
int kernellog_read(struct kernellog *log, kernellog_fn *take, void *context)
	MUST_CHECK;

/**
 * kernellog_find() - the first record, of those not read yet, with these words
 * @line_ret: its text
 * Return: 0; -ENOENT the kernel has not said so; -EPIPE not in what is left of
 * what it has said; -errno it cannot be known.
 */
int kernellog_find(struct kernellog *log, const char *words,
		   char line_ret[KERNELLOG_TEXT_SIZE]) MUST_CHECK;

#endif
