/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole reads and writes against pipes, which move data in pieces, files, and
 * descriptors that fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"

enum {
	LONG = 300000,		/* several times what a pipe holds */
	PIPE_SIZE = 4096,
	FILE_LIMIT = 1 << 20,	/* of fdio_read_file() */
};

static unsigned char *make_pattern(size_t len)
{
	unsigned char *data = malloc(len);

	assert_non_null(data);
	for (size_t i = 0; i < len; i++)
		data[i] = (unsigned char)(i * 31 + i / 4096);
	return data;
}

static void make_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE) >= PIPE_SIZE);
}

/* A file that has no name any more. */
static int make_file(void)
{
	char path[] = "/tmp/pinfs-fdio-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static void ignore_signal(int signal UNUSED)
{
}

/* Signals that interrupt system calls (no SA_RESTART) every millisecond. */
static void start_interrupting(void)
{
	struct sigaction action = { .sa_handler = ignore_signal };
	struct itimerval every = { { 0, 1000 }, { 0, 1000 } };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void stop_interrupting(void)
{
	struct itimerval never = { 0 };

	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
}

/* A child that writes or reads @data in odd pieces, with pauses. */
static pid_t start_peer(const int ends[2], const unsigned char *data,
			size_t len, bool writes)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0) {
		close(ends[writes ? 1 : 0]);
		return pid;
	}
	close(ends[writes ? 0 : 1]);
	for (size_t done = 0, piece = 1; done < len; piece = piece * 3 % 7919) {
		unsigned char buf[8000];
		size_t want = MIN(piece, len - done);
		ssize_t n = writes ? write(ends[1], data + done, want) :
				     read(ends[0], buf, want);

		if (n <= 0 || (!writes && memcmp(buf, data + done, (size_t)n)))
			_exit(1);
		done += (size_t)n;
		if (piece % 5 == 0)
			clock_sleep_ns(CLOCK_NS_PER_MS);
	}
	_exit(0);
}

