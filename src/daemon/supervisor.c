/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The supervisor's side and the daemon's side of a socket pair. Messages are
 * one struct each. When the socket ends without GOOD_BYE the daemon is gone,
 * however that came about: the kernel has then aborted the connection (the
 * last descriptor of /dev/fuse was closed), unless a child of the daemon still
 * has one; so the connection is aborted all the same, and mount point and
 * control socket are freed.
 *
 * Unmounting is done in a child of the supervisor, because umount(2) of a mount
 * with dirty pages waits for the daemon to write them.
 */
#include "daemon/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/mountinfo.h"
#include "common/unixsock.h"
#include "rescue/rescue.h"

enum { END_DEADLINE_MS = 2000 };	/* of the supervisor, told to go */

enum message_kind {
	MESSAGE_WATCH,
	MESSAGE_LEAVE_TERMINAL,
	MESSAGE_ENDED,		/* there is nothing left to free */
	MESSAGE_UNMOUNT,
	MESSAGE_ABORT,
	MESSAGE_GOOD_BYE,
};

struct message {
	enum message_kind kind;
	unsigned int major;
	unsigned int minor;
	char mountpoint[PATH_MAX];	/* "": nothing to free */
	char source[PATH_MAX];
	struct unixsock_name socket;
};

struct supervisor {
	int fd;
	pid_t pid;
	struct message mount;	/* what it watches */
};

/* ---- in the supervisor ---- */

static bool is_still_mounted(const struct message *mount)
{
	struct mountinfo info;
	bool same;

	if (!mount->mountpoint[0] || mountinfo_find(mount->mountpoint, &info))
		return false;
	same = info.major == mount->major && info.minor == mount->minor &&
	       !strcmp(info.source, mount->source);
	mountinfo_deinit(&info);
	return same;
}

static void abort_mount(const struct message *mount)
{
	int err = rescue_abort(rescue_connection(mount->major, mount->minor));

	if (err && err != -ENOENT)
		log_err("cannot abort the connection of '%s': %s",
			mount->mountpoint, strerror(-err));
	if (!is_still_mounted(mount))
		return;
	err = rescue_unmount(mount->mountpoint, mount->major, mount->minor);
	if (err)
		log_err("cannot free the mount point '%s': %s",
			mount->mountpoint, strerror(-err));
}

/*
 * The daemon is gone. Only what is still there: the number of a connection that
 * has ended is given to the next mount, and a mount that was detached has ended
 * with its last descriptor.
 */
static void free_mount(const struct message *mount)
{
	if (is_still_mounted(mount))
		abort_mount(mount);
}

/*
 * A lazy unmount writes nothing back: have it done before. With kernel commit
 * 76f9377cd2ab syncfs(2) of a FUSE mount only starts writeback (fs/fs-writeback.c:
 * sync_inodes_sb(), SB_I_NO_DATA_INTEGRITY, in 6.18.35); the daemon then serves it
 * after the unmount.
 */
