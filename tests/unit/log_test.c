/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a message looks like on stderr (a socket here that keeps the borders
 * of writes) and in syslog, and how a limiter counts.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/log.h"

enum {
	LINE_MAX_BYTES = 2048,
	THREADS = 4,
	CALLS = 20000,		/* of each thread */
	BURST = 1000,
};

/*
 * The time of the limiter. Defined here, it takes the place of the archive's
 * clock, of which log.c uses nothing else.
 */
static uint64_t now_ns = 1000 * CLOCK_NS_PER_SEC;

uint64_t clock_now_ns(void)
{
	return now_ns;
}

struct capture {
	int ends[2];
	int stderr_fd;		/* the real one */
};

static void capture_begin(struct capture *capture)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
				    SOCK_NONBLOCK, 0, capture->ends), 0);
	capture->stderr_fd = dup(STDERR_FILENO);
	assert_true(capture->stderr_fd >= 0);
	assert_true(dup2(capture->ends[0], STDERR_FILENO) >= 0);
}

static void capture_end(struct capture *capture)
{
	dup2(capture->stderr_fd, STDERR_FILENO);
	close(capture->stderr_fd);
	close(capture->ends[0]);
	close(capture->ends[1]);
}

/* What one write(2) brought, "" when there was none. */
static void captured(struct capture *capture, char *buf, size_t size)
{
	ssize_t n = recv(capture->ends[1], buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
}

static void one_line_each(void **state UNUSED)
{
	static const struct {
		const char *program;
		bool debug;
		const char *text;
		const char *line;	/* the same for each level */
		const char *why;
	} rows[] = {
		{ "pinfs", true, "it's /t", "pinfs: it's /t\n", "plain" },
		{ NULL, true, "x", "x\n", "before log_setup()" },
		{ "pinfs", true, "", "pinfs: \n", "empty" },
		{ "pinfs", true, "a\nb\n", "pinfs: a?b?\n",
		  "a newline would begin another line" },
		{ "pinfs", true, "\033[2J\r\t\177", "pinfs: ?[2J???\n",
		  "nothing for the terminal" },
		{ "pinfs", true, "100%s %n", "pinfs: 100%s %n\n",
		  "an argument is not a format" },
		{ "pinfs", true, "\303\244", "pinfs: \303\244\n", "UTF-8" },
		{ "pinfs", false, "x", "pinfs: x\n", "without debugging" },
	};
	struct capture capture;

	capture_begin(&capture);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[5][100];

		log_setup(rows[i].program, LOG_SINK_STDERR, rows[i].debug);
		log_err("%s", rows[i].text);
		log_warn("%s", rows[i].text);
		log_info("%s", rows[i].text);
		log_debug("%s", rows[i].text);
		for (size_t n = 0; n < ARRAY_SIZE(got); n++) {
			/* Four lines, or three, and no more. */
			bool there = n < 3 || (n == 3 && rows[i].debug);

			captured(&capture, got[n], sizeof(got[n]));
			if (strcmp(got[n], there ? rows[i].line : "") != 0)
				fail_msg("%s: line %zu is '%s'", rows[i].why,
					 n, got[n]);
		}
	}
	capture_end(&capture);
}

static void long_messages_are_cut(void **state UNUSED)
{
	/* Around the length at which the line is full. */
	static const size_t lengths[] = { 2000, 2039, 2040, 2041, 5000 };
	struct capture capture;
	char got[2 * LINE_MAX_BYTES];

	log_setup("pinfs", LOG_SINK_STDERR, false);
	capture_begin(&capture);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t expected = strlen("pinfs: ") + lengths[i] + 1;

		log_err("%*s", (int)lengths[i], "x");
		captured(&capture, got, sizeof(got));
		assert_int_equal(strlen(got), MIN(expected, LINE_MAX_BYTES));
		assert_int_equal(got[strlen(got) - 1], '\n');
	}
	capture_end(&capture);
}

static void errno_survives(void **state UNUSED)
{
	struct capture capture;
	char got[100];
	int kept;

	log_setup("pinfs", LOG_SINK_STDERR, true);
	capture_begin(&capture);
	errno = ENOSPC;
	log_err("cannot write: %m");
	kept = errno;
	captured(&capture, got, sizeof(got));
	assert_int_equal(kept, ENOSPC);
	assert_string_equal(got, "pinfs: cannot write: "
			    "No space left on device\n");

	/* Also when the line cannot be written at all. */
	close(STDERR_FILENO);
	errno = ENOSPC;
	log_debug("lost");
	kept = errno;
	capture_end(&capture);
	assert_int_equal(kept, ENOSPC);
}

