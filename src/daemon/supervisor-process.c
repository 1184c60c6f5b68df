/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's own process. It ends a mount in two cases:
 *
 * Its socket ends without MESSAGE_GOOD_BYE: the daemon is gone, however that
 * came about. The kernel has then aborted the connection (the last descriptor
 * of /dev/fuse was closed), unless a child of the daemon still has one; so the
 * connection is aborted all the same, and mount point and control socket are
 * freed.
 *
 * No MESSAGE_BEAT comes for the watchdog's time (see heart.c): the daemon is
 * there and stuck, stopped by a signal, say. The same is done, and if it does
 * not end then, it is killed. Silence is counted from the first beat on, and only
 * while this process runs: it sleeps in slices, and no slice counts for more than
 * twice its length. So a supervisor that was stopped or starved, or a machine
 * that was suspended, finds no silence; and what is in the socket is read before
 * anything is decided.
 *
 * Unmounting is done in a child of the supervisor, because umount(2) of a mount
 * with dirty pages waits for the daemon to write them.
 */
#include "daemon/supervisor-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/mountinfo.h"
#include "common/tracefs.h"
#include "rescue/rescue.h"

enum {
	SLICES = 32,		/* of the watchdog's time, in which it sleeps */
	GRACE_MS = 1000,	/* for a stuck daemon to end by itself */
	KILL_MS = 5000,		/* for a killed one, which may be in a disk */
};

/* Its state; there is one in the process. */
struct process {
	const struct supervisor_start *start;
	struct supervisor_message mount;	/* what it watches */
	bool counting;		/* there has been a beat */
	uint64_t silent_ns;	/* without a beat, while this process ran */
	uint64_t counted_ns;	/* CLOCK_MONOTONIC, how far silence is counted */
};

/* ---- the mount ---- */

static bool is_same(const struct mountinfo *info,
		    const struct supervisor_message *mount)
{
	if (strcmp(info->source, mount->source))
		return false;
	/* Nothing of FUSE was there when it was about to be made. */
	if (mount->kind == MESSAGE_MOUNTING)
		return !strncmp(info->fstype, "fuse", 4);
	return info->major == mount->major && info->minor == mount->minor;
}

/* Look it up; @info_ret is the caller's when it is there. */
static bool find(const struct supervisor_message *mount,
		 struct mountinfo *info_ret)
{
	if (!mount->mountpoint[0] ||
	    mountinfo_find(mount->mountpoint, info_ret))
		return false;
	if (is_same(info_ret, mount))
		return true;
	mountinfo_deinit(info_ret);
	return false;
}

bool supervisor_sees(const struct supervisor_message *mount)
{
	struct mountinfo info;

	if (!find(mount, &info))
		return false;
	mountinfo_deinit(&info);
	return true;
}

void supervisor_end_mount(const struct supervisor_message *mount)
{
	int err = rescue_abort(rescue_connection(mount->major, mount->minor));

	if (err && err != -ENOENT)
		log_err("cannot abort the connection of '%s': %s",
			mount->mountpoint, strerror(-err));
	if (!supervisor_sees(mount))
		return;
	err = rescue_unmount(mount->mountpoint, mount->major, mount->minor);
	if (err)
		log_err("cannot free the mount point '%s': %s",
			mount->mountpoint, strerror(-err));
}

/*
 * Only what is still there: the number of a connection that has ended is given
 * to the next mount. A mount that was detached ends with its last descriptor,
 * when the daemon is gone.
 */
static void free_mount(struct supervisor_message *mount)
{
	struct mountinfo info;

	if (!find(mount, &info))
		return;
	mount->major = info.major;
	mount->minor = info.minor;
	mount->kind = MESSAGE_WATCH;
	mountinfo_deinit(&info);
	supervisor_end_mount(mount);
}

/*
 * A lazy unmount writes nothing back: have it done before. With kernel commit
 * 76f9377cd2ab syncfs(2) of a FUSE mount only starts writeback (fs/fs-writeback.c:
 * sync_inodes_sb(), SB_I_NO_DATA_INTEGRITY, in 6.18.35); the daemon then serves it
 * after the unmount.
 */
