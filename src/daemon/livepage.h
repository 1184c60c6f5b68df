/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two looks at the bytes of a WRITE: mechanism only. Knows "a source of
 * live bytes" that can be asked for them again, not FUSE, files or policy.
 */
#ifndef PIN_LIVEPAGE_H
#define PIN_LIVEPAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "common/digest.h"

/* "Give me these bytes again", in order. */
struct livepage_source {
	/**
	 * @look: copy the next @len live bytes into @buf
	 * Return: bytes copied (fewer only at the end) or -errno.
	 */
	ssize_t (*look)(struct livepage_source *source, void *buf, size_t len);
};

/* Pages referenced by a pipe (tee of a spliced request). Not owned. */
struct livepage_pipe {
	struct livepage_source source;
	int fd;			/* read end */
};
void livepage_pipe_init(struct livepage_pipe *pipe, int fd);

/**
 * livepage_again() - more references to the pages that a pipe holds
 * Reading a pipe gives its references up; this keeps them.
 * @fd:  read end of it
 * @len: bytes in it
 *
 * Return: the read end of another pipe with the same @len bytes, the caller's;
 * -errno (-EPERM: pipes cannot be made large enough).
 */
int livepage_again(int fd, size_t len) MUST_CHECK;

struct livepage_range {
	uint16_t off;		/* in the block */
	uint16_t len;
};

enum { LIVEPAGE_MAX_RANGES = 64 };

/* One block that differed. Valid during the callback. */
struct livepage_diff {
	uint64_t block;		/* index in the file */
	uint64_t off;		/* of the bytes looked at, in the file */
	size_t len;		/* bytes looked at in it, 1..DIGEST_BLOCK */
	const uint8_t *arrival;	/* the len bytes of the first look */
	const uint8_t *recheck;	/* the len bytes of the second */
	uint64_t arrival_digest;	/* XXH3-64, zero-padded */
	uint64_t recheck_digest;
	size_t nranges;		/* when there are more than
				 * LIVEPAGE_MAX_RANGES, the last has the rest */
	struct livepage_range ranges[LIVEPAGE_MAX_RANGES];
};

typedef void livepage_diff_fn(const struct livepage_diff *diff, void *context);

/**
 * livepage_recheck() - the second look
 * @source:  live bytes of the whole range, from its start
 * @arrival: the snapshot
 * @off:     where the range begins in the file [bytes], any alignment
 * @len:     its length
 * @differs: called for each block that differs, in order
 *
 * Return: number of blocks that differ, or -errno: the source could not be read
 * to the end (what was found before has been reported).
 */
ssize_t livepage_recheck(struct livepage_source *source, const uint8_t *arrival,
			 uint64_t off, size_t len, livepage_diff_fn *differs,
			 void *context) MUST_CHECK;

/**
 * livepage_ranges() - where two stretches of at most DIGEST_BLOCK bytes differ
 * Runs of equal bytes shorter than 8 do not split a range.
 */
size_t livepage_ranges(const uint8_t *a, const uint8_t *b, size_t len,
		       struct livepage_range ranges[LIVEPAGE_MAX_RANGES]);

#endif