/* In a child with its own /dev: 0 when syslog got what it should. */
static int check_syslog(void)
{
	static const struct sockaddr_un addr = { AF_UNIX, "/dev/log" };
	static const char *const expected[] = {
		"<27>", "<28>", "<30>", "<31>",	/* daemon.err, .warning, ... */
	};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/dev", "tmpfs", 0, NULL) ||
	    bind(fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return 1;
	log_setup("pinfs", LOG_SINK_SYSLOG, true);
	close(STDERR_FILENO);	/* nothing may go there: see the test */
	errno = ENOSPC;
	log_err("a\n%m");
	log_warn("a\n%m");
	log_info("a\n%m");
	log_debug("a\n%m");
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		char got[200];
		ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

		if (n < 0)
			return 2;
		got[n] = '\0';
		if (strncmp(got, expected[i], 4) != 0 ||
		    !strstr(got, "pinfs[") ||
		    !strstr(got, "]: a?No space left on device"))
			return 3;
	}
	return 0;
}

static void syslog_gets_levels(void **state UNUSED)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(unshare(CLONE_NEWNS) ? 77 : check_syslog());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("only root can have a /dev of its own\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void limiter_counts(void **state UNUSED)
{
	/* In this order, all with one limiter of 3 messages in 5 seconds. */
	static const struct {
		uint64_t later_ns;	/* the time goes on by this before */
		bool allowed;
		unsigned int dropped;	/* told */
		const char *why;
	} rows[] = {
		{ 0, true, 0, "the first" },
		{ 1, true, 0, "the second" },
		{ 1, true, 0, "the third" },
		{ 1, false, 0, "one too many" },
		{ 4999999996, false, 0, "the last moment of the interval" },
		{ 1, true, 2, "a new interval: tells what was missing" },
		{ 0, true, 0, "but only once" },
		{ 0, true, 0, "the third again" },
		{ 0, false, 0, "and one too many again" },
		{ 50000000000, true, 1, "ten intervals later" },
		{ 0, true, 0, "they do not add up" },
		{ 0, true, 0, "to more than three" },
		{ 0, false, 0, "at once" },
	};
	struct log_limit limit = LOG_LIMIT(5, 3);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int dropped = 99;

		now_ns += rows[i].later_ns;

		bool allowed = log_allowed(&limit, &dropped);

		if (allowed != rows[i].allowed ||
		    dropped != (allowed ? rows[i].dropped : 99))
			fail_msg("%s: %d, %u", rows[i].why, allowed, dropped);
	}
}

/* Another thread has looked at the clock later and begun an interval. */
static void limiter_begun_in_the_future(void **state UNUSED)
{
	struct log_limit limit = LOG_LIMIT(5, 1);
	unsigned int dropped;

	limit.start_ns = now_ns + 1;
	assert_true(log_allowed(&limit, &dropped));
	assert_false(log_allowed(&limit, &dropped));
	assert_int_equal(limit.start_ns, now_ns + 1);
}

static void limiter_that_allows_nothing(void **state UNUSED)
{
	struct log_limit limit = LOG_LIMIT(5, 0);
	unsigned int dropped;

	assert_false(log_allowed(&limit, &dropped));
	assert_int_equal(limit.dropped, 1);
}

struct storm {
	struct log_limit limit;
	unsigned int allowed, told;	/* atomic */
};

static void *be_noisy(void *arg)
{
	struct storm *storm = arg;

	for (int i = 0; i < CALLS; i++) {
		unsigned int dropped;

		if (!log_allowed(&storm->limit, &dropped))
			continue;
		__atomic_fetch_add(&storm->allowed, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&storm->told, dropped, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void limiter_with_threads(void **state UNUSED)
{
	struct storm storm = { .limit = LOG_LIMIT(5, BURST) };
	pthread_t threads[THREADS];
	unsigned int dropped;

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, be_noisy,
						&storm), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(storm.allowed, BURST);

	/* None is forgotten: told while they ran, or by the next message. */
	now_ns += storm.limit.interval_ns;
	assert_true(log_allowed(&storm.limit, &dropped));
	assert_int_equal(storm.allowed + storm.told + dropped,
			 THREADS * CALLS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_each),
		cmocka_unit_test(long_messages_are_cut),
		cmocka_unit_test(errno_survives),
		cmocka_unit_test(syslog_gets_levels),
		cmocka_unit_test(limiter_counts),
		cmocka_unit_test(limiter_begun_in_the_future),
		cmocka_unit_test(limiter_that_allows_nothing),
		cmocka_unit_test(limiter_with_threads),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
