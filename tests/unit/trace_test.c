/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flight recorder on the kernel that runs: a child makes calls whose times
 * and arguments are known, and the recorder is asked for them.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/tracefs.h"
#include "daemon/trace-internal.h"
#include "daemon/trace.h"

enum { MAX_CALLS = 4096, ODD = 0x1234 };

static struct trace *trace;
static struct call calls[MAX_CALLS];
static bool complete;
static json_t *unknown;
static int ask[2];
static int answer[2];
static pid_t child;

/* Of no mount: its major is not that of anonymous devices. */
static dev_t device(void)
{
	return makedev(4000, (unsigned int)getpid());
}

static bool has_instance(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/instances/" TRACEFS_OWN "%u:%u",
		 tracefs_root(), major(device()), minor(device()));
	return access(path, F_OK) == 0;
}

/* 'w': a write(2) of ODD bytes at ODD; 'q': the end; others: nothing. */
static void be_child(void)
{
	static char bytes[ODD];
	int fd = open("/dev/null", O_RDWR);
	char order;

	while (read(ask[0], &order, 1) == 1) {
		if (order == 'q')
			_exit(0);
		if (order == 'w')
			(void)!pwrite(fd, bytes, ODD, ODD);
		(void)!write(answer[1], "x", 1);
	}
	_exit(1);
}

static void tell(char order)
{
	char byte;

	assert_int_equal(write(ask[1], &order, 1), 1);
	assert_int_equal(read(answer[0], &byte, 1), 1);
}

