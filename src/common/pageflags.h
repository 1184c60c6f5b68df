/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flags of pages, as the kernel shows them: /proc/PID/pagemap gives the frame
 * behind an address (needs CAP_SYS_ADMIN), /proc/kpageflags a frame's flags (needs
 * root). Documentation/admin-guide/mm/pagemap.rst.
 */
#ifndef PIN_PAGEFLAGS_H
#define PIN_PAGEFLAGS_H

#include <stdint.h>

#include "common/compiler.h"

/* Of an entry: a page of a file, or shared memory, and no private copy of one. */
#define PAGEFLAGS_IS_FILE (UINT64_C(1) << 61)

/**
 * pageflags_entry() - what a process has at an address
 * @pagemap: its pagemap file
 *
 * Context: opens a file of procfs; of another process that may block as long as
 * its mmap_lock is held. Return: 0 or -errno.
 */
int pageflags_entry(const char *pagemap, uint64_t address, uint64_t *entry_ret)
	MUST_CHECK;
/**
 * pageflags_frame() - the frame that an entry is about
 * Return: 0; -ENOENT no page is mapped there; -EPERM it is not shown to us.
 */
int pageflags_frame(uint64_t entry, uint64_t *frame_ret) MUST_CHECK;
/**
 * pageflags_read() - a frame's flags
 * @flags_ret: bits of include/uapi/linux/kernel-page-flags.h
 * Return: 0 or -errno.
 */
int pageflags_read(uint64_t frame, uint64_t *flags_ret) MUST_CHECK;
/* Of a bit, "dirty"; NULL: the bit has none. */
const char *pageflags_name(unsigned int bit);

#endif
