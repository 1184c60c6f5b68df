/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of a scenario: what is counted, compared, said, and returned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/exitscheme.h"
#include "client/pinleak.h"
#include "client/result.h"

#include <cmocka.h>	/* last: its macros take common names */

#define SET(verdict) VERDICT_BIT(VERDICT_##verdict)

static const struct known_row known_unstable = { .verdict = VERDICT_UNSTABLE };
static const struct known_row known_blocked = { .verdict = VERDICT_BLOCKED };

struct row {
	unsigned int sets[4];		/* of the runs; 0 ends them */
	const struct known_row *known;
	enum result_outcome plain;	/* without --strict */
	enum result_outcome strict;
	const char *text;
	const char *why;
};

static const struct row rows[] = {
	{ { SET(BLOCKED) }, &known_blocked, RESULT_AS_KNOWN, RESULT_AS_KNOWN,
	  "BLOCKED", "as known, and good" },
	{ { SET(UNSTABLE) }, &known_unstable, RESULT_AS_KNOWN,
	  RESULT_NOT_ACCEPTED, "UNSTABLE", "as known, and bad" },
	{ { SET(UNSTABLE) }, &known_blocked, RESULT_DEVIATES, RESULT_DEVIATES,
	  "UNSTABLE", "worse than known" },
	{ { SET(BLOCKED) }, &known_unstable, RESULT_DEVIATES, RESULT_DEVIATES,
	  "BLOCKED", "better than known" },
	{ { SET(UNSTABLE), SET(UNSTABLE), SET(UNSTABLE) }, &known_unstable,
	  RESULT_AS_KNOWN, RESULT_NOT_ACCEPTED, "3 UNSTABLE", "three times" },
	{ { SET(UNSTABLE), SET(BLOCKED), SET(UNSTABLE) }, &known_unstable,
	  RESULT_DEVIATES, RESULT_DEVIATES, "2 UNSTABLE, 1 BLOCKED",
	  "one of three differs" },
	{ { SET(STABLE) }, NULL, RESULT_NOT_KNOWN, RESULT_NOT_KNOWN, "STABLE",
	  "nothing is known" },
	{ { SET(UNSTABLE) }, NULL, RESULT_NOT_KNOWN, RESULT_NOT_ACCEPTED,
	  "UNSTABLE", "nothing is known, and it is bad" },
	{ { SET(ERROR) }, &known_blocked, RESULT_UNSURE, RESULT_UNSURE,
	  "ERROR", "nothing was learned" },
	{ { SET(BLOCKED), SET(ERROR) }, &known_blocked, RESULT_UNSURE,
	  RESULT_UNSURE, "1 ERROR, 1 BLOCKED", "not always learned" },
	{ { SET(UNSTABLE), SET(ERROR) }, &known_blocked, RESULT_DEVIATES,
	  RESULT_DEVIATES, "1 UNSTABLE, 1 ERROR", "learned enough" },
	{ { SET(SKIP) }, &known_blocked, RESULT_SKIPPED, RESULT_SKIPPED,
	  "SKIP", "cannot run here" },
	{ { SET(HUNG) }, NULL, RESULT_DEVIATES, RESULT_DEVIATES, "HUNG",
	  "hanging is expected nowhere" },
	{ { SET(LOST) | SET(UNSTABLE) }, &known_unstable, RESULT_DEVIATES,
	  RESULT_DEVIATES, "LOST (also UNSTABLE)", "several at once" },
	{ { SET(LOST) | SET(UNSTABLE), SET(LOST) }, &known_unstable,
	  RESULT_DEVIATES, RESULT_DEVIATES, "2 LOST (also 1 UNSTABLE)",
	  "several at once, twice" },
};

static void fill(struct result *result, const struct row *row)
{
	result_init(result, "a@x", "help");
	for (size_t i = 0; i < ARRAY_SIZE(row->sets) && row->sets[i]; i++)
		result_add(result, row->sets[i], 1000 * (i + 1), "note");
	result->known = row->known;
}

static void outcomes(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[RESULT_TEXT_SIZE];
		struct result result;

		fill(&result, &rows[i]);
		result_compare(&result, false);
		if (result.outcome != rows[i].plain)
			fail_msg("%s: %s", rows[i].why,
				 result_outcome_name(result.outcome));
		result_compare(&result, true);
		if (result.outcome != rows[i].strict)
			fail_msg("%s, strict: %s", rows[i].why,
				 result_outcome_name(result.outcome));
		result_describe(&result, text);
		assert_string_equal(text, rows[i].text);
		result_deinit(&result);
	}
}

static void a_leak_is_never_as_known(UNUSED void **state)
{
	char text[RESULT_TEXT_SIZE];
	struct result result;

	result_init(&result, "a@x", "help");
	result_add(&result, SET(UNSTABLE), 0, "changed");
	result.known = &known_unstable;
	result_add_leak(&result, "one page");
	result_compare(&result, false);
	assert_int_equal(result.outcome, RESULT_DEVIATES);
	assert_int_equal(result.worst, VERDICT_PINLEAK);
	assert_string_equal(result.note, "one page");
	result_describe(&result, text);
	assert_string_equal(text, "UNSTABLE (also PINLEAK)");
	result_deinit(&result);
}

