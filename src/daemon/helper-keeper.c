/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of a pool: a keeper, forked before the daemon had anything, and
 * the helpers that it forks. A helper does what may block for as long as a
 * request is held; so the daemon never waits for it without a deadline, and asks
 * for another when it does not answer. It ends with its socket.
 */
#include "daemon/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fdio.h"

enum { END_DEADLINE_MS = 500 };	/* of the helpers, when the daemon has ended */

static NORETURN void helper_main(const struct helper_kind *kind, int memory_fd,
				 int fd)
{
	void *order = mmap(NULL, kind->order_size, PROT_READ | PROT_WRITE,
			   MAP_SHARED, memory_fd, 0);
	char word;

	close(memory_fd);
	if (order == MAP_FAILED)
		_exit(1);
	while (recv(fd, &word, sizeof(word), 0) == sizeof(word)) {
		kind->work(order);
		if (send(fd, &word, sizeof(word), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

/*
 * The two descriptors of a helper to be. Return: false when the daemon is gone.
 */
static bool receive_descriptors(int fd, int fds[2])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	char word;
	struct iovec iov = { &word, sizeof(word) };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const struct cmsghdr *header;

	fds[0] = fds[1] = -1;
	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) <= 0)
		return false;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_len == CMSG_LEN(2 * sizeof(int)))
		memcpy(fds, CMSG_DATA(header), 2 * sizeof(int));
	return true;
}

/* Those that hang end with what they hang in, and nobody waits for them. */
static void wait_for_helpers(void)
{
	uint64_t deadline_ns = clock_deadline_ns(END_DEADLINE_MS *
						 CLOCK_NS_PER_MS);

	while (waitpid(-1, NULL, WNOHANG) >= 0 && clock_now_ns() < deadline_ns)
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
}

static void leave_daemon(const struct helper_kind *kind, int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	prctl(PR_SET_NAME, kind->name);
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
	if (chdir("/") < 0)
		_exit(1);
	fdio_close_from(3, fd);
}

void helper_keeper_main(const struct helper_kind *kind, int fd)
{
	int fds[2];

	leave_daemon(kind, fd);
	while (receive_descriptors(fd, fds)) {
		pid_t pid = fds[1] < 0 ? -1 : fork();

		if (!pid) {
			close(fd);
			helper_main(kind, fds[0], fds[1]);
		}
		for (int i = 0; i < 2; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		/* Those that have been given up. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	wait_for_helpers();
	_exit(0);
}
