/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the process that looks. It is nobody's child, since no one could wait
 * for one that sleeps in the kernel, has no descriptor but its socket, whose end
 * ends it, and leaves Ctrl-C to its maker.
 */
#include "client/lookout.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"

enum { ANSWER_MS = 20 };	/* more than a look takes */

struct lookout {
	pid_t pid;
	int sock;
	bool asked;	/* and not answered yet */
};

struct answer {
	int dying;
	struct taskstate asleep;
};

/* ------------------------------------------------------------- who looks */

static NORETURN void look_when_asked(int sock, pid_t pid)
{
	struct answer answer = { 0 };
	pid_t self = getpid();
	char question;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	fdio_close_from(0, sock);
	if (write(sock, &self, sizeof(self)) != sizeof(self))
		_exit(1);
	while (read(sock, &question, 1) == 1) {
		answer.dying = taskstate_dying(pid, &answer.asleep);
		if (write(sock, &answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	_exit(0);
}

/* ---------------------------------------------------------------- who asks */

int lookout_create(pid_t pid, struct lookout **lookout_ret)
{
	struct lookout *lookout = calloc(1, sizeof(*lookout));
	pid_t parent;
	int socks[2];
	int err = 0;

	if (!lookout)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) < 0) {
		err = -errno;
		free(lookout);
		return err;
	}
	parent = fork();
	if (!parent) {
		if (!fork())
			look_when_asked(socks[1], pid);
		_exit(0);
	}
	close(socks[1]);
	lookout->sock = socks[0];
	if (parent < 0 || waitpid(parent, NULL, 0) < 0)
		err = -errno;
	else if (read(socks[0], &lookout->pid, sizeof(lookout->pid)) !=
		 sizeof(lookout->pid))
		err = -EAGAIN;
	if (err)
		lookout_destroy(lookout);
	else
		*lookout_ret = lookout;
	return err;
}

void lookout_destroy(struct lookout *lookout)
{
	if (!lookout)
		return;
	close(lookout->sock);
	free(lookout);
}

static bool answered(const struct lookout *lookout)
{
	struct pollfd ready = { .fd = lookout->sock, .events = POLLIN };

	return poll(&ready, 1, ANSWER_MS) > 0;
}

int lookout_dying(struct lookout *lookout, struct taskstate *asleep_ret)
{
	struct answer answer;

	*asleep_ret = (struct taskstate){ 0 };
	if (!lookout->asked && write(lookout->sock, "?", 1) != 1)
		return -errno;
	lookout->asked = true;
	if (!answered(lookout)) {
		/* Only in the place of one that is dying does it sleep so. */
		int err = taskstate_look(lookout->pid, lookout->pid,
					 asleep_ret);

		return err ? err : asleep_ret->state == 'D';
	}
	if (read(lookout->sock, &answer, sizeof(answer)) != sizeof(answer))
		return -EIO;
	lookout->asked = false;
	*asleep_ret = answer.asleep;
	return answer.dying;
}
