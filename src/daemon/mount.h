/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the mount: checks, libfuse's session, the limits of its bdi. */
#ifndef PIN_MOUNT_H
#define PIN_MOUNT_H

#include "common/compiler.h"

struct fs;
struct fuse_session;

/**
 * mount_check() - can SOURCE be mounted there at all?
 * Refuses a mount point that is no directory, that has a FUSE filesystem on
 * it, or that lies inside SOURCE or around it.
 *
 * @source:     resolved path of SOURCE
 * @mountpoint: as given
 * @path_ret:   the mount point's absolute path; the caller frees
 *
 * Return: 0 or -errno; a message has been logged.
 */
int mount_check(const char *source, const char *mountpoint, char **path_ret)
	MUST_CHECK;

/* What shows as the mount's source: SOURCE as given, or the loop device. */
const char *mount_source(const struct fs *fs);

/**
 * mount_fuse() - libfuse's session for the operations, mounted
 * Sets fs->dev, and fs->loop where one is asked for. Return: 0 or -errno; a message has been logged.
 */
int mount_fuse(struct fs *fs, const char *mountpoint,
	       struct fuse_session **fuse_ret) MUST_CHECK;

/**
 * mount_lift_limits() - let held pages not starve the rest of the mount
 * The kernel gives a FUSE mount at most 1 % of the dirty pages and enforces it
 * strictly (fs/fuse/inode.c: fuse_bdi_init(), 6.18); held WRITEs count. Needs
 * root; without it nothing happens.
 */
void mount_lift_limits(const struct fs *fs);

#endif
