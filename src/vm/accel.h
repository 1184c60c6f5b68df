/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs a guest's instructions. */
#ifndef PIN_ACCEL_H
#define PIN_ACCEL_H

#include <stddef.h>

#include "common/compiler.h"

/**
 * vm_accel_find() - "kvm" where it works, else "tcg"
 * That it works is tried once in a process, with a guest's kernel: there are
 * machines that have a /dev/kvm on which no guest runs.
 *
 * @qemu:    program
 * @image:   a kernel
 * @wanted:  "kvm", "tcg"; NULL: what works
 * @why_ret: why it is not kvm, as a sentence; "": it is, or nobody has tried
 * Return: static; NULL: @wanted is not to be had, see @why_ret.
 */
const char *vm_accel_find(const char *qemu, const char *image,
			  const char *wanted, char *why_ret, size_t size)
	MUST_CHECK;

#endif