static void what_is_a_leak(UNUSED void **state)
{
	static const struct {
		struct pincount before, after;
		uint64_t own, excess;
		const char *why;
	} looks[] = {
		{ { 10, 10 }, { 10, 10 }, 0, 0, "nobody pinned anything" },
		{ { 10, 10 }, { 15, 15 }, 5, 0, "ours are all released" },
		{ { 10, 10 }, { 15, 14 }, 5, 1, "one of ours is not" },
		{ { 10, 10 }, { 15, 10 }, 5, 5, "none of ours is" },
		{ { 10, 7 }, { 15, 12 }, 5, 0, "others hold some from before" },
		{ { 10, 7 }, { 15, 15 }, 5, 0, "and let them go meanwhile" },
		{ { 10, 10 }, { 16, 14 }, 5, 0, "somebody else pinned, too" },
		{ { 10, 10 }, { 10, 10 }, 5, 0, "not counted for such calls" },
		{ { 10, 10 }, { 12, 10 }, 0, 0, "only somebody else pinned" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		if (pinleak_excess(&looks[i].before, &looks[i].after,
				   looks[i].own) != looks[i].excess)
			fail_msg("%s", looks[i].why);
}

/* One page is pinned, and another one beside it when all is. */
static void what_is_held(UNUSED void **state)
{
	static const struct {
		struct pincount before, now;
		struct pinleak_own own;
		long held;
		const char *why;
	} looks[] = {
		{ { 10, 10 }, { 11, 10 }, { 1, 1, 1 }, 1, "our page" },
		{ { 10, 10 }, { 10, 10 }, { 1, 1, 1 }, 0, "it is no pin" },
		{ { 10, 8 }, { 11, 8 }, { 1, 1, 1 }, 1, "older pins stay" },
		{ { 10, 10 }, { 30, 29 }, { 1, 1, 1 }, 1, "others are done" },
		{ { 10, 10 }, { 30, 10 }, { 1, 1, 1 }, -1, "others are not" },
		{ { 10, 10 }, { 30, 30 }, { 1, 1, 1 }, -1, "none, or theirs" },
		{ { 10, 8 }, { 10, 9 }, { 1, 1, 1 }, -1, "an older one ends" },
		{ { 10, 10 }, { 12, 10 }, { 1, 1, 2 }, -1, "too many to hold" },
		{ { 10, 10 }, { 12, 11 }, { 1, 1, 2 }, 1, "one is dropped" },
		{ { 10, 10 }, { 14, 10 }, { 1, 4, 4 }, 4, "a page in pieces" },
		{ { 10, 10 }, { 11, 10 }, { 0, 0, 0 }, -1, "not ours at all" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		if (pinleak_held(&looks[i].before, &looks[i].now,
				 &looks[i].own) != looks[i].held)
			fail_msg("%s", looks[i].why);
}

/* It is a skip that has not run. */
static void what_is_left_out(UNUSED void **state)
{
	struct result_summary summary = { 0 };
	char text[RESULT_TEXT_SIZE];
	struct result result;

	result_init(&result, "a@x", "help");
	result.known = &known_unstable;
	result_leave_out(&result, "no time");
	result_compare(&result, true);
	result_count(&summary, &result);
	assert_int_equal(result.outcome, RESULT_SKIPPED);
	assert_int_equal(summary.runs, 0);
	assert_string_equal(result.note, "no time");
	result_describe(&result, text);
	assert_string_equal(text, "SKIP");
	result_deinit(&result);
}

/* The note is that of the first run with the worst verdict. */
static void note_and_median(UNUSED void **state)
{
	struct result result;

	result_init(&result, "a@x", "help");
	assert_int_equal(result_median_ns(&result), 0);
	result_add(&result, SET(BLOCKED), 900, "first");
	result_add(&result, SET(UNSTABLE), 100, "second");
	result_add(&result, SET(UNSTABLE), 500, "third");
	result_add(&result, SET(STABLE), 0, "fourth: no call");
	assert_string_equal(result.note, "second");
	assert_int_equal(result_median_ns(&result), 500);
	assert_int_equal(result.runs, 4);
	result_deinit(&result);
}

/* Whose note is kept is what goes with it: phases, files. */
static void noted(UNUSED void **state)
{
	struct result result;

	result_init(&result, "a@x", "help");
	assert_true(result_add(&result, SET(BLOCKED), 0, "first"));
	assert_false(result_add(&result, SET(BLOCKED), 0, "second"));
	assert_true(result_add(&result, SET(LOST), 0, "third"));
	assert_false(result_add(&result, SET(STABLE), 0, "fourth"));
	assert_false(result_add_leak(&result, "a pin"));
	assert_string_equal(result.note, "third");
	result_deinit(&result);

	result_init(&result, "a@x", "help");
	assert_true(result_add(&result, SET(BLOCKED), 0, "first"));
	assert_true(result_add_leak(&result, "a pin"));
	assert_string_equal(result.note, "a pin");
	result_deinit(&result);
}

static void phases(UNUSED void **state)
{
	static const struct trial_phase many[TRIAL_PHASES_MAX] = {
		{ "make", 1999999 }, { "dirty", 499 }, { "probe", 500 },
	};
	struct trial_phase full[TRIAL_PHASES_MAX];
	char text[RESULT_PHASES_SIZE];
	struct result result;

	result_init(&result, "a@x", "help");
	result_set_phases(&result, many, 3);
	result_describe_phases(result.phases, result.phase_count, text);
	assert_string_equal(text, "make 2.000 ms, dirty 0.000 ms, probe "
			    "0.001 ms");
	result_set_phases(&result, many, 1);
	result_describe_phases(result.phases, result.phase_count, text);
	assert_string_equal(text, "make 2.000 ms");
	result_describe_phases(result.phases, 0, text);
	assert_string_equal(text, "");
	result_deinit(&result);

	/* The longest that there can be, each at a timeout of a minute. */
	for (size_t i = 0; i < TRIAL_PHASES_MAX; i++)
		full[i] = (struct trial_phase){ "destroy", 60000000000 };
	result_describe_phases(full, TRIAL_PHASES_MAX, text);
	assert_string_equal(text + strlen(text) - 12, "60000.000 ms");
}

/* Only files that are there are said; the next ones take their place. */
static void files(UNUSED void **state)
{
	char dir[] = "/tmp/result-test-XXXXXX";
	struct result result;
	char path[64];
	FILE *file;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/b", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	result_init(&result, "a@x", "help");
	result_set_files(&result, dir, (const char *[]){ "a", "b" });
	assert_string_equal(result.files[0], path);
	assert_null(result.files[1]);
	result_set_files(&result, dir, (const char *[]){ "b", "" });
	assert_string_equal(result.files[0], path);
	assert_null(result.files[1]);
	unlink(path);
	result_set_files(&result, dir, (const char *[]){ "b", "" });
	assert_null(result.files[0]);
	result_deinit(&result);
	rmdir(dir);
}

/* What each outcome makes of the whole run. */
static void statuses(UNUSED void **state)
{
	static const struct {
		size_t outcomes[RESULT_OUTCOMES];
		int status;
		const char *why;
	} runs[] = {
		{ { [RESULT_AS_KNOWN] = 3 }, CMD_OK, "all as known" },
		{ { [RESULT_AS_KNOWN] = 2, [RESULT_SKIPPED] = 1 }, CMD_OK,
		  "one skipped" },
		{ { [RESULT_SKIPPED] = 3 }, CMD_SKIP, "all skipped" },
		{ { [RESULT_AS_KNOWN] = 2, [RESULT_UNSURE] = 1 }, CMD_UNSURE,
		  "one could not be told" },
		{ { [RESULT_AS_KNOWN] = 2, [RESULT_NOT_KNOWN] = 1 },
		  CMD_UNSURE, "one cannot be compared" },
		{ { [RESULT_UNSURE] = 2, [RESULT_DEVIATES] = 1 }, CMD_FOUND,
		  "a deviation is certain" },
		{ { [RESULT_AS_KNOWN] = 2, [RESULT_NOT_ACCEPTED] = 1 },
		  CMD_FOUND, "strict" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		struct result_summary summary = { .scenarios = 3 };

		memcpy(summary.outcomes, runs[i].outcomes,
		       sizeof(summary.outcomes));
		if (result_status(&summary) != runs[i].status)
			fail_msg("%s: %d", runs[i].why,
				 result_status(&summary));
	}
}

static void schemes(UNUSED void **state)
{
	static const struct {
		const char *name;
		int map[CMD_SKIP + 1];
	} expected[] = {
		{ "pinctl", { 0, 1, 2, 3, 4 } },
		{ "automake", { 0, 1, 2, 3, 77 } },
		{ "ltp", { 0, 1, 2, 3, 32 } },
		{ "bisect", { 0, 1, 2, 125, 125 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct exitscheme *scheme;

		scheme = exitscheme_find(expected[i].name);
		assert_non_null(scheme);
		assert_non_null(strstr(exitscheme_names(), expected[i].name));
		for (int status = CMD_OK; status <= CMD_SKIP; status++)
			assert_int_equal(exitscheme_map(scheme, status),
					 expected[i].map[status]);
	}
	assert_null(exitscheme_find("make"));
	assert_null(exitscheme_find(""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes),
		cmocka_unit_test(a_leak_is_never_as_known),
		cmocka_unit_test(what_is_a_leak),
		cmocka_unit_test(what_is_held),
		cmocka_unit_test(what_is_left_out),
		cmocka_unit_test(note_and_median),
		cmocka_unit_test(noted),
		cmocka_unit_test(phases),
		cmocka_unit_test(files),
		cmocka_unit_test(statuses),
		cmocka_unit_test(schemes),
	};

	return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
