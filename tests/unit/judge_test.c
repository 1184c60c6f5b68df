/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From observations to verdicts: every row is a run, and what it proves. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "client/judge.h"
#include "client/verdict.h"

#include <cmocka.h>	/* last: its macros take common names */

#define ONLY(verdict) VERDICT_BIT(VERDICT_##verdict)

/* The end that everything is fine after. */
#define ALL_NEW .store = JUDGE_NEW, .mapping = JUDGE_NEW, \
	.file = JUDGE_NEW, .agree = true
#define ALL_OLD .store = JUDGE_OLD, .mapping = JUDGE_OLD, \
	.file = JUDGE_OLD, .agree = true
/* A call that came back while the WRITE was held, on a mount that can see. */
#define THROUGH .called = true, .window = true, .in_window = true, \
	.live = true, .shown = JUDGE_NEW

struct row {
	struct judge_facts facts;
	unsigned int set;
	const char *why;
};

static const struct row rows[] = {
	{ { THROUGH, .events = 1, .arrived = JUDGE_OLD, ALL_NEW },
	  ONLY(UNSTABLE), "changed in flight, and written again" },
	{ { .called = true, .window = true, .stuck = true, .live = true,
	    ALL_NEW },
	  ONLY(BLOCKED), "came back only after the WRITE was let go" },
	{ { .called = true, .window = true, .stuck = true, .live = true,
	    .events = 1, .arrived = JUDGE_OLD, ALL_NEW },
	  ONLY(BLOCKED) | ONLY(UNSTABLE), "blocked, and changed all the same" },
	{ { .called = true, .window = true, .stuck = true, ALL_NEW },
	  ONLY(BLOCKED), "blocked is seen without a live view, too" },
	{ { .called = true, .window = true, .live = true, ALL_NEW },
	  ONLY(ERROR), "not back, and not seen to wait: just slow, maybe" },
	{ { .called = true, .window = true, .live = true, .events = 1,
	    .arrived = JUDGE_OLD, ALL_NEW },
	  ONLY(ERROR) | ONLY(UNSTABLE), "a change is one all the same" },
	{ { THROUGH, .stuck = true, .events = 1, .arrived = JUDGE_OLD,
	    ALL_NEW },
	  ONLY(UNSTABLE), "it seemed to wait, and came back in time" },
	{ { .called = true, .stuck = true, .live = true, ALL_NEW },
	  ONLY(STABLE), "without a window it waited for something else" },
	{ { .called = true, .live = true, ALL_NEW },
	  ONLY(STABLE), "no WRITE was held: the bytes reached the store" },
	{ { .called = true, ALL_NEW },
	  ONLY(STABLE), "without a window nobody has to look into it" },
	{ { .called = true, .frozen = true, .stuck = true,
	    .beneath = JUDGE_OLD, ALL_NEW },
	  ONLY(BLOCKED), "it waited for the thaw" },
	{ { .called = true, .frozen = true, .beneath = JUDGE_OLD, ALL_NEW },
	  ONLY(ERROR), "not back before the thaw, and not seen to wait" },
	{ { .called = true, .frozen = true, .in_window = true,
	    .beneath = JUDGE_OLD, ALL_NEW },
	  ONLY(STABLE), "in the cache of a frozen filesystem, then stored" },
	{ { .called = true, .frozen = true, .in_window = true,
	    .beneath = JUDGE_NEW, ALL_NEW },
	  ONLY(UNSTABLE), "the device changed while frozen" },
	{ { .called = true, .frozen = true, .in_window = true, ALL_NEW },
	  ONLY(ERROR), "nobody looked at the device while frozen" },
	{ { .window = true, .queued = true, .left = JUDGE_OLD, ALL_OLD },
	  ONLY(STABLE), "nobody wrote, and a power cut leaves that" },
	{ { .called = true, .window = true, .queued = true, .in_window = true,
	    .left = JUDGE_OLD, ALL_NEW },
	  ONLY(STABLE), "what came later is not in what fsync(2) wrote" },
	{ { .called = true, .window = true, .queued = true, .in_window = true,
	    .left = JUDGE_NEW, ALL_NEW },
	  ONLY(UNSTABLE), "it is, though later writeback makes it right" },
	{ { .called = true, .window = true, .queued = true, .in_window = true,
	    .left_unreadable = true, ALL_NEW },
	  ONLY(UNSTABLE), "its filesystem says EIO" },
	{ { .called = true, .window = true, .queued = true, .stuck = true,
	    .left = JUDGE_OLD, ALL_NEW },
	  ONLY(BLOCKED), "it waited until the WRITE was received" },
	{ { .called = true, .window = true, .queued = true, .in_window = true,
	    ALL_NEW },
	  ONLY(ERROR), "nobody looked at what is left" },
	{ { .window = true, .queued = true, .mirrored = true,
	    .left = JUDGE_OLD, .mirror = JUDGE_OLD, ALL_OLD },
	  ONLY(STABLE), "nobody wrote, and both copies have that" },
	{ { .called = true, .window = true, .queued = true, .mirrored = true,
	    .in_window = true, .left = JUDGE_OLD, .mirror = JUDGE_NEW,
	    ALL_NEW },
	  ONLY(UNSTABLE), "the second copy was made of the later bytes" },
	{ { .called = true, .window = true, .queued = true, .mirrored = true,
	    .in_window = true, .left = JUDGE_NEW, .mirror = JUDGE_OLD,
	    ALL_NEW },
	  ONLY(UNSTABLE), "the first one was" },
	{ { .called = true, .window = true, .queued = true, .mirrored = true,
	    .in_window = true, .left = JUDGE_NEW, .mirror = JUDGE_NEW,
	    ALL_NEW },
	  ONLY(UNSTABLE), "alike, but not what fsync(2) began with" },
	{ { .called = true, .window = true, .queued = true, .mirrored = true,
	    .stuck = true, .left = JUDGE_OLD, .mirror = JUDGE_OLD, ALL_NEW },
	  ONLY(BLOCKED), "it waited until both copies were written" },
	{ { .called = true, .window = true, .queued = true, .mirrored = true,
	    .in_window = true, .left = JUDGE_OLD, ALL_NEW },
	  ONLY(ERROR), "nobody looked at the other copy" },
	{ { .window = true, .live = true, ALL_OLD },
	  ONLY(STABLE), "the control run" },
	{ { .window = true, ALL_OLD },
	  ONLY(HIDDEN), "a control run that could not have seen anything" },
	{ { .window = true, .live = true, .events = 2, .arrived = JUDGE_OLD,
	    ALL_OLD },
	  ONLY(UNSTABLE), "a control run with events out of nothing" },
	{ { .called = true, .window = true, .in_window = true,
	    .shown = JUDGE_NEW, ALL_NEW },
	  ONLY(HIDDEN), "written through, and no live view" },
	{ { THROUGH, ALL_NEW },
	  ONLY(HIDDEN), "a mapping showed it, the second look did not" },
	{ { .called = true, .window = true, .in_window = true, .live = true,
	    .shown = JUDGE_MIXED, ALL_NEW },
	  ONLY(HIDDEN), "also when a mapping showed a part" },
	{ { .called = true, .window = true, .in_window = true, .live = true,
	    .shown = JUDGE_OLD, ALL_NEW },
	  ONLY(STABLE), "came back early, the bytes only after the window" },
	{ { .called = true, .store = JUDGE_OLD, .mapping = JUDGE_NEW,
	    .file = JUDGE_NEW },
	  ONLY(LOST), "nobody dirtied the page" },
	{ { THROUGH, .events = 1, .arrived = JUDGE_OLD, .store = JUDGE_OLD,
	    .mapping = JUDGE_NEW, .file = JUDGE_NEW },
	  ONLY(LOST) | ONLY(UNSTABLE), "changed in flight, never written" },
	{ { .called = true, .store = JUDGE_OLD, .mapping = JUDGE_NEW,
	    .file = JUDGE_NEW, .dirty = true },
	  ONLY(ERROR), "still dirty: not lost, not settled either" },
	{ { .called = true, ALL_OLD },
	  ONLY(ORPHAN), "success, and the bytes are nowhere" },
	{ { .called = true, .store = JUDGE_OLD, .mapping = JUDGE_NEW,
	    .file = JUDGE_OLD },
	  ONLY(ORPHAN) | ONLY(LOST), "only an old mapping still has them" },
	{ { .called = true, .store = JUDGE_NEW, .mapping = JUDGE_OLD,
	    .file = JUDGE_NEW },
	  ONLY(ORPHAN) | ONLY(LOST), "only the mapping has them not" },
	{ { .called = true, .store = JUDGE_MIXED, .mapping = JUDGE_NEW,
	    .file = JUDGE_NEW },
	  ONLY(TORN) | ONLY(LOST), "half of them was stored" },
	{ { THROUGH, .events = 1, .arrived = JUDGE_MIXED, ALL_NEW },
	  ONLY(TORN) | ONLY(UNSTABLE), "half of them arrived" },
	{ { .called = true, .err = EFAULT, .window = true, .in_window = true,
	    .live = true, ALL_OLD },
	  ONLY(REFUSED), "the kernel does not take the page" },
	{ { .called = true, .err = EFAULT, .window = true, .in_window = true,
	    ALL_OLD },
	  ONLY(REFUSED), "for that nobody has to see the page" },
	{ { .called = true, .err = EFAULT, .window = true, .in_window = true,
	    .live = true, .events = 1, .arrived = JUDGE_OLD, ALL_OLD },
	  ONLY(REFUSED) | ONLY(UNSTABLE), "refused, and changed all the same" },
	{ { .called = true, .err = EOPNOTSUPP, ALL_OLD },
	  ONLY(REFUSED), "nor here" },
	{ { .called = true, .err = EIO, ALL_OLD },
	  ONLY(ERROR), "EIO is no refusal" },
	{ { .called = true, .err = EFAULT, .store = JUDGE_OLD,
	    .mapping = JUDGE_NEW, .file = JUDGE_NEW },
	  ONLY(REFUSED) | ONLY(LOST), "refused, and left a mess" },
	{ { .called = true, .store = JUDGE_NEW, .mapping = JUDGE_NEW },
	  ONLY(ERROR), "nobody read the file: not STABLE" },
	{ { .called = true },
	  ONLY(ERROR), "nothing was looked at: not STABLE" },
	{ { .called = true, .elsewhere = true, ALL_OLD },
	  ONLY(STABLE), "the bytes were for another page" },
	{ { .called = true, .elsewhere = true, ALL_NEW },
	  ONLY(ORPHAN), "and came into this one" },
	{ { .called = true, .storeless = true, .mapping = JUDGE_NEW },
	  ONLY(STABLE), "memory that nothing stands behind" },
	{ { .called = true, .storeless = true, .mapping = JUDGE_OLD },
	  ONLY(ORPHAN), "whose bytes went into another page" },
	{ { .called = true, .storeless = true, .mapping = JUDGE_MIXED },
	  ONLY(TORN), "or a part of them" },
	{ { .called = true, .storeless = true },
	  ONLY(ERROR), "that nobody has looked at" },
	{ { .called = true, .storeless = true, .err = EFAULT,
	    .mapping = JUDGE_OLD },
	  ONLY(REFUSED), "that the kernel does not take" },
	{ { .called = true, .passes = true, .passed = JUDGE_OLD, ALL_NEW },
	  ONLY(STABLE), "what was passed on is what it was" },
	{ { .called = true, .passes = true, .passed = JUDGE_NEW, ALL_NEW },
	  ONLY(UNSTABLE), "what was passed on has changed" },
	{ { .called = true, .passes = true, .passed = JUDGE_OLD, .reports = 1,
	    ALL_NEW },
	  ONLY(UNSTABLE), "the daemon saw it change" },
	{ { .called = true, .passes = true, .passed = JUDGE_MIXED, ALL_NEW },
	  ONLY(UNSTABLE) | ONLY(TORN), "half of it was passed on" },
	{ { .called = true, .passes = true, ALL_NEW },
	  ONLY(ERROR), "nobody knows what was passed on" },
};

