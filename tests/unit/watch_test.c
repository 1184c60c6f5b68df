/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clears a suspect, and what does not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/digest.h"
#include "daemon/watch.h"

enum { GENERATION = 3 };

static struct watch_set *set;
static struct watch watch;

/* Cache and store of a block, as a look finds them. */
static const struct watch_look differing = { 4096, 11, 22 };

static int set_up(UNUSED void **state)
{
	watch = (struct watch){ .generation = GENERATION };
	if (watch_set_create(&set))
		return -1;
	watch_begin(set, &watch, clock_deadline_ns(60 * CLOCK_NS_PER_SEC));
	return 0;
}

static int tear_down(UNUSED void **state)
{
	watch_end(set, &watch);
	watch_end(set, &watch);
	watch_set_destroy(set);
	return 0;
}

/* One suspect, block 2. */
static void suspect(void)
{
	watch_stretch(set, &watch, 0, 64 * DIGEST_BLOCK);
	assert_int_equal(watch_suspect(set, &watch, 2 * DIGEST_BLOCK,
				       &differing), 0);
}

static enum watch_state look(size_t len, uint64_t cache, uint64_t store)
{
	struct watch_look found = { len, cache, store };

	watch_again(set, &watch, 0);
	return watch_judge(set, &watch, 0, &found);
}

static enum watch_state look_at_the_same(void)
{
	return look(4096, 11, 22);
}

/* Looks that find it unchanged until it is lost. */
static unsigned int looks_until_lost(void)
{
	unsigned int looks = 1;

	while (look_at_the_same() == WATCH_PENDING && looks < 100)
		looks++;
	assert_int_equal(watch.suspects[0].state, WATCH_LOST);
	return looks;
}

static void what_does_not_change_is_lost(UNUSED void **state)
{
	suspect();
	assert_int_equal(looks_until_lost(), WATCH_CONFIRMATIONS);
}

static void what_agrees_or_goes_is_not(UNUSED void **state)
{
	suspect();
	assert_int_equal(look(4096, 22, 22), WATCH_SAME);
	assert_int_equal(look(0, 0, 0), WATCH_ABSENT);
}

static void a_change_of_the_bytes_begins_anew(UNUSED void **state)
{
	static const struct watch_look changed[] = {
		{ 4096, 12, 22 },	/* written to */
		{ 4096, 11, 23 },	/* the store was */
		{ 100, 11, 22 },	/* the file became shorter */
	};

	for (size_t i = 0; i < ARRAY_SIZE(changed); i++) {
		const struct watch_look *to = &changed[i];

		tear_down(NULL);
		set_up(NULL);
		suspect();
		look_at_the_same();
		assert_int_equal(look(to->len, to->cache, to->store),
				 WATCH_PENDING);
		assert_int_equal(look_at_the_same(), WATCH_PENDING);
		assert_int_equal(looks_until_lost(), WATCH_CONFIRMATIONS);
	}
}

/* When a change is noted. */
enum when { BEFORE_THE_SUSPICION, BEFORE_A_LOOK, DURING_A_LOOK };

static void note_at(enum when when, uint64_t generation, uint64_t off,
		    uint64_t end)
{
	watch_stretch(set, &watch, 0, 64 * DIGEST_BLOCK);
	if (when == BEFORE_THE_SUSPICION)
		watch_note(set, generation, off, end);
	assert_int_equal(watch_suspect(set, &watch, 2 * DIGEST_BLOCK,
				       &differing), 0);
	if (when == BEFORE_A_LOOK)
		watch_note(set, generation, off, end);
	watch_again(set, &watch, 0);
	if (when == DURING_A_LOOK)
		watch_note(set, generation, off, end);
	watch_judge(set, &watch, 0, &differing);
}

static void what_is_noted_of_it_begins_anew(UNUSED void **state)
{
	enum { BEGIN = 2 * DIGEST_BLOCK, END = 3 * DIGEST_BLOCK };
	static const struct {
		enum when when;
		uint64_t generation;
		uint64_t off, end;
		unsigned int unchanged;	/* looks that count already */
	} rows[] = {
		{ BEFORE_THE_SUSPICION, GENERATION, BEGIN, END, 0 },
		{ BEFORE_A_LOOK, GENERATION, BEGIN, END, 0 },
		{ DURING_A_LOOK, GENERATION, BEGIN, END, 0 },
		{ BEFORE_A_LOOK, GENERATION, END - 1, END, 0 },
		{ BEFORE_A_LOOK, GENERATION, 0, BEGIN + 1, 0 },
		{ BEFORE_A_LOOK, GENERATION, 0, UINT64_MAX, 0 },
		/* Of its neighbours, of another file: counts for nothing. */
		{ BEFORE_A_LOOK, GENERATION, 0, BEGIN, 1 },
		{ BEFORE_A_LOOK, GENERATION, END, END + 1, 1 },
		{ BEFORE_A_LOOK, GENERATION + 1, 0, UINT64_MAX, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tear_down(NULL);
		set_up(NULL);
		note_at(rows[i].when, rows[i].generation, rows[i].off,
			rows[i].end);
		assert_int_equal(watch.suspects[0].unchanged,
				 rows[i].unchanged);
	}
}

static void a_note_during_a_look_counts_for_the_next_too(UNUSED void **state)
{
	note_at(DURING_A_LOOK, GENERATION, 0, UINT64_MAX);
	look_at_the_same();
	assert_int_equal(watch.suspects[0].unchanged, 0);
	assert_int_equal(looks_until_lost(), WATCH_CONFIRMATIONS);
}

static void a_watch_ends_by_itself(UNUSED void **state)
{
	suspect();
	assert_true(watch_extend(set, &watch, 0));	/* long ago */
	watch_note(set, GENERATION, 0, UINT64_MAX);
	assert_true(watch.expired);
	assert_false(watch_extend(set, &watch, UINT64_MAX));
}

static void many_suspects_are_kept_in_order(UNUSED void **state)
{
	watch_stretch(set, &watch, 0, UINT64_MAX);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(watch_suspect(set, &watch, i * DIGEST_BLOCK,
					       &differing), 0);
	assert_int_equal(watch.count, 1000);
	watch_note(set, GENERATION, 100 * DIGEST_BLOCK, 200 * DIGEST_BLOCK);
	for (uint64_t i = 0; i < 1000; i++) {
		assert_int_equal(watch.suspects[i].off, i * DIGEST_BLOCK);
		assert_int_equal(watch.suspects[i].touched,
				 i >= 100 && i < 200);
	}
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_does_not_change_is_lost),
		TEST(what_agrees_or_goes_is_not),
		TEST(a_change_of_the_bytes_begins_anew),
		TEST(what_is_noted_of_it_begins_anew),
		TEST(a_note_during_a_look_counts_for_the_next_too),
		TEST(a_watch_ends_by_itself),
		TEST(many_suspects_are_kept_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
