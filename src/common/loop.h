/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loop devices: a block device made of a file. */
#ifndef PIN_LOOP_H
#define PIN_LOOP_H

#include <stdint.h>

#include "common/compiler.h"

#define LOOP_CONTROL "/dev/loop-control"

enum { LOOP_PATH_SIZE = 32 };

/**
 * loop_attach() - make a free device one of a file
 * It detaches itself when nobody has it open any more, nor mounted.
 *
 * @backing_fd: open for reading and writing
 * @flags:      LO_FLAGS_ of linux/loop.h, AUTOCLEAR comes by itself
 * @name:       shown by losetup(8) when the file has no path
 * @path_ret:   "/dev/loopN"; on failure the one tried last, or ""
 * @fd_ret:     keeps the device, close-on-exec. It only reads: where the kernel
 *              refuses to mount what others may write to
 *              (CONFIG_BLK_DEV_WRITE_MOUNTED=n) that one is no obstacle.
 * Return: 0 or -errno; -ENOENT and -EACCES: of /dev/loop-control.
 */
int loop_attach(int backing_fd, uint32_t flags, const char *name,
		char path_ret[LOOP_PATH_SIZE], int *fd_ret) MUST_CHECK;

#endif
