/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of the socket pair between it and its supervisor, whose
 * process is in supervisor-process.c. Messages are one struct each, or only its
 * first member where there is nothing else to say.
 *
 * The daemon never waits for a supervisor that does not read: it sends a handful
 * of messages, and a beat only when all before it have been read.
 */
#include "daemon/supervisor.h"

#include <errno.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "daemon/supervisor-internal.h"
#include "rescue/rescue.h"

enum { END_DEADLINE_MS = 2000 };	/* of the supervisor, told to go */

struct supervisor {
	int fd;
	pid_t pid;
	struct supervisor_message mount;	/* what it watches */
};

static int send_message(struct supervisor *supervisor, const void *message,
			size_t len)
{
	return send(supervisor->fd, message, len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Return: whether it is there to be told. */
static bool tell(struct supervisor *supervisor, enum supervisor_kind kind)
{
	int err = send_message(supervisor, &kind, sizeof(kind));

	if (err)
		log_err("the supervisor does not answer: %s", strerror(-err));
	return !err;
}

/* Return: its end of a pair, and ours, or a message has been logged. */
static int fork_supervisor(struct supervisor *supervisor, uint64_t watchdog_ns)
{
	int pair[2];
	autoclose int daemon_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (daemon_fd < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
		int err = -errno;

		log_err("cannot reach a supervisor: %s", strerror(-err));
		return err;
	}
	supervisor->pid = fork();
	if (!supervisor->pid)
		supervisor_process(&(struct supervisor_start){
			.fd = pair[1],
			.daemon_fd = daemon_fd,
			.watchdog_ns = watchdog_ns,
		});
	close(pair[1]);
	supervisor->fd = pair[0];
	if (supervisor->pid < 0) {
		int err = -errno;

		log_err("cannot start the supervisor: %s", strerror(-err));
		close(pair[0]);
		return err;
	}
	return 0;
}

int supervisor_create(uint64_t watchdog_ns, struct supervisor **supervisor_ret)
{
	struct supervisor *supervisor = calloc(1, sizeof(*supervisor));
	int err;

	if (!supervisor)
		return -ENOMEM;
	err = fork_supervisor(supervisor, watchdog_ns);
	if (err)
		free(supervisor);
	else
		*supervisor_ret = supervisor;
	return err;
}

static bool copy_text(char *to, size_t size, const char *from)
{
	return snprintf(to, size, "%s", from) < (int)size;
}

static int tell_mount(struct supervisor *supervisor, enum supervisor_kind kind,
		      const struct supervisor_mount *mount)
{
	struct supervisor_message *message = &supervisor->mount;

	*message = (struct supervisor_message){
		.kind = kind,
		.major = major(mount->dev),
		.minor = minor(mount->dev),
	};
	if (!copy_text(message->mountpoint, sizeof(message->mountpoint),
		       mount->mountpoint) ||
	    !copy_text(message->source, sizeof(message->source), mount->source))
		return -ENAMETOOLONG;
	if (mount->socket)
		message->socket = *mount->socket;
	return send_message(supervisor, message, sizeof(*message));
}

int supervisor_expect(struct supervisor *supervisor,
		      const struct supervisor_mount *mount)
{
	return tell_mount(supervisor, MESSAGE_MOUNTING, mount);
}

int supervisor_watch(struct supervisor *supervisor,
		     const struct supervisor_mount *mount)
{
	return tell_mount(supervisor, MESSAGE_WATCH, mount);
}

void supervisor_beat(struct supervisor *supervisor)
{
	enum supervisor_kind kind = MESSAGE_BEAT;
	int unread;

	if (ioctl(supervisor->fd, SIOCOUTQ, &unread) == 0 && unread)
		return;
	/* fs_serve() notices when it is gone. */
	(void)!send(supervisor->fd, &kind, sizeof(kind),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool supervisor_is_mounted(const struct supervisor *supervisor)
{
	return supervisor_sees(&supervisor->mount);
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
	const struct supervisor_message *mount = &supervisor->mount;

	if (!tell(supervisor, MESSAGE_UNMOUNT) &&
	    rescue_unmount(mount->mountpoint, mount->major, mount->minor))
		log_err("cannot unmount '%s'", mount->mountpoint);
}

void supervisor_abort(struct supervisor *supervisor)
{
	if (!tell(supervisor, MESSAGE_ABORT))
		supervisor_end_mount(&supervisor->mount);
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
