/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client can ask a pinfs mount: ioctl(2) on an open file of it. A block
 * is PINFS_IOC_BLOCK bytes of a file, counted from 0.
 *
 * The structs are the same for 32-bit and 64-bit callers. Errors of all: ENOTTY
 * (not a file of pinfs, a directory, an unknown command), EINVAL (unknown flags,
 * a count that is 0 or too large, blocks beyond the largest file).
 */
#ifndef PINFS_IOCTL_H
#define PINFS_IOCTL_H

#include <linux/ioctl.h>
#include <stdint.h>

#define PINFS_IOC_BLOCK 4096		/* bytes */
#define PINFS_IOC_MAGIC 0xb3

/* ---- scrub ---- */

#define PINFS_SCRUB_BLOCKS 512		/* in one call */
#define PINFS_SCRUB_NO_BLOCK UINT64_MAX

/* In flags. */
#define PINFS_SCRUB_ADOPT 1u		/* give unverified blocks a checksum */
/* In state. */
#define PINFS_SCRUB_CHANGED 1u	/* was changed while pinfs was not there */
#define PINFS_SCRUB_DAMAGED 2u	/* its checksums could not be read as such */

/* A block that does not match its checksum. */
struct pinfs_scrub_mismatch {
	uint64_t block;
	uint64_t stored;	/* its checksum */
	uint64_t found;		/* that of what SOURCE has */
};

/**
 * struct pinfs_ioc_scrub - blocks to compare with their checksums
 * @block:      index of the first [blocks]
 * @count:      of blocks, 1 to PINFS_SCRUB_BLOCKS
 * @flags:      0 or PINFS_SCRUB_ADOPT
 * @next:       out: the next block worth a call, PINFS_SCRUB_NO_BLOCK behind the
 *              last
 * @blocks:     out: blocks with data, which is the sum of the next five
 * @verified:   out: they match
 * @adopted:    out: they had no checksum and have got one
 * @unverified: out: they have no checksum
 * @untrusted:  out: they did not match and nobody can be blamed; they are
 *              unverified from now on
 * @bad:        out: they do not match; how many of mismatch[] are set
 * @state:      out: PINFS_SCRUB_CHANGED or _DAMAGED when this call was the first
 *              to look at the file's checksums and they were given up
 * @mismatch:   out: the bad blocks
 */
struct pinfs_ioc_scrub {
	uint64_t block;
	uint32_t count;
	uint32_t flags;
	uint64_t next;
	uint64_t blocks;
	uint64_t verified;
	uint64_t adopted;
	uint64_t unverified;
	uint64_t untrusted;
	uint32_t bad;
	uint32_t state;
	struct pinfs_scrub_mismatch mismatch[PINFS_SCRUB_BLOCKS];
};

/*
 * Compare what SOURCE has with its checksums. What is dirty in the page cache is
 * not looked at. A "media" event for each bad block. EBADF: not open for reading.
 */
#define PINFS_IOC_SCRUB \
	_IOWR(PINFS_IOC_MAGIC, 16, struct pinfs_ioc_scrub)

#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
_Static_assert(sizeof(struct pinfs_ioc_scrub) == 72 + 24 * PINFS_SCRUB_BLOCKS,
	       "the same for all callers, and below the 16 KiB of _IOC_SIZE");
#endif

#endif
