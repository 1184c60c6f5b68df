/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search for a change: what it finds, with how many looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/bisect.h"

#include <cmocka.h>	/* last: its macros take common names */

enum { LARGEST = 64 };

/* Answers as letters; '?' is not to be told, '!' wants no more looks. */
struct row {
	char answers[LARGEST + 1];
	bool looked[LARGEST];
	size_t looks;
};

static int look(void *context, size_t index)
{
	struct row *row = context;

	assert_true(index < strlen(row->answers));
	assert_false(row->looked[index]);
	row->looked[index] = true;
	if (row->answers[index] == '!')
		return BISECT_STOP;
	row->looks++;
	return row->answers[index] == '?' ? BISECT_UNKNOWN :
					    row->answers[index];
}

static struct bisect_result search(struct row *row)
{
	struct bisect_result result;

	memset(row->looked, 0, sizeof(row->looked));
	row->looks = 0;
	assert_int_equal(bisect_search(strlen(row->answers), look, row,
				       &result), 0);
	assert_int_equal(result.looks, row->looks);
	return result;
}

static size_t ceil_log2(size_t n)
{
	size_t bits = 0;

	while ((size_t)1 << bits < n)
		bits++;
	return bits;
}

/* 'a' up to the change, 'b' from there on; @change = @count: there is none. */
static void fill(struct row *row, size_t count, size_t change)
{
	memset(row->answers, 'a', count);
	memset(row->answers + change, 'b', count - change);
	row->answers[count] = '\0';
}

static void check_end(const struct bisect_result *result, size_t count,
		      size_t change)
{
	assert_int_equal(result->end,
			 change < count ? BISECT_FOUND : BISECT_NONE);
	assert_int_equal(result->before, change - 1);
	assert_int_equal(result->first, change);
	assert_int_equal(result->reference, 'a');
	if (change < count)
		assert_int_equal(result->answer, 'b');
}

/* Every number of versions up to 64, every place of the change, and none. */
static void no_more_than_promised(UNUSED void **state)
{
	for (size_t count = 1; count <= LARGEST; count++) {
		for (size_t change = 1; change <= count; change++) {
			struct row row;
			struct bisect_result result;

			fill(&row, count, change);
			result = search(&row);
			check_end(&result, count, change);
			if (result.looks > 1 + ceil_log2(count))
				fail_msg("%zu looks at %s", result.looks,
					 row.answers);
		}
	}
}

/* No search can do with less: so many ends, two answers a look, one to know. */
static void somewhere_it_takes_all(UNUSED void **state)
{
	for (size_t count = 1; count <= LARGEST; count++) {
		size_t most = 0;

		for (size_t change = 1; change <= count; change++) {
			struct row row;

			fill(&row, count, change);
			most = MAX(most, search(&row).looks);
		}
		assert_int_equal(most, 1 + ceil_log2(count));
	}
}

/* One that cannot be told, at every place, does no harm away from the change. */
static void goes_round_one(UNUSED void **state)
{
	for (size_t count = 2; count <= 32; count++) {
		for (size_t change = 1; change <= count; change++) {
			for (size_t gap = 1; gap < count; gap++) {
				struct row row;
				struct bisect_result result;

				fill(&row, count, change);
				row.answers[gap] = '?';
				result = search(&row);
				if (gap != change && gap != change - 1) {
					check_end(&result, count, change);
					continue;
				}
				assert_int_equal(result.end, BISECT_LEFT);
				assert_true(result.before < change);
				assert_true(result.first >= change);
				assert_true(result.first - result.before <= 2);
			}
		}
	}
}

/* What is said is true of the answers, whatever these are. */
static void says_what_is_so(UNUSED void **state)
{
	static const struct {
		const char *answers;
		enum bisect_end end;
		size_t before, first;
		const char *why;
	} rows[] = {
		{ "a", BISECT_NONE, 0, 1, "one only" },
		{ "ab", BISECT_FOUND, 0, 1, "two" },
		{ "aabbc", BISECT_FOUND, 1, 2, "a third answer differs, too" },
		{ "aacbb", BISECT_FOUND, 1, 2, "of several others the first" },
		{ "ababa", BISECT_FOUND, 2, 3, "one of several changes" },
		{ "?b", BISECT_LEFT, 0, 2, "nothing to compare with" },
		{ "a?", BISECT_LEFT, 0, 2, "the last is not to be told" },
		{ "a????b", BISECT_LEFT, 0, 5, "between two" },
		{ "aa???bb", BISECT_LEFT, 1, 5, "as near as can be" },
		{ "!b", BISECT_STOPPED, 0, 2, "stopped at once" },
		{ "aa!bb", BISECT_STOPPED, 0, 5, "stopped in the middle" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct row row;
		struct bisect_result result;

		snprintf(row.answers, sizeof(row.answers), "%s",
			 rows[i].answers);
		result = search(&row);
		if (result.end != rows[i].end ||
		    result.before != rows[i].before ||
		    result.first != rows[i].first)
			fail_msg("%s: %s: end %d, %zu, %zu", rows[i].answers,
				 rows[i].why, result.end, result.before,
				 result.first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_more_than_promised),
		cmocka_unit_test(somewhere_it_takes_all),
		cmocka_unit_test(goes_round_one),
		cmocka_unit_test(says_what_is_so),
	};

	return cmocka_run_group_tests_name("bisect", tests, NULL, NULL);
}
