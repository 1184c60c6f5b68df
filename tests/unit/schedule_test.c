/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of schedules: what becomes of a good one, where and why a bad one
 * is refused, and that no bytes do more than that.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pinfs/control.h>

#include "client/schedule.h"
#include "common/random.h"

static struct schedule *parse_good(const char *text)
{
	struct schedule *schedule = NULL;
	struct schedule_error error;

	if (schedule_parse(text, strlen(text), &schedule, &error))
		fail_msg("'%s': line %u: %s", text, error.line, error.message);
	return schedule;
}

static void a_step_is_passed_on_as_it_is(void **state UNUSED)
{
	struct schedule *schedule = parse_good(
		"# a comment\n"
		"\n"
		"  a: open fd=f path=\"a # => & b\" mode=r\t # one\r\n"
		"other_2:read fd=f len=4k");
	const struct schedule_line *line = schedule->lines;

	assert_int_equal(schedule->nlines, 2);
	assert_int_equal(schedule->nclients, 2);
	assert_string_equal(schedule->clients[0], "a");
	assert_string_equal(schedule->clients[1], "other_2");
	assert_int_equal(line->kind, SCHEDULE_STEP);
	assert_int_equal(line->number, 3);
	assert_string_equal(line->text,
			    "open fd=f path=\"a # => & b\" mode=r");
	assert_string_equal(line->source,
			    "a: open fd=f path=\"a # => & b\" mode=r");
	assert_int_equal(line->wants.count + (size_t)line->wants.err, 0);
	assert_int_equal(line[1].number, 4);
	assert_int_equal(line[1].client, 1);
	assert_string_equal(line[1].text, "read fd=f len=4k");
	schedule_destroy(schedule);
}

static void started_steps_are_found_by_their_labels(void **state UNUSED)
{
	struct schedule *schedule = parse_good(
		"a: fsync fd=f & as one\n"
		"b: fsync fd=f &\n"
		"b: fsync fd=f & as two => EIO us>=10 us<=1k\n"
		"order two one\n"
		"join\n"
		"blocked one\n");
	const struct schedule_line *line = schedule->lines;
	const struct schedule_wants *wants = &line[2].wants;

	assert_int_equal(schedule->njobs, 3);
	assert_string_equal(schedule->jobs[2].label, "two");
	assert_null(schedule->jobs[1].label);
	assert_int_equal(schedule->jobs[2].line, 2);
	assert_int_equal(line[2].kind, SCHEDULE_START);
	assert_int_equal(line[2].jobs[0], 2);
	assert_string_equal(line[2].text, "fsync fd=f");
	assert_int_equal(wants->err, EIO);
	assert_int_equal(wants->count, 2);
	assert_string_equal(wants->list[0].key, "us");
	assert_int_equal(wants->list[0].relation, SCHEDULE_AT_LEAST);
	assert_string_equal(wants->list[0].value, "10");
	assert_int_equal(wants->list[1].relation, SCHEDULE_AT_MOST);
	assert_int_equal(line[3].kind, SCHEDULE_ORDER);
	assert_int_equal(line[3].njobs, 2);
	assert_int_equal(line[3].jobs[0], 2);
	assert_int_equal(line[3].jobs[1], 0);
	assert_int_equal(line[4].kind, SCHEDULE_JOIN);
	assert_int_equal(line[4].njobs, 0);
	assert_int_equal(line[5].kind, SCHEDULE_BLOCKED);
	schedule_destroy(schedule);
}