static void observations(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int set = judge_verdicts(&rows[i].facts);

		if (set != rows[i].set)
			fail_msg("%s: got 0x%x, not 0x%x", rows[i].why, set,
				 rows[i].set);
	}
}

static void worst_of_several(UNUSED void **state)
{
	static const struct {
		unsigned int set;
		enum verdict worst;
	} sets[] = {
		{ ONLY(STABLE), VERDICT_STABLE },
		{ ONLY(BLOCKED) | ONLY(UNSTABLE), VERDICT_UNSTABLE },
		{ ONLY(UNSTABLE) | ONLY(LOST), VERDICT_LOST },
		{ ONLY(ORPHAN) | ONLY(LOST), VERDICT_LOST },
		{ ONLY(TORN) | ONLY(UNSTABLE) | ONLY(PINLEAK), VERDICT_TORN },
		{ ONLY(HUNG) | ONLY(LOST), VERDICT_HUNG },
		{ ONLY(HIDDEN) | ONLY(BLOCKED), VERDICT_HIDDEN },
		{ 0, VERDICT_ERROR },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		assert_int_equal(verdict_worst(sets[i].set), sets[i].worst);
}

/* --strict is about what corrupts data, not about what could not be told. */
static void strict_verdicts(UNUSED void **state)
{
	unsigned int strict = 0;

	for (unsigned int i = 0; i < VERDICT_COUNT; i++)
		if (verdict_strict((enum verdict)i))
			strict |= VERDICT_BIT(i);
	assert_int_equal(strict, ONLY(UNSTABLE) | ONLY(PINLEAK) | ONLY(TORN) |
			 ONLY(ORPHAN) | ONLY(LOST) | ONLY(HUNG));
}

static void names_come_back(UNUSED void **state)
{
	enum verdict verdict = VERDICT_HUNG;

	for (unsigned int i = 0; i < VERDICT_COUNT; i++) {
		assert_int_equal(verdict_parse(verdict_name((enum verdict)i),
					       &verdict), 0);
		assert_int_equal(verdict, i);
		assert_true(verdict_meaning((enum verdict)i)[0]);
	}
	assert_int_equal(verdict_parse("stable", &verdict), -EINVAL);
	assert_int_equal(verdict_parse("", &verdict), -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(observations),
		cmocka_unit_test(worst_of_several),
		cmocka_unit_test(strict_verdicts),
		cmocka_unit_test(names_come_back),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