static void write_back(const struct supervisor_message *mount)
{
	int fd = open(mount->mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0)
		log_err("cannot have '%s' written back: %s", mount->mountpoint,
			strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Try the clean way first, so that umount's flush is waited for. */
static void unmount(const struct supervisor_message *mount)
{
	pid_t pid = fork();

	if (pid < 0) {
		log_err("cannot unmount '%s' cleanly: %s", mount->mountpoint,
			strerror(errno));
		supervisor_end_mount(mount);
	}
	if (pid)
		return;
	if (!supervisor_sees(mount) ||
	    umount2(mount->mountpoint, UMOUNT_NOFOLLOW) == 0)
		_exit(0);
	write_back(mount);
	_exit(rescue_unmount(mount->mountpoint, mount->major, mount->minor) ?
	      1 : 0);
}

/* ---- a daemon that is stuck ---- */

/* Until the daemon has ended, or has said so. Return: whether it has. */
static bool wait_for_daemon(const struct supervisor_start *start, int ms)
{
	uint64_t deadline_ns = clock_deadline_ns((uint64_t)ms * CLOCK_NS_PER_MS);
	struct pollfd fds[] = {
		{ .fd = start->daemon_fd, .events = POLLIN },
		{ .fd = start->fd, .events = POLLIN },
	};
	enum supervisor_kind kind;

	for (;;) {
		int n = poll(fds, ARRAY_SIZE(fds), clock_left_ms(deadline_ns));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (fds[0].revents)
			return true;
		if (recv(start->fd, &kind, sizeof(kind), MSG_DONTWAIT) <= 0 ||
		    kind == MESSAGE_GOOD_BYE)
			return true;
	}
}

/* A daemon that is stopped must not stay behind with the mount's files. */
static void end_daemon(const struct supervisor_start *start)
{
	if (wait_for_daemon(start, GRACE_MS))
		return;
	if (syscall(SYS_pidfd_send_signal, start->daemon_fd, SIGKILL, NULL, 0) &&
	    errno != ESRCH)
		log_err("cannot kill the daemon: %s", strerror(errno));
	else if (!wait_for_daemon(start, KILL_MS))
		log_err("the daemon is killed, but a system call of its does "
			"not end");
}

/*
 * The socket goes first: as long as the mount has its number no other mount has
 * a socket of that name, which may well get the inode number of this one.
 */
static void free_all(struct process *process)
{
	unixsock_unlink(&process->mount.socket);
	free_mount(&process->mount);
}

/*
 * An instance of tracefs that records goes on recording, at the expense of every
 * system call of the machine, until somebody removes it. It has a lock that ends
 * with the daemon's process.
 */
static void end_record(const struct supervisor_start *start)
{
	wait_for_daemon(start, KILL_MS);
	tracefs_sweep();
}

static NORETURN void daemon_is_stuck(struct process *process)
{
	const char *mountpoint = process->mount.mountpoint;

	log_err("no sign of life of the daemon%s%s%s for %llu ms (watchdog=): "
		"its mount is aborted and freed, and it is killed",
		*mountpoint ? " of '" : "", mountpoint, *mountpoint ? "'" : "",
		(unsigned long long)(process->start->watchdog_ns /
				     CLOCK_NS_PER_MS));
	free_all(process);
	end_daemon(process->start);
	end_record(process->start);
	_exit(0);
}

static int slice_ms(const struct process *process)
{
	if (!process->counting || !process->start->watchdog_ns)
		return -1;
	return (int)MIN(process->start->watchdog_ns / SLICES / CLOCK_NS_PER_MS,
			(uint64_t)CLOCK_NS_PER_SEC / CLOCK_NS_PER_MS);
}

/* After each sleep, which was a slice at most, whatever the clock says. */
static void count_silence(struct process *process, int slice)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t most_ns = 2 * (uint64_t)slice * CLOCK_NS_PER_MS;

	process->silent_ns += MIN(now_ns - process->counted_ns, most_ns);
	process->counted_ns = now_ns;
}

static void note_beat(struct process *process)
{
	process->counting = true;
	process->silent_ns = 0;
	process->counted_ns = clock_now_ns();
}

/* ---- messages ---- */

static void obey(struct process *process,
		 const struct supervisor_message *message)
{
	switch (message->kind) {
	case MESSAGE_MOUNTING:
	case MESSAGE_WATCH:
		process->mount = *message;
		break;
	case MESSAGE_LEAVE_TERMINAL:
		log_leave_terminal("pinfs");
		break;
	case MESSAGE_ENDED:
		process->mount.mountpoint[0] = '\0';
		break;
	case MESSAGE_UNMOUNT:
		unmount(&process->mount);
		break;
	case MESSAGE_ABORT:
		supervisor_end_mount(&process->mount);
		break;
	case MESSAGE_BEAT:
		note_beat(process);
		break;
	case MESSAGE_GOOD_BYE:
		_exit(0);
	}
}

static void receive(struct process *process)
{
	struct supervisor_message message;
	ssize_t n = recv(process->start->fd, &message, sizeof(message), 0);

	if (n < 0 && errno == EINTR)
		return;
	if (n < (ssize_t)sizeof(message.kind)) {
		free_all(process);
		end_record(process->start);
		_exit(0);
	}
	obey(process, &message);
}

static NORETURN void supervise(struct process *process)
{
	struct pollfd on_message = {
		.fd = process->start->fd, .events = POLLIN,
	};

	for (;;) {
		int slice = slice_ms(process);
		/*
		 * poll(2) looks once more after its time (fs/select.c:
		 * do_poll(), 6.18): when it says 0, nothing is in the socket.
		 */
		int n = poll(&on_message, 1, slice);

		if (slice >= 0)
			count_silence(process, slice);
		if (n > 0)
			receive(process);
		else if (n == 0 &&
			 process->silent_ns >= process->start->watchdog_ns)
			daemon_is_stuck(process);
	}
}

/* Both descriptors, and no other, behind the standard ones. Return: success. */
static bool keep_descriptors(struct supervisor_start *start)
{
	enum { SOCKET = 3, DAEMON, NEXT };
	int fd = fcntl(start->fd, F_DUPFD, NEXT);
	int daemon_fd = fcntl(start->daemon_fd, F_DUPFD, NEXT);

	if (fd < 0 || daemon_fd < 0 || dup2(fd, SOCKET) < 0 ||
	    dup2(daemon_fd, DAEMON) < 0)
		return false;
	fdio_close_from(NEXT, -1);
	start->fd = SOCKET;
	start->daemon_fd = DAEMON;
	return true;
}

/* Away from the daemon's terminal, directory, signals and descriptors. */
NORETURN void supervisor_process(const struct supervisor_start *start)
{
	struct supervisor_start own = *start;
	struct process process = {
		.start = &own, .mount = { .kind = MESSAGE_WATCH },
	};

	setsid();
	prctl(PR_SET_NAME, "pinfs-superv");
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (chdir("/") < 0 || !keep_descriptors(&own))
		_exit(1);
	supervise(&process);
}
