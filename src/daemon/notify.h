/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon itself has put into the page cache (FUSE_NOTIFY_STORE), so
 * that a page which changes by that is not blamed on others.
 */
#ifndef PIN_NOTIFY_H
#define PIN_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/mutex.h"

enum { NOTIFY_KEPT = 64 };	/* stores that are remembered, the latest */

struct notify_store {
	uint64_t generation;	/* of the file */
	uint64_t off;		/* in the file [bytes] */
	uint64_t end;
	uint64_t done_ns;	/* CLOCK_MONOTONIC; UINT64_MAX: not yet */
	uint8_t byte;		/* what all of them are */
};

struct notify {
	struct mutex lock;
	uint64_t count;		/* of all stores, ever */
	struct notify_store stores[NOTIFY_KEPT];	/* in a ring */
};

void notify_init(struct notify *notify);
void notify_deinit(struct notify *notify);

/**
 * notify_begin() - bytes are about to be stored
 * @generation: inode_generation() of the file
 * Return: what notify_end() wants to know.
 */
uint64_t notify_begin(struct notify *notify, uint64_t generation, uint64_t off,
		      uint64_t len, uint8_t byte) MUST_CHECK;
/* They are in the page cache, or will not get there. */
void notify_end(struct notify *notify, uint64_t store);
/**
 * notify_explains() - can these bytes be there because of one store?
 * @bytes:    what the page cache has at @off
 * @since_ns: CLOCK_MONOTONIC; stores that ended before do not count
 *
 * Return: false also where the store is one of those that have been forgotten.
 */
bool notify_explains(struct notify *notify, uint64_t generation, uint64_t off,
		     const uint8_t *bytes, size_t len, uint64_t since_ns);

#endif
