/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control-lines SOCKET - one connection to a control socket: standard input
 * goes there byte for byte, what comes from there to standard output. Ends,
 * and so ends the connection, when the daemon has closed it, which it does when
 * standard input has ended and all is answered.
 */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fdio.h"

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) >=
	    (int)sizeof(address.sun_path))
		errx(2, "%s: too long", path);
	if (fd < 0 || connect(fd, (void *)&address, sizeof(address)))
		err(1, "%s", path);
	return fd;
}

/* Return: false at the end of @from. */
static bool copy(int from, int to)
{
	char buf[4096];
	ssize_t len = read(from, buf, sizeof(buf));

	if (len < 0 && errno == EINTR)
		return true;
	if (len <= 0)
		return false;
	if (fdio_write(to, buf, (size_t)len))
		errx(1, "the other side has gone");
	return true;
}

int main(int argc, char **argv)
{
	struct pollfd fds[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .events = POLLIN },
	};

	if (argc != 2)
		errx(2, "usage: control-lines SOCKET");
	fds[1].fd = connect_to(argv[1]);
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			err(1, "poll");
		if (fds[1].revents && !copy(fds[1].fd, STDOUT_FILENO))
			return 0;
		if (fds[0].revents && !copy(STDIN_FILENO, fds[1].fd)) {
			shutdown(fds[1].fd, SHUT_WR);
			fds[0].fd = -1;
			fds[0].revents = 0;
		}
	}
}
