/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unix stream sockets that carry lines: a server's listening socket (mode 0600,
 * peer checked), a client's connection, and reading whole lines.
 */
#ifndef PIN_UNIXSOCK_H
#define PIN_UNIXSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

/**
 * unixsock_listen() - bind a socket of mode 0600 and listen
 * @path: at most 107 bytes; a stale socket there is removed
 * Return: descriptor (close-on-exec) or -errno (-ENAMETOOLONG; -EADDRINUSE: a
 * living socket or another file is there).
 */
int unixsock_listen(const char *path) MUST_CHECK;
/* A socket's name in the file system, and which file it was. */
struct unixsock_name {
	char path[108];		/* sun_path; "" for none */
	uint64_t ino;		/* st_ino */
};

/* Remove the name, unless it stands for another socket by now. */
void unixsock_unlink(const struct unixsock_name *name);

/* Return: descriptor (close-on-exec) or -errno; -ETIMEDOUT: 5 s without room. */
int unixsock_connect(const char *path) MUST_CHECK;
/* Return: 0 when the peer is root or our own user, -EPERM otherwise. */
int unixsock_check_peer(int fd) MUST_CHECK;

/* Reader of lines from one connection. */
struct unixsock_reader {
	int fd;
	size_t limit;	/* longest line accepted [bytes] */
	char *buf;	/* grows up to limit */
	size_t size;	/* bytes allocated */
	size_t used;	/* bytes received and not yet returned */
	bool skipping;	/* inside a line that is too long */
};

void unixsock_reader_init(struct unixsock_reader *reader, int fd, size_t limit);
void unixsock_reader_deinit(struct unixsock_reader *reader);	/* not the fd */

/**
 * unixsock_read_line() - the next line without its newline
 * @deadline_ns: CLOCK_MONOTONIC [ns], UINT64_MAX for ever
 * @line_ret:    NUL-terminated, in malloc'ed memory; caller frees
 * Return: 0; -EPIPE the other side closed; -EMSGSIZE the line is longer than
 * the limit (it is skipped); -EILSEQ it holds a NUL byte (skipped);
 * -ETIMEDOUT; -errno.
 */
int unixsock_read_line(struct unixsock_reader *reader, uint64_t deadline_ns,
		       char **line_ret) MUST_CHECK;

#endif
