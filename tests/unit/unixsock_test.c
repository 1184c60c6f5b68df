/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listening, connecting and reading lines, also from peers that misbehave. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/unixsock.h"

enum {
	LIMIT = 10,		/* of the readers below, unless they say else */
	LONG_LIMIT = 100000,
	NOBODY = 65534,
};

static char dir[] = "/tmp/pinfs-unixsock-XXXXXX";
static char path[sizeof(dir) + 16];

static int make_dir(void **state UNUSED)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/0:57.sock", dir);
	return 0;
}

static int remove_dir(void **state UNUSED)
{
	unlink(path);
	return rmdir(dir);
}

static uint64_t soon(void)
{
	return clock_deadline_ns(20 * CLOCK_NS_PER_MS);
}

static uint64_t surely(void)
{
	return clock_deadline_ns(20 * CLOCK_NS_PER_SEC);
}

/* A path of @len bytes that leads to the socket's directory. */
static void make_long_path(char *buf, size_t len)
{
	size_t used = (size_t)sprintf(buf, "%s/", dir);

	memset(buf + used, 'x', len - used);
	buf[len] = '\0';
}

static void listen_and_connect(void **state UNUSED)
{
	autoclose int server = unixsock_listen(path);
	struct stat st;

	assert_true(server >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0600);
	assert_int_equal(fcntl(server, F_GETFD), FD_CLOEXEC);

	autoclose int client = unixsock_connect(path);

	assert_true(client >= 0);
	assert_int_equal(fcntl(client, F_GETFD), FD_CLOEXEC);

	autoclose int peer = accept(server, NULL, NULL);

	assert_int_equal(unixsock_check_peer(peer), 0);
	assert_int_equal(unixsock_check_peer(client), 0);
	assert_int_equal(fdio_write(client, "x", 1), 0);
	unlink(path);
}

static void only_ones_own_name_is_removed(void **state UNUSED)
{
	autoclose int server = unixsock_listen(path);
	struct unixsock_name name = { .path = "" };
	struct stat st;

	assert_true(server >= 0);
	unixsock_unlink(&name);
	snprintf(name.path, sizeof(name.path), "%s", path);
	assert_int_equal(stat(path, &st), 0);
	name.ino = st.st_ino + 1;
	unixsock_unlink(&name);
	assert_int_equal(access(path, F_OK), 0);
	name.ino = st.st_ino;
	unixsock_unlink(&name);
	assert_int_equal(access(path, F_OK), -1);
	unixsock_unlink(&name);
}

static void umask_does_not_matter(void **state UNUSED)
{
	mode_t old = umask(0);
	autoclose int server = unixsock_listen(path);
	struct stat st;

	umask(old);
	assert_true(server >= 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	unlink(path);
}

static void stale_sockets_are_replaced(void **state UNUSED)
{
	int dead = unixsock_listen(path);

	assert_true(dead >= 0);
	close(dead);
	assert_int_equal(unixsock_connect(path), -ECONNREFUSED);

	autoclose int server = unixsock_listen(path);

	assert_true(server >= 0);
	/* And one that somebody listens at is left alone. */
	assert_int_equal(unixsock_listen(path), -EADDRINUSE);

	autoclose int client = unixsock_connect(path);

	assert_true(client >= 0);
	unlink(path);
}

/* A server too busy to accept is no stale socket. */
static void busy_servers_are_not_replaced(void **state UNUSED)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	autoclose int server = unixsock_listen(path);
	int clients[100];
	size_t count = 0;
	int err = 0;

	assert_true(server >= 0);
	strcpy(addr.sun_path, path);
	while (!err && count < ARRAY_SIZE(clients)) {
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

		if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
			err = errno;
		clients[count++] = fd;
	}
	assert_int_equal(err, EAGAIN);
	assert_int_equal(unixsock_listen(path), -EADDRINUSE);
	while (count > 0)
		close(clients[--count]);
	unlink(path);
}

