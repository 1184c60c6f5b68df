/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing a stretch of a file with its checksums, mounted or not. */
#ifndef PIN_CSUM_SCRUB_H
#define PIN_CSUM_SCRUB_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

struct csum_file;
struct csum_store;

struct csum_scrub_counts {
	uint64_t blocks;	/* with data in SOURCE */
	uint64_t verified;	/* matched */
	uint64_t adopted;	/* given a checksum; they were unverified */
	uint64_t unverified;	/* have no checksum */
	uint64_t mismatched;	/* their bytes are to blame */
	uint64_t dropped;	/* did not match, and nobody can be blamed */
};

/* A block that does not match. */
typedef void csum_scrub_fn(void *context, uint64_t block, uint64_t stored,
			   uint64_t found);

struct csum_scrub {
	struct csum_file *file;	/* NULL: there are no checksums */
	int fd;			/* bytes, open for reading */
	uint64_t size;		/* of the file [bytes] */
	bool adopt;		/* give unverified blocks a checksum */
	csum_scrub_fn *mismatch;
	void *context;
	struct csum_scrub_counts counts;	/* added to */
};

/**
 * csum_scrub_blocks() - compare blocks @block up to @to
 * The caller owns them. Holes without checksums are passed over.
 * Return: 0 or -errno.
 */
int csum_scrub_blocks(struct csum_scrub *scrub, uint64_t block, uint64_t to)
	MUST_CHECK;
/**
 * csum_scrub_next() - the next block from @block on that has data or a checksum
 * Return: UINT64_MAX: there is none before the end of the file.
 */
uint64_t csum_scrub_next(const struct csum_scrub *scrub, uint64_t block);

#endif
