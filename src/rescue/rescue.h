/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ending a FUSE mount from outside, without touching it: abort the connection
 * through fusectl, then free the mount point. For the daemon's supervisor and
 * for "pinctl abort". Never used on a connection that is not the given one's.
 */
#ifndef PIN_RESCUE_H
#define PIN_RESCUE_H

#include <stdint.h>

#include "common/compiler.h"

/* The number under /sys/fs/fuse/connections: major << 20 | minor of st_dev. */
uint32_t rescue_connection(unsigned int major, unsigned int minor);

/**
 * rescue_abort() - end every request of a connection with an error
 * Where fusectl is not mounted, root uses a mount of it that nobody else sees.
 * Return: 0; -ENOENT no such connection (it has ended); -EPERM; -EOPNOTSUPP
 * the kernel has no fusectl; -errno.
 */
int rescue_abort(uint32_t connection) MUST_CHECK;

/**
 * rescue_unmount() - detach a mount point if it still is this mount
 * @mountpoint: absolute path
 * @major, @minor: st_dev that the mount there must have
 * Root: umount2(MNT_DETACH | UMOUNT_NOFOLLOW); others: fusermount3 -u -z.
 * Return: 0 (also when it was not mounted any more), -errno.
 */
int rescue_unmount(const char *mountpoint, unsigned int major,
		   unsigned int minor) MUST_CHECK;

/**
 * rescue_free() - abort a mount's connection, then detach the mount point
 * @mountpoint, @major, @minor: as for rescue_unmount()
 * A connection that has ended already is aborted as well. Where it cannot be
 * aborted the mount point stays: programs that hang in it are found by it.
 * Return: 0, -errno; then a message has been logged.
 */
int rescue_free(const char *mountpoint, unsigned int major,
		unsigned int minor) MUST_CHECK;

/* Value of connections/N/waiting, -errno when it cannot be read. */
long rescue_waiting(uint32_t connection);

#endif
