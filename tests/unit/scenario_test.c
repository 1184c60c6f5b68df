/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios without a mount: the list, names and patterns, telling old bytes
 * from new, where a thread sleeps, and what an event log says about a file.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/eventlog.h"
#include "client/lookout.h"
#include "client/scenario.h"
#include "client/taskstate.h"
#include "common/clock.h"

#include <cmocka.h>	/* last: its macros take common names */

static void the_list(UNUSED void **state)
{
	for (size_t i = 0; i < scenario_count(); i++) {
		const struct scenario *scenario = scenario_at(i);

		assert_ptr_equal(scenario_find(scenario->name), scenario);
		assert_true(scenario->help[0]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(scenario->name,
						scenario_at(j)->name);
		assert_string_not_equal(scenario->name,
					scenario_control()->name);
	}
	assert_ptr_equal(scenario_find("none@writeback"), scenario_control());
}

/* As counts: every one, and more than one but not every one. */
enum { ALL = 1000000, SOME };

static bool counted(size_t count, size_t wanted)
{
	if (wanted == ALL)
		return count == scenario_count();
	if (wanted == SOME)
		return count > 1 && count < scenario_count();
	return count == wanted;
}

static void names_and_patterns(UNUSED void **state)
{
	static const struct {
		const char *pattern;
		size_t count;
		const char *why;
	} rows[] = {
		{ "dio-read@writeback", 1, "a name" },
		{ "dio-read@writeback:pinfs", 1, "with its target" },
		{ "dio-read@*", SOME, "all moments" },
		{ "*@after-writeback", SOME, "all writers" },
		{ "*", ALL, "all" },
		{ "*:pinfs", SOME, "all on this target" },
		{ "*:anon", SOME, "another target: by what has a page for long" },
		{ "*@fork*", SOME, "a fork copies private memory only" },
		{ "*@drop-caches", 1, "what costs the machine, only once" },
		{ "*@drop-caches:dir", 1, "and once elsewhere" },
		{ "*@direct-write:dir", SOME, "what takes any file's pages" },
		{ "*@invalidate:dir", 0, "the daemon has no say elsewhere" },
		{ "*@writeback*:dir", 0, "nor can it hold what is written" },
		{ "*@truncate:stage:*", 0, "stages have their own moments" },
		{ "pwrite@*:dir", 1, "a control" },
		{ "[ps]*-in@writeback", 2, "a set" },
		{ "dio-read", 0, "no moment" },
		{ "none@writeback", 0, "the control run is not listed" },
		{ "Store@writeback", 0, "capitals count" },
		{ "", 0, "nothing" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t count = 0;

		for (size_t s = 0; s < scenario_count(); s++)
			count += scenario_matches(scenario_at(s),
						  rows[i].pattern);
		if (!counted(count, rows[i].count))
			fail_msg("%s: '%s' means %zu", rows[i].why,
				 rows[i].pattern, count);
	}
	assert_null(scenario_find("nonsense"));
}

/* As a step says the digests of @len bytes. */
static const char *digests(const char *bytes, size_t len)
{
	static char list[TRIAL_DIGESTS_SIZE];
	size_t used = 0;

	for (size_t at = 0; at < len; at += DIGEST_BLOCK) {
		char hex[DIGEST_HEX_SIZE];

		digest_hex(digest_block(bytes + at, MIN(len - at,
					(size_t)DIGEST_BLOCK)), hex);
		used += (size_t)snprintf(list + used, sizeof(list) - used,
					 "%s%s", at ? "," : "", hex);
	}
	return list;
}

static void old_and_new_bytes(UNUSED void **state)
{
	struct site site = { .is_live = true };
	struct trial trial, next;

	trial_init(&trial, &site, shape_at(0));
	trial_init(&next, &site, shape_at(0));
	assert_string_not_equal(trial.target, next.target);
	assert_string_not_equal(trial.target, trial.source);
	assert_true(trial.facts.live);
	assert_false(trial.facts.called);
	/* Nobody has said what is new: all that is known is old. */
	assert_int_equal(trial_bytes(&trial, digests(trial.old, 4096)),
			 JUDGE_OLD);
	trial_expect(&trial, trial.source, CONTENT_WRITER_CREATE, 0);
	assert_true(trial.facts.called);
	assert_int_equal(trial_bytes(&trial, digests(trial.old, 4096)),
			 JUDGE_OLD);
	assert_int_equal(trial_bytes(&trial, digests(trial.new, 4096)),
			 JUDGE_NEW);
	assert_int_equal(trial_bytes(&trial, digests(next.old, 4096)),
			 JUDGE_MIXED);
	assert_int_equal(trial_bytes(&trial, ""), JUDGE_UNSEEN);
}

/* Of each shape: the bytes are where it says, and nowhere else. */
static void bytes_of_shapes(UNUSED void **state)
{
	const struct shape *shape;

	for (size_t i = 0; (shape = shape_at(i)); i++) {
		struct site site = { 0 };
		struct trial trial;
		size_t from, changed = 0;

		assert_null(shape_check(shape));
		assert_ptr_equal(shape_find(shape->name), shape);
		trial_init(&trial, &site, shape);
		from = (size_t)(shape_write_at(shape) - trial.base);
		assert_true(from + shape->len <= sizeof(trial.new));
		trial_expect(&trial, trial.source, CONTENT_WRITER_CREATE, 0);
		for (size_t at = 0; at < sizeof(trial.new); at++)
			changed += trial.old[at] != trial.new[at] &&
				   (at < from || at >= from + shape->len);
		assert_int_equal(changed, 0);
		assert_memory_not_equal(trial.old + from, trial.new + from,
					shape->len);
		assert_int_equal(trial_passed_bytes(&trial,
				 digests(trial.old + from, shape->len)),
				 JUDGE_OLD);
		assert_int_equal(trial_passed_bytes(&trial,
				 digests(trial.new + from, shape->len)),
				 JUDGE_NEW);
	}
}

/* Words for each shape, and a name that has room for the longest of them. */
static void shapes_in_words(UNUSED void **state)
{
	static const char *const longest =
		"pages=4,skip=00000,len=16384,segments=00008,place=across-2m";
	struct shape shape = *shape_at(0), tiny;
	struct scenario scenario;

	shape.name = longest;
	assert_null(shape_parse(longest, &shape));
	assert_int_equal(shape_write_pages(&shape), 4);
	for (size_t i = 0; i < scenario_count(); i++)
		if (scenario_reshape(scenario_at(i), &shape, &scenario))
			assert_string_equal(strchr(scenario.name, '+') + 1,
					    longest);
	/* Eight bytes, in two pages: less than a packet has. */
	tiny = *shape_at(0);
	assert_null(shape_parse("pages=2,skip=4092,len=8", &tiny));
	assert_int_equal(shape_write_pages(&tiny), 2);
	assert_true(scenario_reshape(scenario_find("store@writeback"), &tiny,
				     &scenario));
	assert_false(scenario_reshape(scenario_find("xdp-umem@writeback"),
				      &tiny, &scenario));
}

static void shapes_that_cannot_be(UNUSED void **state)
{
	static const struct shape rows[] = {
		{ .pages = 0, .len = 8, .segments = 1 },
		{ .pages = 5, .len = 8, .segments = 1 },
		{ .pages = 1, .len = 0, .segments = 1 },
		{ .pages = 1, .len = 7, .segments = 1 },
		{ .pages = 1, .len = 9, .segments = 9 },
		{ .pages = 1, .len = 4096, .skip = 1, .segments = 1 },
		{ .pages = 1, .len = 8, .skip = UINT32_MAX, .segments = 1 },
		{ .pages = 1, .len = 8, .segments = 1,
		  .place = SHAPE_ACROSS_2M },
		{ .pages = 1, .len = 4096, .segments = 1,
		  .place = SHAPE_AT_END },
		{ .pages = 2, .len = 8192, .segments = 1,
		  .place = SHAPE_BEYOND_END },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!shape_check(&rows[i]))
			fail_msg("row %zu", i);
}

/* Of a mutated trial: nothing that is looked at changes. */
static void bytes_that_go_elsewhere(UNUSED void **state)
{
	struct site site = { .mutation = SITE_ELSEWHERE };
	struct trial trial;

	trial_init(&trial, &site, shape_at(0));
	trial_expect(&trial, trial.source, CONTENT_WRITER_CREATE, 0);
	assert_string_equal(trial.into, "w");
	assert_true(trial.file_at >= trial.base + trial.seen);
	assert_memory_equal(trial.old, trial.new, sizeof(trial.old));
	assert_true(trial.facts.elsewhere);
}

static void words_of_an_answer(UNUSED void **state)
{
	static const struct stepper_result result = {
		.text = "digest=0123456789abcdef flags=DIRTY,LRU short=",
	};
	char value[32];

	assert_true(trial_word(&result, "flags", value, sizeof(value)));
	assert_string_equal(value, "DIRTY,LRU");
	assert_true(trial_word(&result, "digest", value, 5));
	assert_string_equal(value, "0123");	/* cut, and ended */
	assert_true(trial_word(&result, "short", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_false(trial_word(&result, "flag", value, sizeof(value)));
	assert_false(trial_word(&result, "DIRTY", value, sizeof(value)));
}

static void the_first_trouble_is_kept(UNUSED void **state)
{
	struct trial trial = { 0 };

	assert_int_equal(trial_fail(&trial, -EIO, "first %d", 1), -EIO);
	assert_int_equal(trial_fail(&trial, -EPERM, "second"), -EPERM);
	assert_string_equal(trial.trouble, "first 1");
}

/* Looks that were made up: when is a thread stuck? */
static void stuck_threads(UNUSED void **state)
{
	static const struct taskstate page = { 'D', 7, "folio_wait_bit" };
	static const struct taskstate elsewhere = { 'D', 7, "mutex_lock" };
	static const struct taskstate asleep = { 'S', 7, "folio_wait_bit" };
	struct taskstate moving = page;
	struct taskstate_watch watch = { 0 };
	int looks = 0;

	while (!taskstate_stuck(&watch, &page))
		assert_true(++looks < 15);
	assert_true(looks >= 5);	/* less proves nothing on a busy machine */
	watch = (struct taskstate_watch){ 0 };
	for (looks = 0; !taskstate_stuck(&watch, &elsewhere); looks++)
		assert_true(looks < 100);
	assert_true(looks >= 20);	/* an unknown place: more of them */
	watch = (struct taskstate_watch){ 0 };
	for (looks = 0; looks < 100; looks++) {
		assert_false(taskstate_stuck(&watch, &asleep));
		moving.switches++;	/* it has run in between */
		assert_false(taskstate_stuck(&watch, &moving));
	}
}

/* Places in which a thread sleeps for a while, and goes on by itself. */
static void throttled_threads(UNUSED void **state)
{
	static const char *const places[] = {
		"balance_dirty_pages", "balance_dirty_pages_ratelimited_flags",
		"balance_dirty_pages.constprop.0", "reclaim_throttle",
		"throttle_direct_reclaim", "mem_cgroup_handle_over_high",
		"__mem_cgroup_handle_over_high",
		"__alloc_pages_slowpath.constprop.0", "mempool_alloc_noprof",
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct taskstate look = { .state = 'D', .switches = 7 };
		struct taskstate_watch watch = { 0 };

		snprintf(look.place, sizeof(look.place), "%s", places[i]);
		for (int looks = 0; looks < 1000; looks++)
			if (taskstate_stuck(&watch, &look))
				fail_msg("%s: stuck", places[i]);
		/* What it does next counts from there on. */
		snprintf(look.place, sizeof(look.place), "folio_wait_bit");
		assert_false(taskstate_stuck(&watch, &look));
		assert_false(taskstate_stuck(&watch, &look));
	}
}

static void a_process_that_is_dying(UNUSED void **state)
{
	struct lookout *lookout;
	struct taskstate asleep;
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	assert_int_equal(lookout_create(pid, &lookout), 0);
	assert_int_equal(lookout_dying(lookout, &asleep), 0);
	assert_int_equal(taskstate_dying(pid, &asleep), 0);
	/* Stopped: a signal that waits, and is no SIGKILL, is not its end. */
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WSTOPPED), 0);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(taskstate_dying(pid, &asleep), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(taskstate_dying(pid, &asleep), 1);
	assert_int_equal(asleep.state, 0);
	assert_int_equal(lookout_dying(lookout, &asleep), 1);
	assert_int_equal(asleep.state, 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(taskstate_dying(pid, &asleep), -ESRCH);
	assert_int_equal(lookout_dying(lookout, &asleep), -ESRCH);
	lookout_destroy(lookout);
}

/* A call that sleeps where any signal wakes it: it only has not ended. */
static void a_call_that_is_not_stuck(UNUSED void **state)
{
	struct site site = { .step_ns = 10 * CLOCK_NS_PER_SEC };
	struct stepper_result result;
	struct trial trial;

	assert_int_equal(stepper_spawn("writer", "/tmp", &site.writer), 0);
	trial_init(&trial, &site, shape_at(0));
	assert_int_equal(trial_step(&trial, site.writer, NULL, "pipe fd=p"), 0);
	assert_int_equal(trial_start_call(&trial, "read fd=p.r len=99"), 0);
	site.step_ns = 100 * CLOCK_NS_PER_MS;
	assert_int_equal(trial_watch_call(&trial), 0);
	assert_false(trial.call.ended);
	assert_false(trial.facts.stuck);
	assert_int_equal(trial.call.state, 'S');

	site.step_ns = 10 * CLOCK_NS_PER_SEC;
	assert_int_equal(trial_try(&trial, site.writer, &result,
				   "write fd=p.w len=2 gen=1"), 0);
	assert_int_equal(trial_finish_call(&trial), 0);
	assert_true(trial.call.ended);
	assert_int_equal(trial.call.result.ret, 2);
	assert_int_equal(stepper_destroy(site.writer, clock_deadline_ns(
					 10 * CLOCK_NS_PER_SEC)), 0);
}

/* The parent of vfork(2) sleeps in D state until its child execs or exits. */
#ifndef HAVE_TSAN	/* there vfork() is a fork(): nobody sleeps in it */
static void a_real_thread(UNUSED void **state)
{
	uint64_t end_ns = clock_deadline_ns(10 * CLOCK_NS_PER_SEC);
	struct taskstate_watch watch = { 0 };
	struct taskstate look;
	int pipe_fd[2];
	pid_t pid;

	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		close(pipe_fd[1]);
		if (vfork() == 0)
			_exit(read(pipe_fd[0], &byte, 1) < 0);
		_exit(0);
	}
	close(pipe_fd[0]);
	do {
		assert_true(clock_now_ns() < end_ns);
		clock_sleep_ns(CLOCK_NS_PER_MS);
		assert_int_equal(taskstate_look(pid, pid, &look), 0);
	} while (!taskstate_stuck(&watch, &look));
	assert_int_equal(look.state, 'D');
	close(pipe_fd[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(taskstate_look(pid, pid, &look), -ESRCH);
}
#endif

static void append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

#define UNSTABLE(path, block, arrival) \
	"{\"event\":\"unstable\",\"path\":\"" path "\",\"block\":" #block \
	",\"arrival\":\"" arrival "\",\"recheck\":\"bb\",\"cause\":\"pin\"}\n"

static void events_since_the_mark(UNUSED void **state)
{
	char path[] = "/tmp/scenario_test.XXXXXX";
	struct eventlog_unstable found;
	struct eventlog *log;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	append(path, UNSTABLE("/t", 0, "00"));
	assert_int_equal(eventlog_open(path, &log), 0);
	assert_int_equal(eventlog_mark(log), 0);
	assert_int_equal(eventlog_unstable(log, "/t", 0, 1, &found), 0);
	assert_int_equal(found.count, 0);	/* that one was before */
	append(path, UNSTABLE("/u", 0, "11") UNSTABLE("/t", 1, "22")
	       "{\"event\":\"mark\",\"path\":\"/t\",\"block\":0}\n"
	       "not JSON\n"
	       UNSTABLE("/t", 0, "33") UNSTABLE("/t", 0, "44")
	       "{\"event\":\"unstable\",\"path\":\"/t\",\"blo");
	assert_int_equal(eventlog_unstable(log, "/t", 0, 1, &found), 0);
	assert_int_equal(found.count, 2);	/* half a line is none */
	assert_string_equal(found.arrival, "33");
	assert_string_equal(found.recheck, "bb");
	assert_string_equal(found.cause, "pin");
	assert_int_equal(eventlog_unstable(log, "/t", 0, 2, &found), 0);
	assert_int_equal(found.count, 3);
	assert_int_equal(found.block, 1);
	eventlog_close(log);
	unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list),
		cmocka_unit_test(names_and_patterns),
		cmocka_unit_test(old_and_new_bytes),
		cmocka_unit_test(bytes_of_shapes),
		cmocka_unit_test(shapes_in_words),
		cmocka_unit_test(shapes_that_cannot_be),
		cmocka_unit_test(bytes_that_go_elsewhere),
		cmocka_unit_test(words_of_an_answer),
		cmocka_unit_test(the_first_trouble_is_kept),
		cmocka_unit_test(stuck_threads),
		cmocka_unit_test(throttled_threads),
		cmocka_unit_test(a_process_that_is_dying),
		cmocka_unit_test(a_call_that_is_not_stuck),
#ifndef HAVE_TSAN
		cmocka_unit_test(a_real_thread),
#endif
		cmocka_unit_test(events_since_the_mark),
	};

	return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