static void write_back(const struct message *mount)
{
	int fd = open(mount->mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0)
		log_err("cannot have '%s' written back: %s", mount->mountpoint,
			strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Try the clean way first, so that umount's flush is waited for. */
static void unmount(const struct message *mount)
{
	pid_t pid = fork();

	if (pid < 0) {
		log_err("cannot unmount '%s' cleanly: %s", mount->mountpoint,
			strerror(errno));
		abort_mount(mount);
	}
	if (pid)
		return;
	if (!is_still_mounted(mount) ||
	    umount2(mount->mountpoint, UMOUNT_NOFOLLOW) == 0)
		_exit(0);
	write_back(mount);
	_exit(rescue_unmount(mount->mountpoint, mount->major, mount->minor) ?
	      1 : 0);
}

static NORETURN void supervise(int fd)
{
	struct message mount = { .kind = MESSAGE_WATCH };
	struct message message;

	for (;;) {
		ssize_t n = recv(fd, &message, sizeof(message), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(message)) {
			free_mount(&mount);
			unixsock_unlink(&mount.socket);
			_exit(0);
		}
		switch (message.kind) {
		case MESSAGE_WATCH:
			mount = message;
			break;
		case MESSAGE_LEAVE_TERMINAL:
			log_leave_terminal("pinfs");
			break;
		case MESSAGE_ENDED:
			mount.mountpoint[0] = '\0';
			break;
		case MESSAGE_UNMOUNT:
			unmount(&mount);
			break;
		case MESSAGE_ABORT:
			abort_mount(&mount);
			break;
		case MESSAGE_GOOD_BYE:
			_exit(0);
		}
	}
}

/* Away from the daemon's terminal, directory, signals and descriptors. */
static NORETURN void supervisor_main(int fd)
{
	setsid();
	prctl(PR_SET_NAME, "pinfs-superv");
	signal(SIGCHLD, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (chdir("/") < 0)
		_exit(1);
	fdio_close_from(3, fd);
	supervise(fd);
}

/* ---- in the daemon ---- */

static int send_message(struct supervisor *supervisor,
			const struct message *message)
{
	if (send(supervisor->fd, message, sizeof(*message), MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/* Return: whether it is there to be told. */
static bool tell(struct supervisor *supervisor, enum message_kind kind)
{
	struct message message = { .kind = kind };
	int err = send_message(supervisor, &message);

	if (err)
		log_err("the supervisor does not answer: %s", strerror(-err));
	return !err;
}

int supervisor_create(struct supervisor **supervisor_ret)
{
	struct supervisor *supervisor = calloc(1, sizeof(*supervisor));
	int pair[2];

	if (!supervisor)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		int err = -errno;

		log_err("cannot reach a supervisor: %s", strerror(-err));
		free(supervisor);
		return err;
	}
	supervisor->pid = fork();
	if (!supervisor->pid)
		supervisor_main(pair[1]);
	close(pair[1]);
	supervisor->fd = pair[0];
	if (supervisor->pid < 0) {
		int err = -errno;

		log_err("cannot start the supervisor: %s", strerror(-err));
		close(pair[0]);
		free(supervisor);
		return err;
	}
	*supervisor_ret = supervisor;
	return 0;
}

static bool copy_text(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size;
}

int supervisor_watch(struct supervisor *supervisor,
		     const struct supervisor_mount *mount)
{
	struct message *message = &supervisor->mount;

	*message = (struct message){
		.kind = MESSAGE_WATCH,
		.major = major(mount->dev),
		.minor = minor(mount->dev),
	};
	if (!copy_text(message->mountpoint, sizeof(message->mountpoint),
		       mount->mountpoint) ||
	    !copy_text(message->source, sizeof(message->source), mount->source))
		return -ENAMETOOLONG;
	if (mount->socket)
		message->socket = *mount->socket;
	return send_message(supervisor, message);
}

bool supervisor_is_mounted(const struct supervisor *supervisor)
{
	return is_still_mounted(&supervisor->mount);
}

int supervisor_fd(const struct supervisor *supervisor)
{
	return supervisor->fd;
}

void supervisor_leave_terminal(struct supervisor *supervisor)
{
	tell(supervisor, MESSAGE_LEAVE_TERMINAL);
}

void supervisor_unmount(struct supervisor *supervisor)
{
	const struct message *mount = &supervisor->mount;

	if (!tell(supervisor, MESSAGE_UNMOUNT) &&
	    rescue_unmount(mount->mountpoint, mount->major, mount->minor))
		log_err("cannot unmount '%s'", mount->mountpoint);
}

void supervisor_abort(struct supervisor *supervisor)
{
	if (!tell(supervisor, MESSAGE_ABORT))
		abort_mount(&supervisor->mount);
}

void supervisor_ended(struct supervisor *supervisor)
{
	tell(supervisor, MESSAGE_ENDED);
}

void supervisor_destroy(struct supervisor *supervisor)
{
	uint64_t deadline_ns;

	if (!supervisor)
		return;
	tell(supervisor, MESSAGE_GOOD_BYE);
	close(supervisor->fd);
	deadline_ns = clock_deadline_ns(END_DEADLINE_MS * CLOCK_NS_PER_MS);
	while (waitpid(supervisor->pid, NULL, WNOHANG) == 0) {
		if (clock_now_ns() > deadline_ns)
			kill(supervisor->pid, SIGKILL);
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
	}
	free(supervisor);
}
