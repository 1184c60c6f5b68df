/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of several held things go on, and in what order. */
#include "hold-bench.h"

/* Releases @n of nine in that order. Return: the items as decimal digits. */
static uint64_t release_nine(enum hold_order order, uint64_t seed, size_t n)
{
	static struct item items[9];
	uint64_t before = atomic_load(&resumed);
	uint64_t digits = 0;
	struct hold_choice choice = {
		.gate_id = 1, .n = n, .order = order, .seed = seed,
	};

	memset(items, 0, sizeof(items));
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		park(&items[i], 1, LATER);
	assert_int_equal(hold_release_chosen(queue, &choice), n);
	for (uint64_t at = before; at < before + n; at++)
		for (size_t i = 0; i < ARRAY_SIZE(items); i++)
			if (items[i].resumed && items[i].number == at)
				digits = digits * 10 + i + 1;
	hold_release(queue, 1, SIZE_MAX);
	return digits;
}

static void the_order_can_be_chosen(UNUSED void **state)
{
	uint64_t chance = release_nine(HOLD_RANDOM, 1, 9);

	assert_int_equal(release_nine(HOLD_OLDEST, 0, 9), 123456789);
	assert_int_equal(release_nine(HOLD_OLDEST, 0, 2), 12);
	assert_int_equal(release_nine(HOLD_NEWEST, 0, 9), 987654321);
	assert_int_equal(release_nine(HOLD_NEWEST, 0, 2), 98);
	assert_int_equal(release_nine(HOLD_RANDOM, 1, 9), chance);
	assert_int_not_equal(release_nine(HOLD_RANDOM, 2, 9), chance);
	assert_int_not_equal(chance, 123456789);
	assert_int_equal(release_nine(HOLD_RANDOM, 1, 3), chance / 1000000);
}

static void note_id(struct hold *hold, void *context)
{
	uint64_t *digits = context;

	*digits = *digits * 10 + hold->id;
}

static void one_is_released_by_its_number(UNUSED void **state)
{
	static struct item items[3];
	uint64_t told = 0;
	struct hold_choice choice = {
		.hold_id = 2, .n = SIZE_MAX, .told = note_id, .context = &told,
	};

	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		park(&items[i], 1, LATER);
	assert_int_equal(hold_release_chosen(queue, &choice), 1);
	assert_int_equal(items[1].resumed, 1);
	assert_int_equal(hold_release_chosen(queue, &choice), 0);
	choice.hold_id = 0;
	assert_int_equal(hold_release_chosen(queue, &choice), 2);
	assert_int_equal(told, 213);
}

/* A delay is its gate's, and no hold of "any gate"; by its number it is meant. */
static void a_delay_is_no_hold(UNUSED void **state)
{
	static struct item item = { .hold.timed = true };
	struct hold_choice choice = { .hold_id = 1, .n = 1 };

	park(&item, 1, LATER);
	choice.gate_id = 2;
	assert_int_equal(hold_release_chosen(queue, &choice), 0);
	choice.gate_id = 0;
	assert_int_equal(hold_release_chosen(queue, &choice), 1);
	assert_int_equal(item.resumed, 1);
	park(&item, 1, LATER);
	assert_int_equal(hold_count(queue, 0), 0);
	assert_int_equal(hold_release(queue, 0, SIZE_MAX), 0);
	assert_int_equal(hold_count(queue, 1), 1);
	assert_int_equal(hold_release(queue, 1, SIZE_MAX), 1);
}

int main(void)
{
#define QUEUE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		QUEUE_TEST(the_order_can_be_chosen),
		QUEUE_TEST(one_is_released_by_its_number),
		QUEUE_TEST(a_delay_is_no_hold),
	};

	return cmocka_run_group_tests_name("holdrelease", tests, NULL, NULL);
}