static void assert_peer_content(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void read_in_pieces(void **state UNUSED)
{
	unsigned char *data = make_pattern(LONG);
	unsigned char *got = malloc(LONG + 1);
	int ends[2];

	assert_non_null(got);
	make_pipe(ends);

	pid_t pid = start_peer(ends, data, LONG, true);

	start_interrupting();

	ssize_t first = fdio_read(ends[0], got, LONG - 10);
	/* Asks for one byte more than there will be. */
	ssize_t second = fdio_read(ends[0], got + LONG - 10, 11);
	ssize_t at_end = fdio_read(ends[0], got, 1);

	stop_interrupting();
	assert_int_equal(first, LONG - 10);
	assert_int_equal(second, 10);
	assert_int_equal(at_end, 0);
	assert_memory_equal(got, data, LONG);
	assert_peer_content(pid);
	close(ends[0]);
	free(got);
	free(data);
}

static void write_in_pieces(void **state UNUSED)
{
	unsigned char *data = make_pattern(LONG);
	int ends[2];

	make_pipe(ends);

	pid_t pid = start_peer(ends, data, LONG, false);

	start_interrupting();

	int err = fdio_write(ends[1], data, LONG);

	stop_interrupting();
	assert_int_equal(err, 0);
	assert_peer_content(pid);
	close(ends[1]);
	free(data);
}

static void at_an_offset(void **state UNUSED)
{
	static const struct {
		off_t off;
		size_t len;
		ssize_t expected;
	} rows[] = {
		{ 0, 100, 100 },		/* holes are zeros: see below */
		{ 5000, 1000, 1000 },		/* all of the data */
		{ 5500, 1000, 500 },		/* across the end */
		{ 6000, 10, 0 },		/* at the end */
		{ 99999, 10, 0 },		/* behind it */
		{ 5000, 0, 0 },			/* nothing asked for */
		{ -1, 10, -EINVAL },		/* no such offset */
	};
	unsigned char *data = make_pattern(1000);
	autoclose int fd = make_file();

	assert_int_equal(fdio_pwrite(fd, data, 1000, 5000), 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned char got[1000];
		ssize_t n = fdio_pread(fd, got, rows[i].len, rows[i].off);

		assert_int_equal(n, rows[i].expected);
		for (ssize_t at = 0; at < n; at++) {
			off_t in_data = rows[i].off + at - 5000;

			assert_int_equal(got[at],
					 in_data < 0 ? 0 : data[in_data]);
		}
	}
	free(data);
}

static void failures_are_passed_on(void **state UNUSED)
{
	autoclose int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	autoclose int full = open("/dev/full", O_RDWR | O_CLOEXEC);
	char buf[16] = "";
	int ends[2];

	assert_int_equal(fdio_read(-1, buf, 1), -EBADF);
	assert_int_equal(fdio_pread(-1, buf, 1, 0), -EBADF);
	assert_int_equal(fdio_write(-1, buf, 1), -EBADF);
	assert_int_equal(fdio_pwrite(-1, buf, 1, 0), -EBADF);
	assert_int_equal(fdio_write(file, buf, 1), -EBADF);
	assert_int_equal(fdio_write(full, buf, 1), -ENOSPC);
	assert_int_equal(fdio_pwrite(full, buf, 1, 0), -ENOSPC);
	/* Nothing to do is done, whatever the descriptor. */
	assert_int_equal(fdio_read(-1, buf, 0), 0);
	assert_int_equal(fdio_write(-1, buf, 0), 0);

	make_pipe(ends);
	assert_int_equal(fdio_pread(ends[0], buf, 1, 0), -ESPIPE);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(fdio_read(ends[0], buf, 1), -EAGAIN);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(fdio_write(ends[1], buf, 1), -EPIPE);
	signal(SIGPIPE, SIG_DFL);
	close(ends[1]);
}

static void small_files_as_strings(void **state UNUSED)
{
	static const struct {
		const char *content;
		const char *expected;
	} rows[] = {
		{ "", "" },		/* empty */
		{ "1", "1" },		/* no newline */
		{ "1\n", "1" },		/* the usual one */
		{ "1\n\n", "1\n" },	/* only one is taken off */
		{ "\n", "" },		/* nothing but it */
		{ "a\nb\n", "a\nb" },	/* only the last one */
	};
	char path[] = "/tmp/pinfs-fdio-XXXXXX";
	autoclose int fd = mkostemp(path, O_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *str;

		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(fdio_pwrite(fd, rows[i].content,
					     strlen(rows[i].content), 0), 0);
		assert_int_equal(fdio_read_file(path, &str), 0);
		assert_string_equal(str, rows[i].expected);
		free(str);
	}
	unlink(path);
}

static void sizes_of_small_files(void **state UNUSED)
{
	/* Around the first buffer's end, and the largest that is taken. */
	static const struct {
		size_t size;
		int err;
	} rows[] = {
		{ 4094, 0 }, { 4095, 0 }, { 4096, 0 }, { 8191, 0 },
		{ FILE_LIMIT - 1, 0 }, { FILE_LIMIT, 0 },
		{ FILE_LIMIT + 1, -EFBIG }, { 3 * FILE_LIMIT, -EFBIG },
	};
	char path[] = "/tmp/pinfs-fdio-XXXXXX";
	autoclose int fd = mkostemp(path, O_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *data = malloc(rows[i].size);
		char *str = NULL;

		assert_non_null(data);
		memset(data, 'x', rows[i].size);
		assert_int_equal(fdio_pwrite(fd, data, rows[i].size, 0), 0);
		assert_int_equal(fdio_read_file(path, &str), rows[i].err);
		assert_int_equal(str ? strlen(str) : 0,
				 rows[i].err ? 0 : rows[i].size);
		free(str);
		free(data);
	}
	unlink(path);
}

static void files_of_the_kernel(void **state UNUSED)
{
	char *str = NULL;
	char comm[32];

	/* procfs gives 0 as the size of its files. */
	assert_int_equal(fdio_write_file("/proc/self/comm", "fdio"), 0);
	assert_int_equal(fdio_read_file("/proc/self/comm", &str), 0);
	snprintf(comm, sizeof(comm), "%s", str);
	free(str);
	assert_string_equal(comm, "fdio");

	assert_int_equal(fdio_read_file("/nonexistent", &str), -ENOENT);
	assert_int_equal(fdio_read_file("/proc", &str), -EISDIR);
	assert_int_equal(fdio_write_file("/nonexistent", "1"), -ENOENT);
	assert_int_equal(fdio_write_file("/dev/full", "1"), -ENOSPC);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* In a child, because the descriptors of cmocka and sanitizers are closed. */
static int close_and_look(int first, int keep)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		bool right = true;

		for (int fd = 10; fd < 30; fd++)
			dup2(0, fd);
		fdio_close_from(first, keep);
		for (int fd = 10; fd < 30; fd++)
			right &= is_open(fd) == (fd < first || fd == keep);
		_exit(right ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void closing_in_bulk(void **state UNUSED)
{
	static const struct {
		int first, keep;
	} rows[] = {
		{ 10, -1 },	/* all */
		{ 15, -1 },	/* the upper ones */
		{ 15, 20 },	/* but one */
		{ 15, 15 },	/* the first of them is kept */
		{ 15, 29 },	/* the last of them is kept */
		{ 15, 12 },	/* kept anyway */
		{ 30, -1 },	/* none */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(close_and_look(rows[i].first, rows[i].keep),
				 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_in_pieces),
		cmocka_unit_test(write_in_pieces),
		cmocka_unit_test(at_an_offset),
		cmocka_unit_test(failures_are_passed_on),
		cmocka_unit_test(small_files_as_strings),
		cmocka_unit_test(sizes_of_small_files),
		cmocka_unit_test(files_of_the_kernel),
		cmocka_unit_test(closing_in_bulk),
	};

	return cmocka_run_group_tests_name("fdio", tests, NULL, NULL);
}
