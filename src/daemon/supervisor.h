/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor: a small process that outlives the daemon, so that a daemon
 * that is gone, or that is there and stuck, leaves neither hanging clients nor a
 * dead mount point. It also unmounts on behalf of the daemon, which must not touch
 * its own mount.
 */
#ifndef PIN_SUPERVISOR_H
#define PIN_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

struct unixsock_name;
struct supervisor;

/**
 * supervisor_create() - fork it
 * @watchdog_ns: the daemon is stuck when it has not been heard for so long after
 *               its first beat [ns]; 0: it never is
 *
 * Context: before any thread, and before /dev/fuse is opened: it must hold
 * nothing of the mount. Return: 0 or -errno; a message has been logged.
 */
int supervisor_create(uint64_t watchdog_ns, struct supervisor **supervisor_ret)
	MUST_CHECK;
/* What it watches. Numbers are given out again, so all of it has to match. */
struct supervisor_mount {
	const char *mountpoint;	/* absolute */
	const char *source;	/* fsname */
	dev_t dev;
	/* Removed with a daemon that is gone; NULL while there is none. */
	const struct unixsock_name *socket;
};

/**
 * supervisor_expect() - tell it which mount is about to be made
 * From here on a FUSE mount of that source on that mount point is ours, where
 * none was before. Say supervisor_ended() when it has not been made.
 * @mount: copied; without dev and socket
 *
 * Return: 0 or -errno.
 */
int supervisor_expect(struct supervisor *supervisor,
		      const struct supervisor_mount *mount) MUST_CHECK;
/* Tell it which mount to watch; @mount is copied. Return: 0 or -errno. */
int supervisor_watch(struct supervisor *supervisor,
		     const struct supervisor_mount *mount) MUST_CHECK;
/*
 * The daemon is alive. Any thread, never blocks; nothing is sent while the one
 * before has not been read.
 */
void supervisor_beat(struct supervisor *supervisor);
/* Is that mount still in /proc/self/mountinfo? */
bool supervisor_is_mounted(const struct supervisor *supervisor);
/* The daemon leaves its terminal: so does the supervisor. */
void supervisor_leave_terminal(struct supervisor *supervisor);
/* Its socket: poll(2) says POLLHUP when it is gone. */
int supervisor_fd(const struct supervisor *supervisor);
/**
 * supervisor_unmount() - ask it to unmount, lazily when the mount is busy
 * Returns at once: unmounting waits for the daemon, which goes on serving. When
 * the supervisor is gone the mount is detached from here, lazily.
 */
void supervisor_unmount(struct supervisor *supervisor);
/*
 * Abort the connection and free the mount point, by it or, without it, here. The
 * caller has /dev/fuse open, so that its number is nobody else's.
 */
void supervisor_abort(struct supervisor *supervisor);
/* The mount has ended: from now on its number may be another mount's. */
void supervisor_ended(struct supervisor *supervisor);
/* The mount has ended cleanly: it has nothing more to do. Waits for its end. */
void supervisor_destroy(struct supervisor *supervisor);

#endif
