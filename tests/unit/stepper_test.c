/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A test client in a process of its own: answers, deadlines, and its end. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/site.h"
#include "client/stepper-answer.h"
#include "client/stepper.h"
#include "common/clock.h"

static uint64_t in_ms(unsigned int ms)
{
	return clock_deadline_ns(ms * CLOCK_NS_PER_MS);
}

static uint64_t soon(void)
{
	return in_ms(10000);
}

static struct stepper *spawn(void)
{
	struct stepper *stepper = NULL;

	assert_int_equal(stepper_spawn("a", "/tmp", &stepper), 0);
	assert_non_null(stepper);
	return stepper;
}

/* One step that must be understood. */
static struct stepper_result run(struct stepper *stepper, const char *line)
{
	struct stepper_result result;

	assert_int_equal(stepper_do(stepper, soon(), &result, "%s", line), 0);
	return result;
}

static void steps_have_results(void **state UNUSED)
{
	struct stepper *stepper = spawn();
	struct stepper_result result;
	uint64_t before_ns = clock_now_ns();

	result = run(stepper, "anon mem=b len=8192");
	assert_true(result.ok);
	assert_int_equal(result.ret, 0);
	assert_int_equal(result.err, 0);
	assert_string_equal(result.text, "");
	result = run(stepper, "store mem=b len=8192 gen=3");
	assert_int_equal(result.ret, 8192);
	assert_true(result.start_ns > before_ns);
	assert_true(result.end_ns >= result.start_ns);
	assert_true(result.end_ns <= clock_now_ns());
	result = run(stepper, "check mem=b len=16 gen=4");
	assert_int_equal(result.ret, 2);
	assert_string_equal(result.text, "first=6 found=\"file b block 0 "
			    "generation 3 writer store\"");
	result = run(stepper, "open fd=x path=/nowhere/at/all");
	assert_false(result.ok);
	assert_int_equal(result.err, ENOENT);
	assert_int_equal(result.ret, 0);
	/* Its end, not that it was started. */
	result = run(stepper, "store mem=b len=5 gen=4 &");
	assert_int_equal(result.ret, 5);
	assert_int_equal(stepper_do(stepper, soon(), &result, "store %s", "x"),
			 -EINVAL);
	assert_non_null(strstr(result.text, "missing"));
	assert_int_equal(stepper_destroy(stepper, soon()), 0);
}

/* Lines that would not be one step are not sent, so numbers stay right. */
static void only_steps_are_sent(void **state UNUSED)
{
	static const char *const lines[] = {
		"", " ", "# comment", "wait\nwait", "wait\n",
	};
	struct stepper *stepper = spawn();
	struct stepper_result result;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(stepper_do(stepper, in_ms(100), &result, "%s",
					    lines[i]), -EINVAL);
	assert_true(run(stepper, "anon mem=b len=1").ok);
	assert_int_equal(stepper_destroy(stepper, soon()), 0);
}

static void started_steps_end_in_any_order(void **state UNUSED)
{
	struct stepper *stepper = spawn();
	struct stepper_result result;
	unsigned int steps[2];
	pid_t tids[2];

	run(stepper, "pipe fd=p");
	run(stepper, "pipe fd=q");
	for (int i = 0; i < 2; i++)
		assert_int_equal(stepper_start(stepper, soon(), &steps[i],
					       &tids[i], "read fd=%s len=99",
					       i ? "q.r" : "p.r"), 0);
	assert_int_not_equal(tids[0], tids[1]);
	assert_int_not_equal(tids[0], stepper_pid(stepper));
	assert_int_equal(stepper_wait(stepper, steps[0], in_ms(30), &result),
			 -ETIMEDOUT);
	run(stepper, "write fd=q.w len=2 gen=1");
	assert_int_equal(stepper_wait(stepper, steps[0], in_ms(30), &result),
			 -ETIMEDOUT);
	run(stepper, "write fd=p.w len=1 gen=1");
	assert_int_equal(stepper_wait(stepper, steps[0], soon(), &result), 0);
	assert_int_equal(result.ret, 1);
	/* Came long ago, while others were waited for. */
	assert_int_equal(stepper_wait(stepper, steps[1], soon(), &result), 0);
	assert_int_equal(result.ret, 2);
	assert_int_equal(stepper_destroy(stepper, soon()), 0);
}

