/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof, at mount, that a change of a page under writeback is seen: one is
 * planted in a hidden file, and has to show.
 */
#ifndef PIN_PROBE_H
#define PIN_PROBE_H

#include <stdbool.h>

#include "common/compiler.h"

struct fs;
struct inode;
struct probe;

/* What the mount can see; "live" in status. */
enum probe_live {
	PROBE_OFF,		/* it was told not to look twice */
	PROBE_PROVEN,		/* the planted change was seen */
	PROBE_HIDDEN,		/* it was not: the kernel hands out copies */
	PROBE_UNPROVEN,		/* it could not be tried */
};

struct probe_result {
	enum probe_live live;
	char reason[160];	/* one sentence */
};

const char *probe_live_name(enum probe_live live);

/* Before the session starts; lives as long as it. NULL without memory. */
struct probe *probe_create(void);
void probe_destroy(struct probe *probe);

/**
 * probe_run() - plant a change and look
 * A helper process dirties a page of a hidden file and starts its writeback;
 * while the WRITE is held the daemon changes the page in the page cache by
 * FUSE_NOTIFY_STORE, which waits for no writeback on any kernel
 * (fs/fuse/dev.c: fuse_notify_store(), 6.1 to 6.18). Every wait has a deadline.
 *
 * @mountpoint: absolute path
 *
 * Context: the main thread, once the session serves; some milliseconds.
 */
void probe_run(struct fs *fs, const char *mountpoint,
	       struct probe_result *result_ret);

/* Is this the hidden file, and the proof under way? */
bool probe_is_watched(const struct probe *probe, const struct inode *inode);
/**
 * probe_saw_change() - a block of @inode differed: is it the planted one?
 * Context: any thread.
 */
bool probe_saw_change(struct probe *probe, const struct inode *inode);

#endif
