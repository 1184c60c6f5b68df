/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says about the page behind an address of this process:
 * /proc/self/pagemap gives its frame number, /proc/kpageflags the frame's
 * flags. Needs CAP_SYS_ADMIN (pagemap) and root (kpageflags). The page is not
 * touched: one that is in the page cache but not mapped is -ENOENT.
 */
#ifndef PIN_PAGEINFO_H
#define PIN_PAGEINFO_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

/* Bits of the flags, as in include/uapi/linux/kernel-page-flags.h. */
#define PAGEINFO_DIRTY (UINT64_C(1) << 4)
#define PAGEINFO_WRITEBACK (UINT64_C(1) << 8)

/**
 * pageinfo_flags() - flags of the page that @addr is mapped to
 * @flags_ret: bits of kernel-page-flags.h
 * Return: 0; -ENOENT no page is mapped there; -EPERM the frame number is not
 * shown to us; -errno.
 */
int pageinfo_flags(const void *addr, uint64_t *flags_ret) MUST_CHECK;

/**
 * pageinfo_frame() - the frame that @addr is mapped to
 * Return: 0; -ENOENT, -EPERM, -errno as pageinfo_flags().
 */
int pageinfo_frame(const void *addr, uint64_t *frame_ret) MUST_CHECK;

/* What pages a mapping is made of. */
enum pageinfo_kind {
	PAGEINFO_SMALL,
	PAGEINFO_THP,		/* some of it, by a transparent huge page */
	PAGEINFO_HUGETLB,
};

/**
 * pageinfo_kind() - how the mapping around @addr is mapped, for anyone to see
 * Return: 0; -ENOENT nothing is mapped there; -errno of /proc/self/smaps.
 */
int pageinfo_kind(const void *addr, enum pageinfo_kind *kind_ret) MUST_CHECK;
/* Size of a page of that kind [bytes]; 0: this kernel has none. */
size_t pageinfo_size(enum pageinfo_kind kind);

enum { PAGEINFO_TEXT_SIZE = 224 };
/* The names of the flags, "DIRTY,LRU,MMAP"; "none" without any. */
void pageinfo_describe(uint64_t flags, char text[PAGEINFO_TEXT_SIZE]);

#endif
