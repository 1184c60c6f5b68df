/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of runs: who runs how often, when, and whether it comes again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/order.h"

#include <cmocka.h>	/* last: its macros take common names */

enum { LONGEST = 64 };

/* The first runs, as letters; without an end as many as fit. */
static void spell(const struct order_rule *rule, char text[LONGEST])
{
	struct order order;
	size_t index;
	size_t len = 0;

	assert_int_equal(order_init(&order, rule), 0);
	while (len < LONGEST - 1 && order_next(&order, &index)) {
		assert_true(index < rule->count);
		text[len++] = (char)('a' + (int)index);
	}
	text[len] = '\0';
	order_deinit(&order);
}

/* The shuffled ones are what SplitMix64 gives, on every machine. */
static void orders(UNUSED void **state)
{
	static const struct {
		struct order_rule rule;
		const char *text;
		const char *why;
	} rows[] = {
		{ { .count = 3, .repeat = 1 }, "abc", "each once" },
		{ { .count = 3, .repeat = 2 }, "aabbcc", "one by one" },
		{ { .count = 3, .repeat = 2, .rounds = true }, "abcabc",
		  "by rounds" },
		{ { .count = 0, .repeat = 2 }, "", "nothing to run" },
		{ { .count = 3, .repeat = 2, .shuffled = true, .seed = 1 },
		  "bccaab", "by chance" },
		{ { .count = 3, .repeat = 2, .shuffled = true, .seed = 2 },
		  "bcbcaa", "by another" },
		{ { .count = 3, .repeat = 2, .shuffled = true, .seed = 1,
		    .rounds = true }, "bccaab", "chance knows no rounds" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[LONGEST];

		spell(&rows[i].rule, text);
		if (strcmp(text, rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].why, text);
	}
}

/* Without an end each runs once in each round, shuffled or not. */
static void without_end(UNUSED void **state)
{
	for (int shuffled = 0; shuffled <= 1; shuffled++) {
		struct order_rule rule = { .count = 3, .shuffled = shuffled };
		char text[LONGEST];
		bool varies = false;

		spell(&rule, text);
		assert_int_equal(strlen(text), LONGEST - 1);
		for (size_t at = 0; at < LONGEST - 1; at += 3) {
			char round[] = { text[at], text[at + 1],
					 text[at + 2], '\0' };

			assert_non_null(strchr(round, 'a'));
			assert_non_null(strchr(round, 'b'));
			assert_non_null(strchr(round, 'c'));
			varies |= strcmp(round, "abc") != 0;
		}
		assert_int_equal(varies, shuffled);
	}
}

/*
 * Of the 6 orders of "aabb" each comes as often as another: 6000 seeds, 1000
 * expected, and six standard deviations are 173.
 */
static void every_order_has_its_chance(UNUSED void **state)
{
	static const char *const all[] = { "aabb", "abab", "abba", "baab",
					   "baba", "bbaa" };
	unsigned int counts[ARRAY_SIZE(all)] = { 0 };

	for (uint64_t seed = 0; seed < 6000; seed++) {
		struct order_rule rule = { .count = 2, .repeat = 2,
					   .shuffled = true, .seed = seed };
		char text[LONGEST];

		spell(&rule, text);
		for (size_t i = 0; i < ARRAY_SIZE(all); i++)
			counts[i] += strcmp(text, all[i]) == 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (counts[i] < 1000 - 173 || counts[i] > 1000 + 173)
			fail_msg("%s: %u times", all[i], counts[i]);
}

/* What is dropped does not come back, and ends an order that has no end. */
static void dropped(UNUSED void **state)
{
	struct order order;
	size_t index;

	assert_int_equal(order_init(&order, &(struct order_rule){
					.count = 2 }), 0);
	assert_true(order_next(&order, &index));
	assert_int_equal(index, 0);
	assert_false(order_is_over(&order, 0));
	order_drop(&order, 0);
	assert_true(order_is_over(&order, 0));
	for (int i = 0; i < 10; i++) {
		assert_true(order_next(&order, &index));
		assert_int_equal(index, 1);
		assert_false(order_is_over(&order, 1));
	}
	order_drop(&order, 1);
	assert_false(order_next(&order, &index));
	order_deinit(&order);
}

/* One is over with its last run, not with that of all. */
static void over(UNUSED void **state)
{
	static const struct order_rule rules[] = {
		{ .count = 3, .repeat = 4 },
		{ .count = 3, .repeat = 4, .rounds = true },
		{ .count = 3, .repeat = 4, .shuffled = true, .seed = 7 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		unsigned int runs[3] = { 0 };
		struct order order;
		size_t index;

		assert_int_equal(order_init(&order, &rules[i]), 0);
		while (order_next(&order, &index)) {
			runs[index]++;
			for (size_t s = 0; s < 3; s++)
				assert_int_equal(order_is_over(&order, s),
						 runs[s] == 4);
		}
		order_deinit(&order);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders),
		cmocka_unit_test(without_end),
		cmocka_unit_test(every_order_has_its_chance),
		cmocka_unit_test(dropped),
		cmocka_unit_test(over),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