static void files_are_not_replaced(void **state UNUSED)
{
	autoclose int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(unixsock_listen(path), -EADDRINUSE);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void paths_that_do_not_work(void **state UNUSED)
{
	char longest[200];

	assert_int_equal(unixsock_connect(path), -ENOENT);
	assert_int_equal(unixsock_connect(""), -ENOENT);
	assert_int_equal(unixsock_listen(""), -ENOENT);
	assert_int_equal(unixsock_listen("/nonexistent/x"), -ENOENT);

	make_long_path(longest, 108);
	assert_int_equal(unixsock_listen(longest), -ENAMETOOLONG);
	assert_int_equal(unixsock_connect(longest), -ENAMETOOLONG);
	make_long_path(longest, 107);

	autoclose int server = unixsock_listen(longest);

	assert_true(server >= 0);
	assert_int_equal(unlink(longest), 0);
}

/* The credentials of a socket pair are those of its making. */
static void other_users_are_refused(void **state UNUSED)
{
	static const struct {
		uid_t peer, own;
		int expected;
	} rows[] = {
		{ 0, 0, 0 },			/* root to root */
		{ 0, NOBODY, 0 },		/* root may always */
		{ NOBODY, NOBODY, 0 },		/* one's own daemon */
		{ NOBODY, 0, -EPERM },		/* anybody to root */
		{ NOBODY, NOBODY - 1, -EPERM },	/* one user to another */
	};

	if (geteuid() != 0) {
		print_message("only root can be several users\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int ends[2];

		assert_int_equal(seteuid(rows[i].peer), 0);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(seteuid(rows[i].own), 0);

		int err = unixsock_check_peer(ends[0]);

		assert_int_equal(seteuid(0), 0);
		assert_int_equal(err, rows[i].expected);
		close(ends[0]);
		close(ends[1]);
	}
	assert_int_equal(unixsock_check_peer(-1), -EBADF);
}

/* What a peer sends, as C string literals of known length. */
struct message {
	const char *bytes;
	size_t len;
};

#define MESSAGE(text) { text, sizeof(text) - 1 }

struct answer {
	int err;
	const char *line;
};

#define MAX_ANSWERS 6

/* The last answer of each row is that of a peer that closed. */
static const struct {
	const char *why;
	struct message sent;
	struct answer answers[MAX_ANSWERS];
} peers[] = {
	{ "nothing", MESSAGE(""), { { -EPIPE, NULL } } },
	{ "a line", MESSAGE("list\n"),
	  { { 0, "list" }, { -EPIPE, NULL } } },
	{ "an empty line", MESSAGE("\n"),
	  { { 0, "" }, { -EPIPE, NULL } } },
	{ "several in one piece", MESSAGE("a\nb\n\nc\n"),
	  { { 0, "a" }, { 0, "b" }, { 0, "" }, { 0, "c" },
	    { -EPIPE, NULL } } },
	{ "a line without its end is none", MESSAGE("a\nb"),
	  { { 0, "a" }, { -EPIPE, NULL } } },
	{ "carriage returns are the parser's", MESSAGE("a\r\n"),
	  { { 0, "a\r" }, { -EPIPE, NULL } } },
	{ "as long as the limit", MESSAGE("0123456789\nb\n"),
	  { { 0, "0123456789" }, { 0, "b" }, { -EPIPE, NULL } } },
	{ "one byte longer", MESSAGE("0123456789X\nb\n"),
	  { { -EMSGSIZE, NULL }, { 0, "b" }, { -EPIPE, NULL } } },
	{ "much longer, then too long again, then good",
	  MESSAGE("0123456789012345678901234567890123456789\n"
		  "01234567890123456789\nb\n"),
	  { { -EMSGSIZE, NULL }, { -EMSGSIZE, NULL }, { 0, "b" },
	    { -EPIPE, NULL } } },
	{ "too long and never ending",
	  MESSAGE("01234567890123456789012345678901234567890"),
	  { { -EMSGSIZE, NULL }, { -EPIPE, NULL } } },
	{ "a NUL byte", MESSAGE("a\0b\nc\n"),
	  { { -EILSEQ, NULL }, { 0, "c" }, { -EPIPE, NULL } } },
	{ "a NUL byte at the start and the end",
	  MESSAGE("\0a\nb\0\nc\n"),
	  { { -EILSEQ, NULL }, { -EILSEQ, NULL }, { 0, "c" },
	    { -EPIPE, NULL } } },
	{ "a NUL byte in a line that is too long",
	  MESSAGE("01234\0""56789ABCDEF\nc\n"),
	  { { -EMSGSIZE, NULL }, { 0, "c" }, { -EPIPE, NULL } } },
};

/* A peer that sends in pieces of that many bytes and closes. */
static pid_t start_peer(const int ends[2], const struct message *sent,
			size_t piece)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0) {
		close(ends[1]);
		return pid;
	}
	close(ends[0]);
	for (size_t at = 0; at < sent->len; at += piece)
		if (fdio_write(ends[1], sent->bytes + at,
			       MIN(piece, sent->len - at)))
			_exit(1);
	_exit(0);
}

static void check_answers(struct unixsock_reader *reader, const char *why,
			  const struct answer *answer)
{
	for (;; answer++) {
		autofree char *line = NULL;
		int err = unixsock_read_line(reader, surely(), &line);

		if (err != answer->err || !line != !answer->line ||
		    (line && strcmp(line, answer->line) != 0))
			fail_msg("%s: %d '%s'", why, err, line ? line : "");
		if (err == -EPIPE)
			return;
	}
}

