/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stages: what other filesystems are made to do with the mount. A stage is a
 * loop device whose image is a file on the mount, and, but for the kind "bdev",
 * a filesystem on that device. One to read has one file: an O_DIRECT read of the
 * file is a READ of the image, into the very same pages. One to write is empty,
 * for files whose pages are written back to the image; it may have two devices,
 * each with an image, and a copy of everything on both.
 *
 * A process of its own, below pinctl, has all of it: the image has no name
 * (O_TMPFILE), the device detaches itself after its last user, and the
 * filesystem is mounted nowhere: only descriptors know it. So it all goes with
 * that process, whichever way this ends; and pinctl itself touches neither the
 * mount nor what stands on it. One to read is read-only by the time that
 * stage_get() returns: nobody needs to write when it goes. One to write is
 * unmounted as its last descriptor closes, which writes to the mount: before
 * the mount ends, or into I/O errors.
 */
#ifndef PIN_STAGE_H
#define PIN_STAGE_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/loop.h"

struct site;
struct stage;

enum {
	STAGE_BYTES = 64 << 10,	/* of content */
	STAGE_GENERATION = 7,	/* of the content */
	STAGE_WHY_SIZE = 200,
};

/* Its content is that of a file of this name, from its offset 0 on. */
#define STAGE_CONTENT "stage"

enum stage_use {
	STAGE_TO_READ,		/* a file or device with the content */
	STAGE_TO_WRITE,		/* an empty filesystem */
};

/* Where it is, and the content of one to read. */
struct stage_source {
	/* For any process: the file or device; to write: the root directory. */
	char path[48];
	char image[48];		/* the file on the mount, the same way */
	char mirror[48];	/* of its second device; "": it has but one */
	uint64_t off;		/* of the content in the file [bytes] */
	uint64_t ino;		/* of the image on the mount */
	uint64_t mirror_ino;	/* of the other one; 0: there is none */
	uint64_t image_off;	/* of the content in the image [bytes] */
};

/* What a power cut would have left of one to write, as its filesystem has it. */
struct stage_copy {
	char path[48];		/* its root directory, for any process */
	char device[LOOP_PATH_SIZE];	/* that it is mounted from */
};

/**
 * stage_lack() - why no stage of a kind can be made on this machine
 * @kind: "bdev", "ext4", "xfs", "btrfs", "btrfs-nodatasum", "btrfs-raid1"
 * @why_ret: one sentence
 * Return: 0 it can, as far as one can tell without trying; -EOPNOTSUPP.
 */
int stage_lack(const char *kind, char why_ret[STAGE_WHY_SIZE]) MUST_CHECK;

/**
 * stage_get() - the stage of a kind on a mount, made when first asked for
 * Nothing of the content of one to read is in a page cache then: an O_DIRECT
 * read, too, may end there (btrfs_direct_read(), 6.18, for a page that cannot be
 * written to), and the next one would find it.
 *
 * @use:        STAGE_TO_WRITE: of a kind with a filesystem only
 * @source_ret: lives as long as the site
 * @why_ret:    on failure, one sentence; lives as long as the site
 *
 * Nothing may be held on the mount that the making could wait for.
 *
 * Return: 0; -EOPNOTSUPP it cannot be made here; -ETIMEDOUT within the site's
 * time for a step; -errno.
 */
int stage_get(struct site *site, const char *kind, enum stage_use use,
	      const struct stage_source **source_ret, const char **why_ret)
	MUST_CHECK;

/* Can copies of it be mounted? Return: 0; -EOPNOTSUPP, and why. */
int stage_lack_of_copy(struct site *site, const struct stage_source *source,
		       const char **why_ret) MUST_CHECK;
/**
 * stage_copy() - copy the image as the mount has it now, and mount the copy
 * In memory, and read-only; but its filesystem repairs it first, as it does
 * after a power cut. An earlier copy must have been dropped.
 * @source: of stage_get(), to write
 * Return: as stage_get().
 */
int stage_copy(struct site *site, const struct stage_source *source,
	       struct stage_copy *copy_ret, const char **why_ret) MUST_CHECK;
/* Nobody has anything of it open any more. Return: as stage_get(). */
int stage_drop_copy(struct site *site, const struct stage_source *source,
		    const char **why_ret) MUST_CHECK;

/**
 * stage_destroy_all() - end them, before the mount ends
 * @first: of the site; NULL is allowed
 * Return: 0; -ETIMEDOUT one of them is stuck in the mount.
 */
int stage_destroy_all(struct stage *first);

#endif