static void a_bad_step_is_not_started(void **state UNUSED)
{
	struct stepper *stepper = spawn();
	unsigned int step = 0;
	pid_t tid = 0;

	assert_int_equal(stepper_start(stepper, soon(), &step, &tid,
				       "read fd=none len=1"), -EINVAL);
	assert_int_equal(step, 0);
	assert_true(run(stepper, "anon mem=b len=1").ok);
	assert_int_equal(stepper_destroy(stepper, soon()), 0);
}

/* A client that sleeps in its main thread: every call still comes back. */
static void a_sleeping_client_costs_its_deadline(void **state UNUSED)
{
	struct stepper *stepper = spawn();
	struct stepper_result result;
	uint64_t start_ns = clock_now_ns();

	run(stepper, "pipe fd=p");
	assert_int_equal(stepper_do(stepper, in_ms(50), &result,
				    "read fd=p.r len=1"), -ETIMEDOUT);
	assert_int_equal(stepper_do(stepper, in_ms(50), &result,
				    "anon mem=b len=1"), -ETIMEDOUT);
	/* Its input fills up. */
	for (int i = 0; i < 10000; i++)
		assert_int_equal(stepper_do(stepper, 0, &result, "write "
					    "fd=none off=4096 len=4096 gen=1"),
				 -ETIMEDOUT);
	assert_int_equal(stepper_destroy(stepper, soon()), 0);
	assert_true(clock_now_ns() - start_ns < 10 * CLOCK_NS_PER_SEC);
}

static void a_dead_client_is_said(void **state UNUSED)
{
	struct stepper *stepper = spawn();
	struct stepper_result result;

	kill(stepper_pid(stepper), SIGKILL);
	assert_int_equal(stepper_do(stepper, soon(), &result,
				    "anon mem=b len=1"), -EPIPE);
	assert_int_equal(stepper_destroy(stepper, soon()), 0);
}

/* Sent, and nothing is waited for; the next step finds it gone. */
static void a_step_without_an_answer_is_sent(void **state UNUSED)
{
	struct stepper *stepper = spawn();
	struct stepper_result result;

	assert_int_equal(stepper_send(stepper, soon(), "exit status=%d", 3), 0);
	assert_int_equal(stepper_do(stepper, soon(), &result,
				    "anon mem=b len=1"), -EPIPE);
	assert_int_equal(stepper_destroy(stepper, soon()), 0);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	assert_int_equal(waitid(P_PID, (id_t)pid, &info,
				WEXITED | WNOWAIT), 0);
	return info.si_pid == pid;
}

static void a_writer_that_is_gone_is_replaced(void **state UNUSED)
{
	struct site site = { .mountpoint = "/tmp", .writer = spawn() };
	struct stepper_result result;
	pid_t first = stepper_pid(site.writer);

	run(site.writer, "anon mem=b len=1");
	assert_false(stepper_has_ended(site.writer));
	kill(first, SIGKILL);
	assert_true(has_ended(first));
	assert_true(stepper_has_ended(site.writer));
	assert_int_equal(site_respawn_writer(&site), 0);
	assert_int_not_equal(stepper_pid(site.writer), first);
	assert_int_equal(kill(first, 0), -1);
	assert_int_equal(errno, ESRCH);
	/* It has nothing of the other's. */
	assert_int_equal(stepper_do(site.writer, soon(), &result,
				    "munmap mem=b"), -EINVAL);
	/* One that has not ended by itself, and one that cannot come. */
	first = stepper_pid(site.writer);
	site.mountpoint = "/nowhere";
	assert_int_equal(site_respawn_writer(&site), -ENOENT);
	assert_null(site.writer);
	assert_int_equal(kill(first, 0), -1);
}

static void a_client_that_cannot_start_is_said(void **state UNUSED)
{
	struct stepper *stepper = NULL;

	assert_int_equal(stepper_spawn("a", "/nowhere", &stepper), -ENOENT);
	assert_null(stepper);
	/* Nothing is left of it. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(stepper_destroy(NULL, 0), 0);
}

/* Only stdin, stdout and stderr: nothing of the parent's lives on in it. */
static void a_client_keeps_no_descriptors(void **state UNUSED)
{
	unsigned int count = 0;
	struct stepper *stepper;
	struct pollfd reader;
	struct dirent *entry;
	char path[64];
	int fds[2];
	DIR *dir;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], 200), 200);
	stepper = spawn();
	close(fds[1]);
	close(200);
	reader = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	assert_int_equal(poll(&reader, 1, 1000), 1);
	assert_true(reader.revents & POLLHUP);
	snprintf(path, sizeof(path), "/proc/%d/fd", stepper_pid(stepper));
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	assert_int_equal(count, 3);
	close(fds[0]);
	assert_int_equal(stepper_destroy(stepper, soon()), 0);
}

