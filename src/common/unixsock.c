/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unix stream sockets that carry lines. The mode of a listening socket is set
 * before bind(2), which takes it over (net/unix/af_unix.c:unix_bind_bsd(),
 * v6.18): there is no moment at which others could connect, and the umask of
 * a process with threads stays alone.
 *
 * A reader keeps what it received beyond a line for the next call. A line
 * that does not fit is reported as soon as that is known and then skipped up
 * to its newline, so that the peer is answered even when it never ends.
 */
#include "common/unixsock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"

enum {
	BACKLOG = 16,
	CONNECT_SECONDS = 5,	/* to wait for room in a full backlog */
	FIRST_SIZE = 512,	/* of a reader's buffer [bytes] */
};

static int make_address(const char *path, struct sockaddr_un *addr_ret)
{
	size_t len = strlen(path);

	memset(addr_ret, 0, sizeof(*addr_ret));
	addr_ret->sun_family = AF_UNIX;
	if (len == 0)
		return -ENOENT;
	if (len >= sizeof(addr_ret->sun_path))
		return -ENAMETOOLONG;
	memcpy(addr_ret->sun_path, path, len);
	return 0;
}

/*
 * A socket at which nobody listens refuses; one with a full backlog says
 * EAGAIN, because this one does not wait.
 */
static bool is_stale(const struct sockaddr_un *addr)
{
	struct stat st;

	if (lstat(addr->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return false;

	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
				  SOCK_NONBLOCK, 0);

	if (fd < 0)
		return false;
	return connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) &&
	       errno == ECONNREFUSED;
}

int unixsock_listen(const char *path)
{
	struct sockaddr_un addr;
	int err = make_address(path, &addr);

	if (err)
		return err;

	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || fchmod(fd, 0600))
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		if (errno != EADDRINUSE)
			return -errno;
		if (!is_stale(&addr))
			return -EADDRINUSE;
		if (unlink(path) ||
		    bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
			return -errno;
	}
	if (listen(fd, BACKLOG)) {
		err = -errno;
		unlink(path);
		return err;
	}
	return steal_fd(&fd);
}

/* How long a blocking connect waits for room [s], 0: for ever. */
static int set_send_timeout(int fd, time_t seconds)
{
	struct timeval time = { .tv_sec = seconds };

	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

void unixsock_unlink(const struct unixsock_name *name)
{
	struct stat attr;

	if (name->path[0] && !lstat(name->path, &attr) &&
	    attr.st_ino == name->ino)
		unlink(name->path);
}

int unixsock_connect(const char *path)
{
	struct sockaddr_un addr;
	int err = make_address(path, &addr);

	if (err)
		return err;

	autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || set_send_timeout(fd, CONNECT_SECONDS))
		return -errno;
	do {
		err = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) ?
			-errno : 0;
	} while (err == -EINTR);
	if (err)
		return err == -EAGAIN ? -ETIMEDOUT : err;
	if (set_send_timeout(fd, 0))
		return -errno;
	return steal_fd(&fd);
}

int unixsock_check_peer(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return -errno;
	return peer.uid == 0 || peer.uid == geteuid() ? 0 : -EPERM;
}

void unixsock_reader_init(struct unixsock_reader *reader, int fd, size_t limit)
{
	assert(limit < SIZE_MAX);
	*reader = (struct unixsock_reader){ .fd = fd, .limit = limit };
}

void unixsock_reader_deinit(struct unixsock_reader *reader)
{
	free(reader->buf);
	reader->buf = NULL;
	reader->size = 0;
	reader->used = 0;
}

static void drop(struct unixsock_reader *reader, size_t len)
{
	reader->used -= len;
	memmove(reader->buf, reader->buf + len, reader->used);
}

/* Forget the rest of a too long line. Return: is its end behind us? */
static bool skip_line(struct unixsock_reader *reader)
{
	char *end = reader->used ?
		memchr(reader->buf, '\n', reader->used) : NULL;

	drop(reader, end ? (size_t)(end + 1 - reader->buf) : reader->used);
	reader->skipping = !end;
	return end;
}

/* Take a line of @len bytes and its newline out of the buffer. */
static int take_line(struct unixsock_reader *reader, size_t len,
		     char **line_ret)
{
	bool holed = memchr(reader->buf, '\0', len);
	char *line = holed ? NULL : strndup(reader->buf, len);

	if (!holed && !line)
		return -ENOMEM;
	drop(reader, len + 1);
	if (holed)
		return -EILSEQ;
	*line_ret = line;
	return 0;
}

/* Room for one byte more; the limit does not count the newline. */
static int make_room(struct unixsock_reader *reader)
{
	if (reader->used < reader->size)
		return 0;
	if (reader->size > reader->limit) {
		reader->skipping = true;
		reader->used = 0;
		return -EMSGSIZE;
	}

	size_t size = MIN(MAX(2 * reader->size, (size_t)FIRST_SIZE),
			  reader->limit + 1);
	char *buf = realloc(reader->buf, size);

	if (!buf)
		return -ENOMEM;
	reader->buf = buf;
	reader->size = size;
	return 0;
}

/* Until there is something to read. */
static int wait_readable(int fd, uint64_t deadline_ns)
{
	for (;;) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int n = poll(&pfd, 1, clock_left_ms(deadline_ns));

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && clock_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
	}
}

static int receive(struct unixsock_reader *reader, uint64_t deadline_ns)
{
	int err = wait_readable(reader->fd, deadline_ns);

	if (err)
		return err;

	ssize_t n = read(reader->fd, reader->buf + reader->used,
			 reader->size - reader->used);

	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return -EPIPE;
	if (n > 0)
		reader->used += (size_t)n;
	else if (errno != EINTR && errno != EAGAIN)
		return -errno;
	return 0;
}

int unixsock_read_line(struct unixsock_reader *reader, uint64_t deadline_ns,
		       char **line_ret)
{
	size_t scanned = 0;	/* bytes known to hold no newline */
	int err = 0;

	while (!err) {
		if (!reader->skipping || skip_line(reader)) {
			char *end = reader->used > scanned ?
				memchr(reader->buf + scanned, '\n',
				       reader->used - scanned) : NULL;

			if (end)
				return take_line(reader,
						 (size_t)(end - reader->buf),
						 line_ret);
			scanned = reader->used;
		}
		err = make_room(reader);
		if (!err)
			err = receive(reader, deadline_ns);
	}
	return err;
}
