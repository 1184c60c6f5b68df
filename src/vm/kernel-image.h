/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel's image says of itself. */
#ifndef PIN_KERNEL_IMAGE_H
#define PIN_KERNEL_IMAGE_H

#include "common/compiler.h"

/**
 * vm_kernel_image_release() - "uname -r" of the kernel in an image
 * @release_ret: the caller's to free; NULL: a kernel, which does not say
 * Return: 0; -EINVAL no image that QEMU boots; -errno. Nothing is logged.
 */
int vm_kernel_image_release(const char *path, char **release_ret) MUST_CHECK;

#endif
