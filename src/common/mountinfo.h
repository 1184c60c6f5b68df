/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/self/mountinfo: what is mounted on a path, without touching the mount
 * (a stat(2) of a held FUSE mount would hang).
 */
#ifndef PIN_MOUNTINFO_H
#define PIN_MOUNTINFO_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct mountinfo {
	unsigned int major;	/* st_dev of the mount's files */
	unsigned int minor;
	char *mountpoint;	/* absolute, unescaped */
	char *fstype;		/* "fuse.pinfs", "ext4", ... */
	char *source;		/* unescaped */
	char *super_options;	/* "rw,user_id=0,..." */
};

/**
 * mountinfo_find() - the topmost mount whose mount point is exactly @path
 * @path: made absolute by resolving its parent only, never the last component
 *        (which may be a mount that does not answer); "." and trailing
 *        slashes are understood
 * Return: 0 (then call mountinfo_deinit()), -ENOENT not a mount point, -errno.
 */
int mountinfo_find(const char *path, struct mountinfo *info_ret) MUST_CHECK;
void mountinfo_deinit(struct mountinfo *info);

/**
 * mountinfo_absolute() - @path as mountinfo_find() understands it
 * @path_ret: malloc'ed; caller frees
 */
int mountinfo_absolute(const char *path, char **path_ret) MUST_CHECK;

#endif
