/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that mean scenarios: names, patterns and sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/choice.h"
#include "client/cmd.h"
#include "client/scenario.h"
#include "client/selection.h"

#include <cmocka.h>	/* last: its macros take common names */

enum { WORDS = 3 };

static const struct scenario_moment moment = { .part.name = "when" };
static const struct scenario_moment bad_moment = { .part.name = "when",
						   .dangerous = true };
static const struct scenario_target target = { .part.name = "where" };
static const struct scenario_writer control = { .part.name = "control",
						.pin_case = "control" };
static const struct scenario_writer pin = { .part.name = "pin",
					    .pin_case = "1",
					    .pins = 1 };
static const struct scenario_writer danger = { .part.name = "danger",
					       .pin_case = "no pin" };

static bool has(const struct scenario_writer *writer, const char *word)
{
	struct scenario scenario = { .writer = writer, .moment = &moment,
				     .target = &target,
				     .shape = shape_at(0) };
	char *words[] = { (char *)word };

	snprintf(scenario.name, sizeof(scenario.name), "%s@when",
		 writer->part.name);
	if (writer == &danger)
		scenario.moment = &bad_moment;
	return selection_has(&scenario, words, word ? 1 : 0);
}

static void what_words_mean(UNUSED void **state)
{
	static const struct {
		const char *word;	/* NULL: none */
		bool control, pin, danger;
	} rows[] = {
		{ "@all", true, true, true },
		{ "@default", true, true, false },
		{ NULL, true, true, false },
		{ "@controls", true, false, false },
		{ "@pins", false, true, false },
		{ "@dangerous", false, false, true },
		{ "danger@*", false, false, true },
		{ "pin@when:where", false, true, false },
		{ "*", true, true, true },
		{ "@*", false, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (has(&control, rows[i].word) != rows[i].control ||
		    has(&pin, rows[i].word) != rows[i].pin ||
		    has(&danger, rows[i].word) != rows[i].danger)
			fail_msg("%s", rows[i].word ? rows[i].word : "none");
}

/* Of other filesystems: what stands for the rest. */
static void what_is_only_for_a_directory(UNUSED void **state)
{
	static const struct {
		const char *name;
		bool without;
	} rows[] = {
		{ "store@after-writeback:dir", true },
		{ "dio-read@after-writeback:dir", true },
		{ "aio-read@after-writeback:dir", false },
		{ "dio-read@truncate:dir", false },
		{ "dio-read@truncate", true },
		{ "dio-read@fork:anon", true },
	};
	char *words[] = { (char *)"*:dir" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct scenario *scenario = scenario_find(rows[i].name);
		bool dir = strstr(rows[i].name, ":dir");

		assert_non_null(scenario);
		if (selection_has(scenario, NULL, 0) != rows[i].without ||
		    selection_has(scenario, words, 1) != dir)
			fail_msg("%s", rows[i].name);
	}
}

static void what_is_refused(UNUSED void **state)
{
	static const struct {
		char *words[WORDS];
		int status;
	} rows[] = {
		{ { (char *)"@pins", (char *)"store@*" }, CMD_OK },
		{ { (char *)"store@writeback", (char *)"@pin" }, CMD_USAGE },
		{ { (char *)"@" }, CMD_USAGE },
		{ { (char *)"@*" }, CMD_USAGE },
		{ { (char *)"nothing@*" }, CMD_USAGE },
		{ { NULL }, CMD_OK },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t count = 0;

		while (count < WORDS && rows[i].words[count])
			count++;
		if (selection_check(rows[i].words, count) != rows[i].status)
			fail_msg("row %zu", i);
	}
}

static void what_needs_to_be_asked_for(UNUSED void **state)
{
	static const struct {
		const char *word;
		bool any, only;
	} rows[] = {
		{ "@default", false, false },
		{ "@all", true, false },
		{ "@dangerous", true, true },
		{ "dio-read@*", true, false },
		{ "dio-read@last-writer-gone", true, true },
		{ "dio-read@last-writer-gone:pinfs", true, true },
		{ "dio-read@last-*", true, true },
		{ "*@*+beyond", true, false },
		{ "dio-read@last-writer-gone+end", true, true },
		{ "dio-read@writeback", false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *words[] = { (char *)"@default", (char *)rows[i].word };
		const char *only = selection_only_dangerous(words, 2);

		assert_int_equal(selection_check(words, 2), CMD_OK);
		if (selection_any_dangerous(words, 2) != rows[i].any ||
		    only != (rows[i].only ? rows[i].word : NULL))
			fail_msg("%s", rows[i].word);
	}
	assert_false(selection_any_dangerous(NULL, 0));
}

static size_t count_dangerous(const struct choice_rule *rule)
{
	struct choice choice;
	size_t n = 0;

	assert_int_equal(choice_make(rule, &choice), 0);
	assert_true(choice.count > 0 || !rule->dangerous);
	for (size_t i = 0; i < choice.count; i++)
		n += scenario_dangerous(&choice.scenarios[i]);
	choice_destroy(&choice);
	return n;
}

static void what_is_left_out(UNUSED void **state)
{
	static const char *const words[] = {
		"@all", "@dangerous", "*", "*@last-writer-gone",
		"dio-read@last-writer-gone+end",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char *word = (char *)words[i];
		struct choice_rule rule = { .words = &word, .word_count = 1 };

		assert_int_equal(count_dangerous(&rule), 0);
		rule.dangerous = true;
		assert_true(count_dangerous(&rule) > 0);
		rule.matrix = true;
		rule.dangerous = false;
		assert_int_equal(count_dangerous(&rule), 0);
	}
	assert_int_equal(count_dangerous(&(struct choice_rule){
		.dangerous = true }), 0);
}

/* Each set in the table can be found by its name. */
static void the_sets(UNUSED void **state)
{
	const struct selection_set *set;
	size_t i = 0;

	for (; (set = selection_set_at(i)); i++) {
		char *words[] = { (char *)set->name };

		assert_int_equal(*set->name, '@');
		assert_int_equal(selection_check(words, 1), CMD_OK);
	}
	assert_true(i > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_words_mean),
		cmocka_unit_test(what_is_only_for_a_directory),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(what_needs_to_be_asked_for),
		cmocka_unit_test(what_is_left_out),
		cmocka_unit_test(the_sets),
	};

	return cmocka_run_group_tests_name("selection", tests, NULL, NULL);
}