/* A child: it ends with the test, whose output it has, however that ends. */
static pid_t fork_child(void)
{
	pid_t pid = fork();

	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static int set_up(UNUSED void **state)
{
	unknown = json_array();
	trace = NULL;
	if (!tracefs_root())
		return 0;
	if (pipe(ask) || pipe(answer))
		return -1;
	child = fork_child();
	if (!child)
		be_child();
	return trace_create(CONFIG_TRACE_ON, device(), &trace);
}

static int tear_down(UNUSED void **state)
{
	json_decref(unknown);
	if (!trace)
		return 0;
	trace_destroy(trace);
	if (child > 0) {
		(void)!write(ask[1], "q", 1);
		waitpid(child, NULL, 0);
	}
	for (int i = 0; i < 2; i++) {
		close(ask[i]);
		close(answer[i]);
	}
	return has_instance() ? -1 : 0;
}

static size_t get_calls(uint64_t from_ns, uint64_t to_ns)
{
	if (!trace)
		skip();
	return trace_calls(trace, from_ns, to_ns, calls, MAX_CALLS, &complete,
			   unknown);
}

static const struct call *find_call(size_t count, pid_t tid, int number)
{
	for (size_t i = 0; i < count; i++)
		if (calls[i].tid == tid && calls[i].number == number)
			return &calls[i];
	return NULL;
}

static void a_call_that_has_ended_is_known(UNUSED void **state)
{
	uint64_t from_ns = clock_now_ns();
	const struct call *call;
	uint64_t to_ns;

	if (!trace)
		skip();
	tell('w');
	to_ns = clock_now_ns();
	call = find_call(get_calls(from_ns, to_ns), child, SYS_pwrite64);
	assert_non_null(call);
	assert_true(call->args[2] == ODD && call->args[3] == ODD);
	assert_true(call->enter_ns > from_ns && call->exit_ns < to_ns);
	assert_true(call->enter_ns <= call->exit_ns);
	assert_int_equal(call->result, ODD);
	assert_true(complete);
}

/* Asked for before, between and after: each call is in its own window only. */
static void a_call_of_another_window_is_not(UNUSED void **state)
{
	uint64_t before_ns = clock_now_ns();
	uint64_t after_ns;

	if (!trace)
		skip();
	tell('w');
	after_ns = clock_now_ns();
	tell('w');
	assert_non_null(find_call(get_calls(before_ns, after_ns), child,
				  SYS_pwrite64));
	assert_true(find_call(MAX_CALLS, child, SYS_pwrite64)->exit_ns <
		    after_ns);
	tell(' ');
	assert_null(find_call(get_calls(clock_now_ns() - 1, clock_now_ns()),
			      child, SYS_pwrite64));
}

static void a_call_that_a_thread_is_in_has_no_end(UNUSED void **state)
{
	const struct call *call;
	uint64_t from_ns;

	if (!trace)
		skip();
	tell(' ');
	/* It goes into read(2) within this time, or soon after. */
	do {
		from_ns = clock_now_ns();
		call = find_call(get_calls(from_ns, from_ns + 1), child,
				 SYS_read);
	} while (!call);
	assert_true(!call->exit_ns && call->enter_ns <= from_ns);
	assert_int_equal(call->args[0], ask[0]);
}

static void our_own_calls_are_left_out(UNUSED void **state)
{
	uint64_t from_ns = clock_now_ns();
	size_t count;

	if (!trace)
		skip();
	tell('w');
	count = get_calls(from_ns, clock_now_ns());
	assert_null(find_call(count, getpid(), SYS_write));
	assert_non_null(find_call(count, child, SYS_write));
}

static void a_window_before_it_was_armed_is_not_complete(UNUSED void **state)
{
	if (!trace)
		skip();
	get_calls(1, clock_now_ns());
	assert_false(complete);
	assert_non_null(strstr(json_string_value(json_array_get(unknown, 0)),
			       "the record of calls begins"));
}

/* More than is kept: what is left begins later, and that is said. */
static void a_gap_makes_windows_before_it_incomplete(UNUSED void **state)
{
	uint64_t from_ns = clock_now_ns();
	uint64_t to_ns;

	if (!trace)
		skip();
	tell('w');
	to_ns = clock_now_ns();
	/* The child makes three calls in each round. */
	for (int i = 0; i < TRACE_LOG_CALLS / 3 + 1; i++)
		tell('w');
	get_calls(from_ns, to_ns);
	assert_false(complete);
	from_ns = clock_now_ns();
	tell('w');
	assert_non_null(find_call(get_calls(from_ns, clock_now_ns()), child,
				  SYS_pwrite64));
	assert_true(complete);
}

static void threads_that_have_ended_are_in_no_call(UNUSED void **state)
{
	pid_t tid = child;

	if (!trace)
		skip();
	tell(' ');
	while (!find_call(get_calls(clock_now_ns(), CLOCK_NEVER), tid, SYS_read))
		;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = -1;
	/* The record looks for them once a second. */
	while (find_call(get_calls(clock_now_ns(), CLOCK_NEVER), tid, SYS_read))
		clock_sleep_ns(CLOCK_NS_PER_SEC / 10);
	assert_true(complete);
}

static void what_is_said_of_procfs_is_compared(UNUSED void **state)
{
	json_t *suspects = json_pack("[{s:i}, {s:i}]", "tid", (int)child,
				     "tid", (int)getpid());
	uint64_t before_ns = clock_now_ns();

	if (!trace)
		skip();
	/* The child is in a read(2) that it went into after @before_ns. */
	tell(' ');
	while (!find_call(get_calls(clock_now_ns(), CLOCK_NEVER), child, SYS_read))
		;
	trace_confirm(trace, before_ns, before_ns + 1, suspects);
	assert_true(json_is_false(json_object_get(json_array_get(suspects, 0),
						  "in_window")));
	assert_true((uint64_t)json_integer_value(json_object_get(
		json_array_get(suspects, 0), "enter_ns")) > before_ns);
	/* Nothing is known of this one, so it began before the record did. */
	assert_true(json_is_true(json_object_get(json_array_get(suspects, 1),
						 "in_window")));
	json_decref(suspects);
}

/* Into a pipe that is full. Return: it, once it is in write(2). */
static pid_t start_writer(int pipe_fd[2])
{
	static char bytes[65536];
	char path[64];
	char text[16] = "";
	pid_t pid;

	assert_int_equal(pipe2(pipe_fd, O_NONBLOCK), 0);
	while (write(pipe_fd[1], bytes, sizeof(bytes)) > 0)
		;
	pid = fork_child();
	if (!pid) {
		fcntl(pipe_fd[1], F_SETFL, 0);
		_exit(write(pipe_fd[1], bytes, 1) != 1);
	}
	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	while (strncmp(text, "1 ", 2)) {
		int fd = open(path, O_RDONLY);

		(void)!read(fd, text, sizeof(text));
		close(fd);
	}
	return pid;
}

static void one_that_began_before_the_record_is_known_by_its_end(
	UNUSED void **state)
{
	static char bytes[65536];
	int pipe_fd[2];
	uint64_t from_ns;
	pid_t pid;

	if (!trace)
		skip();
	trace_destroy(trace);
	trace = NULL;
	pid = start_writer(pipe_fd);
	assert_int_equal(trace_create(CONFIG_TRACE_ON, device(), &trace), 0);
	from_ns = clock_now_ns();
	(void)!read(pipe_fd[0], bytes, sizeof(bytes));
	waitpid(pid, NULL, 0);
	assert_null(find_call(get_calls(from_ns, clock_now_ns()), pid,
			      SYS_write));
	assert_false(complete);
	assert_false(trace_confirm(trace, from_ns, clock_now_ns(), NULL));
	/* Nor does it spoil what comes later. */
	while (!trace_confirm(trace, clock_now_ns(), clock_now_ns(), NULL))
		;
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

static void a_finding_arms_it(UNUSED void **state)
{
	struct trace *automatic;

	if (!trace)
		skip();
	trace_destroy(trace);
	trace = NULL;
	assert_int_equal(trace_create(CONFIG_TRACE_AUTO, device(), &automatic),
			 0);
	trace = automatic;
	assert_string_equal(trace_state(trace), "idle");
	assert_false(has_instance());
	get_calls(clock_now_ns(), clock_now_ns());
	assert_false(complete);
	assert_string_equal(trace_state(trace), "armed");
	assert_true(has_instance());
}

static void a_leftover_is_removed(UNUSED void **state)
{
	struct tracefs left;
	char name[64];
	pid_t pid;

	if (!trace)
		skip();
	snprintf(name, sizeof(name), TRACEFS_OWN "left-%d", (int)getpid());
	pid = fork();
	if (!pid)
		_exit(tracefs_create(&left, name) ? 1 : 0);
	waitpid(pid, NULL, 0);
	assert_int_equal(tracefs_create(&left, name), 0);
	assert_int_equal(tracefs_set(&left, "tracing_on", "1"), 0);
	/* It is locked now, and the recorder's as well. */
	tracefs_sweep();
	assert_int_equal(tracefs_set(&left, "tracing_on", "1"), 0);
	assert_true(has_instance());
	close(left.fd);
	assert_true(tracefs_sweep() >= 1);
	assert_int_equal(tracefs_set(&left, "tracing_on", "1"), -ENOENT);
	free(left.path);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(a_call_that_has_ended_is_known),
		CASE(a_call_of_another_window_is_not),
		CASE(a_call_that_a_thread_is_in_has_no_end),
		CASE(our_own_calls_are_left_out),
		CASE(a_window_before_it_was_armed_is_not_complete),
		CASE(a_gap_makes_windows_before_it_incomplete),
		CASE(threads_that_have_ended_are_in_no_call),
		CASE(what_is_said_of_procfs_is_compared),
		CASE(one_that_began_before_the_record_is_known_by_its_end),
		CASE(a_finding_arms_it),
		CASE(a_leftover_is_removed),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
