/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What calls come out of events, and which of them were going on in a window. */
#include <linux/io_uring.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "common/compiler.h"
#include "daemon/trace-internal.h"

static struct trace_log kept;
static char listed[512];

static int set_up(UNUSED void **state)
{
	return trace_log_init(&kept);
}

static int tear_down(UNUSED void **state)
{
	trace_log_deinit(&kept);
	return 0;
}

static void add(uint64_t time_ns, enum trace_kind kind, pid_t tid, int number,
		uint64_t value)
{
	struct trace_event event = {
		.time_ns = time_ns, .kind = kind, .tid = tid, .number = number,
		.args = { value },
	};

	trace_log_add(&kept, &event);
}

static bool list_one(const struct call *call, UNUSED void *context)
{
	size_t len = strlen(listed);

	snprintf(listed + len, sizeof(listed) - len, "%d:%d(%d) %d-%d ",
		 (int)call->tid, call->number, (int)call->args[0],
		 (int)call->enter_ns, (int)call->exit_ns);
	return true;
}

/* thread:number(first argument) enter-exit, of each in the window. */
static const char *list(uint64_t from_ns, uint64_t to_ns)
{
	listed[0] = '\0';
	trace_log_each(&kept, from_ns, to_ns, list_one, NULL);
	return listed;
}

static void calls_are_put_together_by_thread(UNUSED void **state)
{
	add(10, TRACE_ENTER, 1, SYS_write, 7);
	add(20, TRACE_ENTER, 2, SYS_write, 8);
	add(30, TRACE_EXIT, 1, SYS_write, 0);
	add(40, TRACE_EXIT, 2, SYS_write, 0);
	assert_string_equal(list(0, 100), "2:1(8) 20-40 1:1(7) 10-30 ");
	assert_string_equal(list(0, 15), "1:1(7) 10-30 ");
	assert_string_equal(list(35, 100), "2:1(8) 20-40 ");
	assert_string_equal(list(41, 100), "");
	assert_string_equal(list(0, 10), "");
}

static void one_that_has_not_ended_is_in_every_later_window(UNUSED void **state)
{
	add(10, TRACE_ENTER, 1, SYS_write, 7);
	assert_string_equal(list(1000, 1001), "1:1(7) 10-0 ");
	assert_string_equal(list(1, 10), "");
	assert_int_equal(trace_log_inside(&kept, 1)->enter_ns, 10);
	assert_null(trace_log_inside(&kept, 2));
}

static void an_end_without_a_beginning_is_kept_as_such(UNUSED void **state)
{
	add(10, TRACE_EXIT, 1, SYS_write, 0);
	add(20, TRACE_ENTER, 2, SYS_write, 7);
	add(30, TRACE_EXIT, 2, SYS_read, 0);
	assert_string_equal(list(0, 100), "2:0(0) 0-30 1:1(0) 0-10 ");
}

static void nothing_is_put_together_across_a_gap(UNUSED void **state)
{
	add(10, TRACE_ENTER, 1, SYS_write, 7);
	add(20, TRACE_ENTER, 2, SYS_write, 8);
	add(21, TRACE_SUBMIT, 2, IORING_OP_WRITE, 99);
	trace_log_forget(&kept, 15);
	assert_true(kept.since_ns == 15);
	add(30, TRACE_EXIT, 1, SYS_write, 0);
	add(31, TRACE_EXIT, 2, SYS_write, 0);
	assert_string_equal(list(0, 100), "2:1(8) 20-31 1:1(0) 0-30 ");
	trace_log_forget(&kept, 14);
	assert_true(kept.since_ns == 15);
}

