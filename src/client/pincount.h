/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many pages the kernel has pinned and let go (pin_user_pages() and
 * unpin_user_page()), on the whole machine since boot. References by the older
 * get_user_pages() are not counted by the kernel.
 */
#ifndef PIN_PINCOUNT_H
#define PIN_PINCOUNT_H

#include <stdint.h>

#include "common/compiler.h"

struct pincount {
	uint64_t acquired;	/* nr_foll_pin_acquired of /proc/vmstat */
	uint64_t released;	/* nr_foll_pin_released */
};

/**
 * pincount_read() - both counters, exact
 * Writing /proc/sys/vm/stat_refresh folds what single CPUs have counted.
 * Return: 0; -ENOENT this kernel does not count; -EACCES only root may refresh;
 * -errno.
 */
int pincount_read(struct pincount *count_ret) MUST_CHECK;

#endif