static void gates_go_with_the_connection(void **state UNUSED)
{
	static const struct {
		const char *line;
		const char *request;
		bool makes_gate;
	} rows[] = {
		{ "hold op=write", "hold op=write scope=connection", true },
		{ "hold op=write scope=connection # c",
		  "hold op=write scope=connection", true },
		{ "hold op=write scope=mount", "hold op=write scope=mount",
		  false },
		{ "hold op=write path=\"/scope=mount\" => id=3",
		  "hold op=write path=\"/scope=mount\" scope=connection",
		  true },
		{ "release id=3 n=1", "release id=3 n=1", false },
		{ "mark text=\"a => b\"", "mark text=\"a => b\"", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct schedule *schedule = parse_good(rows[i].line);

		assert_int_equal(schedule->lines[0].kind, SCHEDULE_VERB);
		assert_string_equal(schedule->lines[0].text, rows[i].request);
		assert_int_equal(schedule->lines[0].makes_gate,
				 rows[i].makes_gate);
		schedule_destroy(schedule);
	}
}

static void events_are_counted(void **state UNUSED)
{
	static const struct {
		const char *line;
		enum schedule_relation relation;
		uint64_t events;
		uint64_t within_ns;
		size_t wants;
	} rows[] = {
		{ "expect event=mark", SCHEDULE_AT_LEAST, 1, 0, 0 },
		{ "expect event=mark count=0 text=x", SCHEDULE_EQUAL, 0, 0, 1 },
		{ "expect count>=2 event=unstable path=/t block=0 within=1ms",
		  SCHEDULE_AT_LEAST, 2, 1000000, 2 },
		{ "expect count<=2 event=unstable t_ns>=5",
		  SCHEDULE_AT_MOST, 2, 0, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct schedule *schedule = parse_good(rows[i].line);
		const struct schedule_line *line = schedule->lines;

		assert_int_equal(line->kind, SCHEDULE_EXPECT);
		assert_int_equal(line->relation, rows[i].relation);
		assert_int_equal(line->events, rows[i].events);
		assert_int_equal(line->within_ns, rows[i].within_ns);
		assert_int_equal(line->wants.count, rows[i].wants);
		schedule_destroy(schedule);
	}
}

/* Messages are those that people see: line, and what it says. */
static void what_is_wrong_is_said_with_its_line(void **state UNUSED)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *message;	/* a part of it */
	} rows[] = {
		{ "a: fsync fd=f\n\n# c\na: fsink fd=f", 4,
		  "'fsink' is not a step" },
		{ "hold op=write\nholt op=write", 2, "'holt' is neither" },
		{ "a:", 1, "a step is missing" },
		{ "a: & as x", 1, "a step is missing" },
		{ ": fsync fd=f", 1, "name of a client" },
		{ "1a: fsync fd=f", 1, "'1a' cannot be the name" },
		{ "a b: fsync fd=f", 1, "'a' is neither" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: fsync fd=f", 1,
		  "31 at most" },
		{ "a: fsync", 1, "fsync needs fd=" },
		{ "a: check off=0 len=1 gen=1", 1, "check needs mem=|fd=" },
		{ "a: fsync fd", 1, "'fd' is not a word of fsync" },
		{ "a: fsync fd=f len=3", 1, "'len=' is not a word of fsync" },
		{ "a: fsync fd=f fd=g", 1, "'fd' comes twice" },
		{ "a: open fd=f path=t direct=1", 1, "'direct=' is not" },
		{ "a: fsync fd=f && as x", 1, "'&&' is not a word" },
		{ "a: fsync fd=f \"&\"", 1, "'&' is not a word" },
		{ "a: fsync fd=f & x", 1, "behind '&' stands nothing" },
		{ "a: fsync fd=f & as", 1, "behind '&' stands nothing" },
		{ "a: fsync fd=f & as x y", 1, "behind '&' stands nothing" },
		{ "a: fsync fd=f & as x=1", 1, "name of a step" },
		{ "a: fsync fd=f & as x\nb: fsync fd=f & as x", 2,
		  "'x' is a step already" },
		{ "hold", 1, "hold needs op=" },
		{ "hold op=write when=now", 1, "'when=' is not a word of hold" },
		{ "hold op=write &", 1, "'&' is not a word of hold" },
		{ "mark text=\"x", 1, "unbalanced quotes" },
		{ "mark text=x\001", 1, "control character" },
		{ "list =x", 1, "an empty key" },
		{ "list => ", 1, "nothing stands behind" },
		{ "=> ok", 1, "nothing stands before '=>'" },
		{ "list => ok => ok", 1, "an empty key" },
		{ "list => ENOSUCH", 1, "'ENOSUCH' is not ok, any or" },
		{ "list => ok any", 1, "'any' is one outcome too many" },
		{ "list => held>=few", 1, "'few' in 'held>=few' is not a" },
		{ "list => >=3", 1, "nothing stands before '>='" },
		{ "join x", 1, "was started as 'x'" },
		{ "join x\na: fsync fd=f & as x", 1, "was started as 'x'" },
		{ "a: fsync fd=f & as x\norder x", 2, "2 started steps" },
		{ "a: fsync fd=f & as x\norder x x", 2, "'x' comes twice" },
		{ "blocked", 1, "1 started step at least" },
		{ "join => ok", 1, "'=>' is for steps and control verbs" },
		{ "expect", 1, "expect needs event=" },
		{ "expect event=nothing", 1, "'nothing' is not an event" },
		{ "expect event=mark event=lost", 1, "'event' comes twice" },
		{ "expect event=mark paths=/t", 1, "'paths' is not a key" },
		{ "expect event=mark count=many", 1, "'many' in" },
		{ "expect event=mark within=soon", 1, "not a duration" },
		{ "expect event=mark count=0 within=1s", 1, "within= waits" },
		{ "expect mark", 1, "'mark' is not a word of expect" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct schedule *schedule = NULL;
		struct schedule_error error = { 0 };
		int err = schedule_parse(rows[i].text, strlen(rows[i].text),
					 &schedule, &error);

		if (err != -EINVAL || schedule ||
		    error.line != rows[i].line ||
		    !strstr(error.message, rows[i].message))
			fail_msg("'%s': %d, line %u: %s", rows[i].text, err,
				 error.line, error.message);
	}
}

/* @count times @line, then @last: how is it read, and which line is wrong? */
static int parse_many(size_t count, const char *line, const char *last,
		      unsigned int *line_ret)
{
	size_t line_len = strlen(line), len = count * line_len + strlen(last);
	char *text = malloc(len + 1);
	struct schedule *schedule = NULL;
	struct schedule_error error = { 0 };
	int err;

	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		memcpy(text + i * line_len, line, line_len + 1);
	strcpy(text + count * line_len, last);
	err = schedule_parse(text, len, &schedule, &error);
	*line_ret = error.line;
	schedule_destroy(schedule);
	free(text);
	return err;
}

static void limits_are_those_that_are_documented(void **state UNUSED)
{
	char line[PINFS_CONTROL_REQUEST_MAX + 3];
	char clients[SCHEDULE_CLIENTS_MAX * 24 + 24];
	struct schedule *schedule = NULL;
	struct schedule_error error;
	unsigned int number;
	size_t len = 0;

	assert_int_equal(parse_many(10000, "list\n", "", &number), 0);
	assert_int_equal(parse_many(10000, "list\n", "list", &number), -EINVAL);
	assert_int_equal(number, 10001);

	memset(line, '#', sizeof(line));
	line[4096] = '\0';
	assert_int_equal(parse_many(1, "list\n", line, &number), 0);
	line[4096] = '#';
	line[4097] = '\0';
	assert_int_equal(parse_many(1, "list\n", line, &number), -EINVAL);
	assert_int_equal(number, 2);
	/* As it is written it is short enough; with its scope it is not. */
	snprintf(line, sizeof(line), "hold op=write path=/%0*d", 4066, 0);
	assert_int_equal(parse_many(0, "", line, &number), -EINVAL);

	for (int i = 0; i < SCHEDULE_CLIENTS_MAX; i++)
		len += (size_t)sprintf(clients + len, "c%d: fsync fd=f\n", i);
	schedule_destroy(parse_good(clients));
	sprintf(clients + len, "more: fsync fd=f\n");
	assert_int_equal(schedule_parse(clients, strlen(clients), &schedule,
					&error), -EINVAL);
	assert_int_equal(error.line, SCHEDULE_CLIENTS_MAX + 1);
	assert_string_equal(error.message, "more than 64 clients");

	assert_int_equal(schedule_parse("list\nli\0st\n", 11, &schedule,
					&error), -EINVAL);
	assert_int_equal(error.line, 2);
	assert_string_equal(error.message, "the line holds a NUL byte");
}

static void values_are_compared(void **state UNUSED)
{
	static const struct {
		const char *wanted;
		enum schedule_relation relation;
		const char *value;
		bool as_wanted;
	} rows[] = {
		{ "4096", SCHEDULE_EQUAL, "4096", true },
		{ "4k", SCHEDULE_EQUAL, "4096", true },
		{ "4096", SCHEDULE_EQUAL, "4097", false },
		{ "-1", SCHEDULE_EQUAL, "-1", true },
		{ "/t", SCHEDULE_EQUAL, "/t", true },
		{ "/t", SCHEDULE_EQUAL, "/t2", false },
		{ "0", SCHEDULE_EQUAL, NULL, false },
		{ "0", SCHEDULE_AT_LEAST, NULL, false },
		{ "3", SCHEDULE_AT_LEAST, "3", true },
		{ "3", SCHEDULE_AT_LEAST, "2", false },
		{ "3", SCHEDULE_AT_LEAST, "few", false },
		{ "3", SCHEDULE_AT_LEAST, "18446744073709551615", true },
		{ "3", SCHEDULE_AT_MOST, "3", true },
		{ "3", SCHEDULE_AT_MOST, "4", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char wanted[16];
		struct schedule_want want = {
			.value = wanted, .relation = rows[i].relation,
		};

		snprintf(wanted, sizeof(wanted), "%s", rows[i].wanted);
		if (schedule_compare(&want, rows[i].value) !=
		    rows[i].as_wanted)
			fail_msg("row %zu: %s", i, rows[i].wanted);
	}
}

/* ------------------------------------------------------------------ any bytes */

/* The same texts on every machine. */
static uint64_t random_state = 0x9e3779b97f4a7c15;

static size_t below(size_t bound)
{
	return (size_t)random_below(&random_state, bound);
}

static size_t random_bytes(char *text)
{
	size_t len = below(300);

	for (size_t i = 0; i < len; i++)
		text[i] = (char)below(256);
	return len;
}

static size_t random_words(char *text)
{
	static const char *const words[] = {
		"a:", "b:", "c:", "fsync", "fd=f", "read", "len=4k", "&", "as",
		"x", "y", "=>", "ok", "any", "EIO", "ret=1", "us>=1", "us<=4k",
		"hold", "op=write", "release", "list", "id=1", "join", "order",
		"blocked", "expect", "event=mark", "count=0", "text=\"a b\"",
		"#", "\"", "=", ">=", "", "within=1s", "wait", "held=1",
	};
	size_t nwords = below(60);
	size_t len = 0;

	for (size_t i = 0; i < nwords; i++)
		len += (size_t)sprintf(text + len, "%s%s",
				       words[below(ARRAY_SIZE(words))],
				       below(6) ? " " : "\n");
	return len;
}

static size_t random_change(char *text)
{
	static const char good[] =
		"a: create fd=f path=t size=8k => ret=8k\n"
		"hold op=write path=/t count=1 => id>=1\n"
		"a: fdatasync fd=f & as one => ok\n"
		"wait held=1 timeout=5s # one\n"
		"blocked one\nrelease n=1 => released=1\n"
		"b: read fd=f len=4 & as two => EIO\n"
		"order one two\njoin\n"
		"expect event=unstable path=/t count=0\n";
	static const char others[] = "abc=&\"\\#: \n>\x80\t";
	size_t len = sizeof(good) - 1;
	size_t nchanges = below(4);

	memcpy(text, good, len);
	for (size_t i = 0; i < nchanges; i++)
		text[below(len)] = others[below(sizeof(others))];
	return len;
}

static void any_bytes_are_read_or_refused(void **state UNUSED)
{
	static size_t (*const makers[])(char *text) = {
		random_bytes, random_words, random_change,
	};
	size_t read = 0, refused = 0;

	for (int i = 0; i < 30000; i++) {
		char text[2048];
		size_t len = makers[i % ARRAY_SIZE(makers)](text);
		/* Behind an exact copy a sanitizer sees each byte too far. */
		char *copy = malloc(len ? len : 1);
		struct schedule *schedule = NULL;
		struct schedule_error error = { 0 };
		int err;

		assert_non_null(copy);
		memcpy(copy, text, len);
		err = schedule_parse(copy, len, &schedule, &error);
		if (err) {
			assert_int_equal(err, -EINVAL);
			assert_null(schedule);
			assert_true(error.line > 0 && *error.message);
			refused++;
		} else {
			assert_non_null(schedule);
			read++;
		}
		schedule_destroy(schedule);
		free(copy);
	}
	/* Neither all nor nothing. */
	assert_true(read > 1000 && refused > 10000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_passed_on_as_it_is),
		cmocka_unit_test(started_steps_are_found_by_their_labels),
		cmocka_unit_test(gates_go_with_the_connection),
		cmocka_unit_test(events_are_counted),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(limits_are_those_that_are_documented),
		cmocka_unit_test(values_are_compared),
		cmocka_unit_test(any_bytes_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