static void what_is_pushed_out_is_not_known_any_more(UNUSED void **state)
{
	for (int i = 0; i < TRACE_LOG_CALLS; i++) {
		add((uint64_t)(100 + 2 * i), TRACE_ENTER, 1, SYS_write, 7);
		add((uint64_t)(101 + 2 * i), TRACE_EXIT, 1, SYS_write, 0);
	}
	assert_true(kept.since_ns == 0);
	assert_string_equal(list(0, 102), "1:1(7) 100-101 ");
	add(1000000, TRACE_EXIT, 1, SYS_write, 0);
	assert_true(kept.since_ns == 102);
	assert_string_equal(list(0, 102), "1:1(0) 0-1000000 ");
}

static bool is_even(pid_t tid)
{
	return tid % 2 == 0;
}

static void dead_threads_are_in_no_call(UNUSED void **state)
{
	add(10, TRACE_ENTER, 1, SYS_write, 7);
	add(20, TRACE_ENTER, 2, SYS_write, 8);
	add(21, TRACE_SUBMIT, 1, IORING_OP_WRITE, 99);
	trace_log_bury(&kept, is_even, 50);
	assert_string_equal(list(0, 100), "2:1(8) 20-0 1:1(7) 10-50 ");
	assert_string_equal(list(51, 100), "2:1(8) 20-0 ");
}

static void io_uring_is_known_by_its_requests(UNUSED void **state)
{
	json_t *unknown = json_array();

	add(10, TRACE_SUBMIT, 1, IORING_OP_READ, 99);
	add(20, TRACE_SUBMIT, 2, IORING_OP_WRITE, 98);
	assert_false(trace_log_transfers(&kept, 5, 20, unknown));
	assert_int_equal(json_array_size(unknown), 1);
	assert_true(trace_log_transfers(&kept, 5, 21, unknown));
	assert_int_equal(json_array_size(unknown), 3);
	add(30, TRACE_COMPLETE, 1, 0, 98);
	assert_true(trace_log_transfers(&kept, 30, 40, unknown));
	assert_false(trace_log_transfers(&kept, 31, 40, unknown));
	json_array_clear(unknown);
	add(32, TRACE_COMPLETE, 1, 0, 99);
	add(33, TRACE_COMPLETE, 1, 0, 97);
	assert_false(trace_log_transfers(&kept, 33, 40, unknown));
	assert_int_equal(json_array_size(unknown), 0);
	json_decref(unknown);
}

static void a_filter_has_ranges(UNUSED void **state)
{
	const pid_t tids[] = { 12, 13 };
	char *text = trace_instance_filter(tids, ARRAY_SIZE(tids));
	const char *tail = ") && common_pid != 12 && common_pid != 13 && "
			   "comm != \"" CALL_SEARCHER "\"";
	char *end = strstr(text, tail);
	size_t count;
	unsigned int found = 0;

	call_shapes(&count);
	assert_true(text[0] == '(' && end && !strcmp(end, tail));
	/* Each number is in one of its terms, and no other is. */
	for (int number = 0; number < 1000; number++) {
		bool is_in = false;
		bool is_shape = call_shape(number);

		for (char *at = text; at < end; at += strcspn(at, "|") + 2) {
			int first;
			int last;

			at += strspn(at, "( |");
			if (sscanf(at, "id >= %d && id <= %d", &first, &last) != 2) {
				assert_int_equal(sscanf(at, "id == %d", &first), 1);
				last = first;
			}
			is_in |= first <= number && number <= last;
		}
		if (is_in != is_shape)
			fail_msg("call %d: %d", number, is_in);
		found += is_in;
	}
	assert_true(found <= count && found > 10);
	free(text);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(calls_are_put_together_by_thread),
		CASE(one_that_has_not_ended_is_in_every_later_window),
		CASE(an_end_without_a_beginning_is_kept_as_such),
		CASE(nothing_is_put_together_across_a_gap),
		CASE(what_is_pushed_out_is_not_known_any_more),
		CASE(dead_threads_are_in_no_call),
		CASE(io_uring_is_known_by_its_requests),
		CASE(a_filter_has_ranges),
	};

	return cmocka_run_group_tests_name("tracelog", tests, NULL, NULL);
}