static void lines_of_a_peer(void **state UNUSED)
{
	/* All at once, and byte by byte with a reader that waits for each. */
	for (size_t i = 0; i < 2 * ARRAY_SIZE(peers); i++) {
		const struct message *sent = &peers[i / 2].sent;
		struct unixsock_reader reader;
		int ends[2];
		int status;

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);

		pid_t pid = start_peer(ends, sent, i % 2 ? 1 : sent->len + 1);

		unixsock_reader_init(&reader, ends[0], LIMIT);
		check_answers(&reader, peers[i / 2].why, peers[i / 2].answers);
		unixsock_reader_deinit(&reader);
		close(ends[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

static void long_lines_within_the_limit(void **state UNUSED)
{
	char *sent = malloc(3 * (LONG_LIMIT + 1));
	struct unixsock_reader reader;
	int ends[2];

	assert_non_null(sent);
	memset(sent, 'x', 3 * (LONG_LIMIT + 1));
	for (int i = 1; i <= 3; i++)
		sent[i * (LONG_LIMIT + 1) - 1] = '\n';
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);

	const struct message three = { sent, 3 * (LONG_LIMIT + 1) };
	pid_t pid = start_peer(ends, &three, LONG_LIMIT + 1);

	unixsock_reader_init(&reader, ends[0], LONG_LIMIT);
	for (int i = 0; i < 3; i++) {
		autofree char *line = NULL;

		assert_int_equal(unixsock_read_line(&reader, surely(), &line),
				 0);
		assert_int_equal(strlen(line), LONG_LIMIT);
		assert_memory_equal(line, sent, LONG_LIMIT);
	}
	unixsock_reader_deinit(&reader);
	close(ends[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	free(sent);
}

static void deadlines(void **state UNUSED)
{
	struct unixsock_reader reader;
	autofree char *line = NULL;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	unixsock_reader_init(&reader, ends[0], LIMIT);

	/* Silence. It must not end early either. */
	uint64_t deadline_ns = soon();

	assert_int_equal(unixsock_read_line(&reader, deadline_ns, &line),
			 -ETIMEDOUT);
	assert_true(clock_now_ns() >= deadline_ns);
	/* Long past. */
	assert_int_equal(unixsock_read_line(&reader, 0, &line), -ETIMEDOUT);

	/* Half a line: what came before the deadline is not lost. */
	assert_int_equal(fdio_write(ends[1], "hal", 3), 0);
	assert_int_equal(unixsock_read_line(&reader, soon(), &line),
			 -ETIMEDOUT);
	assert_int_equal(fdio_write(ends[1], "f\nb\n", 4), 0);
	assert_int_equal(unixsock_read_line(&reader, CLOCK_NEVER, &line), 0);
	assert_string_equal(line, "half");
	free(steal_ptr(line));

	/* What has been received is given out, whatever the time. */
	assert_int_equal(unixsock_read_line(&reader, 0, &line), 0);
	assert_string_equal(line, "b");
	free(steal_ptr(line));

	/* In the middle of a line that is too long. */
	assert_int_equal(fdio_write(ends[1], "0123456789ABCDEF", 16), 0);
	assert_int_equal(unixsock_read_line(&reader, surely(), &line),
			 -EMSGSIZE);
	assert_int_equal(unixsock_read_line(&reader, soon(), &line),
			 -ETIMEDOUT);
	assert_int_equal(fdio_write(ends[1], "GHI\nc\n", 6), 0);
	assert_int_equal(unixsock_read_line(&reader, surely(), &line), 0);
	assert_string_equal(line, "c");

	unixsock_reader_deinit(&reader);
	close(ends[0]);
	close(ends[1]);
}

/* A peer that closes without reading what it was sent: ECONNRESET. */
static void peer_that_does_not_read(void **state UNUSED)
{
	struct unixsock_reader reader;
	char *line = NULL;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(fdio_write(ends[0], "unread", 6), 0);
	close(ends[1]);
	unixsock_reader_init(&reader, ends[0], LIMIT);
	assert_int_equal(unixsock_read_line(&reader, surely(), &line), -EPIPE);
	assert_null(line);
	unixsock_reader_deinit(&reader);
	close(ends[0]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(listen_and_connect),
		cmocka_unit_test(only_ones_own_name_is_removed),
		cmocka_unit_test(umask_does_not_matter),
		cmocka_unit_test(stale_sockets_are_replaced),
		cmocka_unit_test(busy_servers_are_not_replaced),
		cmocka_unit_test(files_are_not_replaced),
		cmocka_unit_test(paths_that_do_not_work),
		cmocka_unit_test(other_users_are_refused),
		cmocka_unit_test(lines_of_a_peer),
		cmocka_unit_test(long_lines_within_the_limit),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(peer_that_does_not_read),
	};

	return cmocka_run_group_tests_name("unixsock", tests, make_dir,
					   remove_dir);
}
