/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's first file system (an initramfs): the guest's init, pinfs, pinctl,
 * tools that make filesystems, the libraries of all of them as they are on this
 * machine, and the kernel modules that scenarios use.
 */
#ifndef PIN_VM_IMAGE_H
#define PIN_VM_IMAGE_H

#include "common/compiler.h"
#include "vm/job.h"
#include "vm/kernel.h"

/**
 * vm_image_build() - the file system for a kernel, without the job
 * @path: of the file that is made; a newc archive of some 75 MB
 * Return: 0; -ENOENT a program that must be there is not; -errno. A message has
 * been logged.
 */
int vm_image_build(const struct vm_kernel *kernel, const char *path) MUST_CHECK;

/**
 * vm_image_add_job() - what this one machine is to do, behind it
 * The kernel unpacks archives that follow each other in one file, so what costs
 * time is made once for a kernel.
 * @image: as vm_image_build() has made it, or any other initramfs
 * @path:  of the file that is made: @image and the job
 */
int vm_image_add_job(const char *image, const struct vm_job *job,
		     const char *path) MUST_CHECK;

#endif
