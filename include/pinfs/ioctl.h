/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client can tell a pinfs mount: ioctl(2) on an open file of it. See
 * pinfs-ioctl(2); an example is installed beside the known verdicts
 * (examples/declare-example.c).
 *
 * A block is PINFS_IOC_BLOCK bytes of a file, counted from 0. A digest is XXH3-64
 * (seed 0, XXH3_64bits() of xxHash) of a block; of one that the end of the file
 * cuts, padded with zeros to PINFS_IOC_BLOCK.
 *
 * The structs are the same for 32-bit and 64-bit callers. Errors of all: ENOTTY
 * (not a file of pinfs, a directory, an unknown command), EINVAL (flags that are
 * not 0, a count that is 0 or too large, blocks beyond the largest file).
 */
#ifndef PINFS_IOCTL_H
#define PINFS_IOCTL_H

#include <linux/ioctl.h>
#include <stdint.h>

#define PINFS_IOC_BLOCK 4096		/* bytes */
#define PINFS_IOC_MAX_BLOCKS 1024	/* in one call */
#define PINFS_IOC_MARK_SIZE 1024	/* bytes, with the NUL */
#define PINFS_IOC_MAGIC 0xb3

/**
 * struct pinfs_ioc_declare - what blocks will be after the next write
 * @block:  index of the first [blocks]
 * @count:  of blocks, 1 to PINFS_IOC_MAX_BLOCKS
 * @flags:  0
 * @digest: of each block as it will lie in the file; the first @count are read
 */
struct pinfs_ioc_declare {
	uint64_t block;
	uint32_t count;
	uint32_t flags;
	uint64_t digest[PINFS_IOC_MAX_BLOCKS];
};

/**
 * struct pinfs_ioc_undeclare - declarations to take back
 * @block:     index of the first [blocks]
 * @count:     of blocks, 1 or more
 * @flags:     0
 * @withdrawn: out: how many blocks were still outstanding: declared, by
 *             whatever descriptor, and not written since
 * @reserved:  out: 0
 */
struct pinfs_ioc_undeclare {
	uint64_t block;
	uint32_t count;
	uint32_t flags;
	uint32_t withdrawn;
	uint32_t reserved;
};

/**
 * struct pinfs_ioc_receipts - whether to remember what READs send
 * @on:    1 from now on, 0 no longer (for this open file)
 * @flags: 0
 */
struct pinfs_ioc_receipts {
	uint32_t on;
	uint32_t flags;
};

/**
 * struct pinfs_ioc_receipt - what the client has got
 * @block:     index of the first [blocks]
 * @count:     of blocks, 1 to PINFS_IOC_MAX_BLOCKS
 * @flags:     0
 * @digest:    of each block as the client has it; the first @count are read
 * @compared:  out: blocks compared with what a READ sent
 * @differing: out: of these, blocks that differ
 * @unknown:   out: blocks that could not be compared
 * @reserved:  out: 0
 */
struct pinfs_ioc_receipt {
	uint64_t block;
	uint32_t count;
	uint32_t flags;
	uint64_t digest[PINFS_IOC_MAX_BLOCKS];
	uint32_t compared;
	uint32_t differing;
	uint32_t unknown;
	uint32_t reserved;
};

/**
 * struct pinfs_ioc_mark - a line for the event log
 * @text: NUL-terminated
 */
struct pinfs_ioc_mark {
	char text[PINFS_IOC_MARK_SIZE];
};

/*
 * Declare blocks. The next WRITE that brings one of them whole, or from its
 * beginning up to the end of the file, is compared with the digest when it
 * arrives, and the declaration is used up; a WRITE of another part leaves it.
 * A newer declaration of a block replaces the older. What is outstanding when
 * this open file is released is withdrawn. EBADF: not open for writing; ENOSPC:
 * too many outstanding on the mount (those before in this call stay); ENOMEM.
 */
#define PINFS_IOC_DECLARE \
	_IOW(PINFS_IOC_MAGIC, 1, struct pinfs_ioc_declare)
/* Take declarations back, and learn how many had not been used up. */
#define PINFS_IOC_UNDECLARE \
	_IOWR(PINFS_IOC_MAGIC, 2, struct pinfs_ioc_undeclare)
/*
 * Remember the digest of each block that a READ of this file sends, by whatever
 * descriptor, while an open file that asked for it is open. ENOMEM.
 */
#define PINFS_IOC_RECEIPTS \
	_IOW(PINFS_IOC_MAGIC, 3, struct pinfs_ioc_receipts)
/*
 * Compare what the client got with what READs sent. A WRITE to a block, or a
 * truncation, makes it unknown. EBADF: not open for reading; ENODATA: nobody
 * has asked for receipts of this file.
 */
#define PINFS_IOC_RECEIPT \
	_IOWR(PINFS_IOC_MAGIC, 4, struct pinfs_ioc_receipt)
/* A "mark" line. EAGAIN: more than event_limit= in this second. */
#define PINFS_IOC_MARK \
	_IOW(PINFS_IOC_MAGIC, 5, struct pinfs_ioc_mark)

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
_Static_assert(sizeof(struct pinfs_ioc_declare) == 16 + 8 * 1024 &&
	       sizeof(struct pinfs_ioc_undeclare) == 24 &&
	       sizeof(struct pinfs_ioc_receipts) == 8 &&
	       sizeof(struct pinfs_ioc_receipt) == 32 + 8 * 1024 &&
	       sizeof(struct pinfs_ioc_mark) == 1024 &&
	       sizeof(struct pinfs_ioc_scrub) == 72 + 24 * PINFS_SCRUB_BLOCKS,
	       "the same for all callers, and below the 16 KiB of _IOC_SIZE");
#endif

#endif
