/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service of a mount, which is the workers' business: the main thread waits
 * for the end of the connection, or for somebody who asks for it, and sees to it
 * that the end comes.
 */
#include "daemon/fs.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "daemon/event.h"
#include "daemon/hold.h"
#include "daemon/mount.h"
#include "daemon/session.h"
#include "daemon/status.h"
#include "daemon/supervisor.h"

enum { END_DEADLINE_S = 10 };	/* serving on after an unmount was asked for */

enum wake { WAKE_ENDED, WAKE_ASKED, WAKE_TIMEOUT };

enum { WATCH_ENDED, WATCH_DEVICE, WATCH_SUPERVISOR, WATCH_MOUNTS, WATCH_SIGNAL,
       WATCH_QUIT, NWATCHED };

/*
 * Unmounting a block device's mount sends DESTROY, and waits for the answer
 * (fs/fuse/inode.c: fuse_conn_destroy(), 6.18), which a paused session would
 * never receive. Other mounts end without it.
 */
static void look_at_mounts(struct fs *fs)
{
	if (!supervisor_is_mounted(fs->supervisor))
		session_never_pause(fs->session);
}

/* What poll(2) found. Return: whether that is a reason to wake. */
static bool look_at(struct fs *fs, struct pollfd fds[NWATCHED],
		    enum wake *wake_ret)
{
	char sink[sizeof(struct signalfd_siginfo)];

	if (fds[WATCH_ENDED].revents) {
		*wake_ret = WAKE_ENDED;
		return true;
	}
	/* The connection is dead: a paused session has to come and see. */
	if (fds[WATCH_DEVICE].revents) {
		fds[WATCH_DEVICE].fd = -1;
		session_never_pause(fs->session);
	}
	if (fds[WATCH_SUPERVISOR].revents) {
		fds[WATCH_SUPERVISOR].fd = -1;
		log_err("the supervisor is gone: nobody will free '%s' should "
			"this daemon end unasked", fs->mountpoint);
	}
	if (fds[WATCH_MOUNTS].revents)
		look_at_mounts(fs);
	*wake_ret = WAKE_ASKED;
	for (int i = WATCH_SIGNAL; i <= WATCH_QUIT; i++)
		if (fds[i].revents && read(fds[i].fd, sink, sizeof(sink)) > 0)
			return true;
	return false;
}

static int timeout_until(uint64_t deadline_ns)
{
	uint64_t now_ns = clock_now_ns();

	if (deadline_ns == CLOCK_NEVER)
		return -1;
	if (deadline_ns <= now_ns)
		return 0;
	return (int)((deadline_ns - now_ns) / CLOCK_NS_PER_MS) + 1;
}

/* Until the connection ends, somebody asks for the end, or the deadline. */
static enum wake wait_for_something(struct fs *fs, int signal_fd,
				    uint64_t deadline_ns)
{
	struct pollfd fds[NWATCHED] = {
		[WATCH_ENDED] = { session_ended_fd(fs->session), POLLIN, 0 },
		[WATCH_DEVICE] = { session_device_fd(fs->session), 0, 0 },
		[WATCH_SUPERVISOR] = { supervisor_fd(fs->supervisor), 0, 0 },
		[WATCH_MOUNTS] = { fs->mounts_fd, POLLPRI, 0 },
		[WATCH_SIGNAL] = { signal_fd, POLLIN, 0 },
		[WATCH_QUIT] = { fs->quit_fd, POLLIN, 0 },
	};
	enum wake wake;

	for (;;) {
		int n = poll(fds, NWATCHED, timeout_until(deadline_ns));

		if (n == 0)
			return WAKE_TIMEOUT;
		if (n > 0 && look_at(fs, fds, &wake))
			return wake;
	}
}

/*
 * Unmount, and go on serving what the kernel still has to write. Return: how
 * many requests the kernel could no longer deliver.
 */
static long end_mount(struct fs *fs, int signal_fd)
{
	enum wake wake;
	long lost;

	hold_queue_shutdown(fs->holds);
	session_never_pause(fs->session);
	supervisor_unmount(fs->supervisor);
	wake = wait_for_something(fs, signal_fd, clock_deadline_ns(
		END_DEADLINE_S * CLOCK_NS_PER_SEC));
	if (wake == WAKE_ENDED)
		return 0;
	lost = status_waiting(fs);
	log_err("%s: the connection is aborted; %ld requests are not answered, "
		"and what programs have written since then is lost",
		wake == WAKE_ASKED ? "asked a second time" :
		"programs still use the mount", lost);
	supervisor_abort(fs->supervisor);
	wait_for_something(fs, signal_fd, clock_deadline_ns(
		FS_ABORT_DEADLINE_S * CLOCK_NS_PER_SEC));
	return MAX(lost, 1);
}

static void write_unmount_event(struct fs *fs, long lost)
{
	event_write(fs->events, "unmount", json_pack(
		"{s:I, s:I, s:I, s:I}",
		"writes", (json_int_t)stats_get(&fs->stats.writes),
		"live_writes", (json_int_t)stats_get(&fs->stats.live_writes),
		"unstable_blocks",
		(json_int_t)stats_get(&fs->stats.unstable_blocks),
		"lost_requests", (json_int_t)lost));
	event_sync(fs->events);
}

int fs_serve(struct fs *fs, int signal_fd)
{
	long lost = 0;

	if (wait_for_something(fs, signal_fd, CLOCK_NEVER) == WAKE_ASKED)
		lost = end_mount(fs, signal_fd);
	else if (session_was_aborted(fs->session) || supervisor_is_mounted(fs->supervisor)) {
		log_err("the connection of '%s' was aborted", fs->mountpoint);
		lost = 1;
	}
	if (session_ended(fs->session) &&
	    !supervisor_is_mounted(fs->supervisor))
		supervisor_ended(fs->supervisor);
	write_unmount_event(fs, lost);
	return lost ? 1 : 0;
}