static int open_process(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void a_client_dies_with_its_parent(void **state UNUSED)
{
	struct pollfd client = { .events = POLLIN };
	pid_t parent, pid = -1;
	int pids[2], go[2];

	assert_int_equal(pipe(pids), 0);
	assert_int_equal(pipe(go), 0);
	parent = fork();
	if (parent == 0) {
		struct stepper *stepper = NULL;
		struct stepper_result result;
		char byte;

		/* Asleep: it does not see that its input has ended. */
		if (stepper_spawn("a", "/tmp", &stepper) ||
		    stepper_do(stepper, soon(), &result, "pipe fd=p") ||
		    stepper_do(stepper, in_ms(20), &result,
			       "read fd=p.r len=1") != -ETIMEDOUT)
			_exit(1);
		pid = stepper_pid(stepper);
		if (write(pids[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		_exit(read(go[0], &byte, 1) == 1 ? 0 : 1);
	}
	assert_int_equal(read(pids[0], &pid, sizeof(pid)), sizeof(pid));
	client.fd = open_process(pid);
	assert_true(client.fd >= 0);
	assert_int_equal(poll(&client, 1, 0), 0);
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(poll(&client, 1, 10000), 1);
	close(client.fd);
	for (int i = 0; i < 2; i++) {
		close(pids[i]);
		close(go[i]);
	}
}

static void count_line(const char *name, const char *line, void *arg)
{
	unsigned int *counts = arg;

	assert_string_equal(name, "a");
	counts[line[0] >= '0' && line[0] <= '9']++;
}

static void lines_are_traced(void **state UNUSED)
{
	struct stepper *stepper = spawn();
	unsigned int counts[2] = { 0 };
	unsigned int step;
	struct stepper_result result;
	pid_t tid;

	stepper_trace(stepper, count_line, counts);
	run(stepper, "anon mem=b len=1");
	assert_int_equal(stepper_start(stepper, soon(), &step, &tid,
				       "store mem=b len=1 gen=1"), 0);
	assert_int_equal(stepper_wait(stepper, step, soon(), &result), 0);
	assert_int_equal(counts[0], 2);
	assert_int_equal(counts[1], 3);
	stepper_trace(stepper, NULL, NULL);
	run(stepper, "munmap mem=b");
	assert_int_equal(counts[0], 2);
	assert_int_equal(stepper_destroy(stepper, soon()), 0);
}

static void lines_that_are_no_answers(void **state UNUSED)
{
	static const char *const lines[] = {
		"", "1", "1 open", "x open ok ret=0 us=0 start=0 end=0",
		"1 open ok us=0 start=0 end=0", "1 open ok ret=0 us=0 start=0",
		"1 open ok ret=0 us=0 end=0", "1 open started", "# 1 open",
		"1 open ok ret=x us=0 start=0 end=0", "1 open \"ok",
	};
	struct stepper_answer *answer;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(stepper_answer_parse(lines[i], &answer),
				 -EPROTO);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_have_results),
		cmocka_unit_test(only_steps_are_sent),
		cmocka_unit_test(started_steps_end_in_any_order),
		cmocka_unit_test(a_bad_step_is_not_started),
		cmocka_unit_test(a_sleeping_client_costs_its_deadline),
		cmocka_unit_test(a_dead_client_is_said),
		cmocka_unit_test(a_step_without_an_answer_is_sent),
		cmocka_unit_test(a_writer_that_is_gone_is_replaced),
		cmocka_unit_test(a_client_that_cannot_start_is_said),
		cmocka_unit_test(a_client_keeps_no_descriptors),
		cmocka_unit_test(a_client_dies_with_its_parent),
		cmocka_unit_test(lines_are_traced),
		cmocka_unit_test(lines_that_are_no_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
