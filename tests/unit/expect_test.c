/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which opens, releases and READs make page-cache WRITEs possible, and that
 * nobody goes on before the workers have been waited for. session_settle() is
 * this file's: it counts, and can be made to wait.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/clock.h"
#include "daemon/expect.h"
#include "daemon/session.h"

static struct expect expect;
static unsigned int settled;		/* calls of session_settle() */
static unsigned int files_then;		/* what it found in expect.files */
static struct mutex stall = MUTEX_INIT;	/* whoever has it stops settling */
static atomic_bool settling;

void session_settle(UNUSED struct session *session)
{
	files_then = atomic_load(&expect.files);
	atomic_store(&settling, true);
	mutex_lock(&stall);
	settled++;
	mutex_unlock(&stall);
	atomic_store(&settling, false);
}

static int set_up(UNUSED void **state)
{
	settled = 0;
	files_then = 0;
	expect_init(&expect);
	return 0;
}

static int tear_down(UNUSED void **state)
{
	expect_deinit(&expect);
	return 0;
}

enum action {
	END,
	READER,		/* opened, cannot write */
	BUFFERED,	/* opened to write, without O_DIRECT */
	DIRECT,		/* opened to write, with it */
	NO_READER,	/* these are released */
	NO_BUFFERED,
	NO_DIRECT,
	PAGES,		/* a READ of it is answered, or a WRITE of its pages came */
};

static void act(struct expect_file *file, enum action action)
{
	switch (action) {
	case READER:
	case BUFFERED:
	case DIRECT:
		expect_open(&expect, NULL, file, action != READER,
			    action == DIRECT);
		break;
	case NO_READER:
	case NO_BUFFERED:
	case NO_DIRECT:
		expect_release(&expect, file, action != NO_READER,
			       action == NO_DIRECT);
		break;
	case PAGES:
		expect_pages(&expect, NULL, file);
		break;
	case END:
		break;
	}
}

enum { FILES = 3, STEPS = 8 };

/* After each step: may a WRITE come, and how often has been settled so far. */
static const struct {
	struct {
		enum action action;
		bool expected;
		unsigned int settled;
		int file;
	} steps[STEPS];
} sequences[] = {
	/* Nobody writes. */
	{{ { READER, false, 0, 0 }, { PAGES, false, 0, 0 },
	   { NO_READER, false, 0, 0 } }},
	/* A buffered writer counts from its open to its release. */
	{{ { BUFFERED, true, 1, 0 }, { NO_BUFFERED, false, 1, 0 } }},
	/* As many as there are; only the first settles. */
	{{ { BUFFERED, true, 1, 0 }, { BUFFERED, true, 1, 0 },
	   { NO_BUFFERED, true, 1, 0 }, { NO_BUFFERED, false, 1, 0 },
	   { BUFFERED, true, 2, 0 } }},
	/* O_DIRECT without pages: never. */
	{{ { DIRECT, false, 0, 0 }, { DIRECT, false, 0, 0 },
	   { READER, false, 0, 0 }, { NO_DIRECT, false, 0, 0 },
	   { NO_READER, false, 0, 0 }, { NO_DIRECT, false, 0, 0 } }},
	/* O_DIRECT, then pages: from the first READ on. */
	{{ { DIRECT, false, 0, 0 }, { PAGES, true, 1, 0 },
	   { PAGES, true, 1, 0 }, { NO_DIRECT, false, 1, 0 } }},
	/* Pages stay when all has been closed. */
	{{ { READER, false, 0, 0 }, { PAGES, false, 0, 0 },
	   { NO_READER, false, 0, 0 }, { DIRECT, true, 1, 0 },
	   { NO_DIRECT, false, 1, 0 }, { DIRECT, true, 2, 0 } }},
	/* A buffered writer goes, an O_DIRECT one stays: only with pages. */
	{{ { BUFFERED, true, 1, 0 }, { DIRECT, true, 1, 0 },
	   { NO_BUFFERED, false, 1, 0 }, { PAGES, true, 2, 0 },
	   { NO_DIRECT, false, 2, 0 } }},
	{{ { BUFFERED, true, 1, 0 }, { PAGES, true, 1, 0 },
	   { DIRECT, true, 1, 0 }, { NO_BUFFERED, true, 1, 0 },
	   { NO_DIRECT, false, 1, 0 } }},
	/* Each file settles for itself; none until the last has gone. */
	{{ { BUFFERED, true, 1, 0 }, { BUFFERED, true, 2, 1 },
	   { DIRECT, true, 2, 2 }, { NO_BUFFERED, true, 2, 0 },
	   { PAGES, true, 3, 2 }, { NO_BUFFERED, true, 3, 1 },
	   { NO_DIRECT, false, 3, 2 } }},
};

static void opens_and_releases_are_counted(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++) {
		struct expect_file files[FILES] = { 0 };

		set_up(NULL);
		for (int step = 0; sequences[i].steps[step].action; step++) {
			act(&files[sequences[i].steps[step].file],
			    sequences[i].steps[step].action);
			if (expect_writeback(&expect) !=
			    sequences[i].steps[step].expected ||
			    settled != sequences[i].steps[step].settled)
				fail_msg("sequence %zu, step %d: expected %d, "
					 "settled %u", i, step,
					 expect_writeback(&expect), settled);
		}
		tear_down(NULL);
	}
}

/* Workers that look after the settling has begun must know already. */
static void it_is_known_before_settling(UNUSED void **state)
{
	struct expect_file file = { 0 };

	act(&file, BUFFERED);
	assert_int_equal(settled, 1);
	assert_int_equal(files_then, 1);
}

/* ---- two at once ---- */

struct opener {
	struct expect_file *file;
	enum action action;
	atomic_bool begun;
	atomic_bool done;
	pthread_t thread;
};

static void *opener_main(void *arg)
{
	struct opener *opener = arg;

	atomic_store(&opener->begun, true);
	act(opener->file, opener->action);
	atomic_store(&opener->done, true);
	return NULL;
}

static void opener_start(struct opener *opener)
{
	assert_int_equal(pthread_create(&opener->thread, NULL, opener_main,
					opener), 0);
	while (!atomic_load(&opener->begun))
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
}

static bool came_back(const struct opener *opener, uint64_t time_ns)
{
	uint64_t end_ns = clock_deadline_ns(time_ns);

	while (!atomic_load(&opener->done) && clock_now_ns() < end_ns)
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
	return atomic_load(&opener->done);
}

/* The first action of each is what makes the file count. */
static const struct {
	enum action before;
	enum action first;
	enum action second;
} pairs[] = {
	{ END, BUFFERED, BUFFERED },
	{ END, BUFFERED, DIRECT },
	{ DIRECT, PAGES, PAGES },
	{ DIRECT, PAGES, BUFFERED },
	{ PAGES, DIRECT, DIRECT },
};

/*
 * The first is stopped within its settling; the second may not come back
 * meanwhile. It is given 20 ms to do so: one that does it wrongly needs less.
 */
static void check_pair(enum action before, enum action first,
		       enum action second)
{
	struct expect_file file = { 0 };
	struct opener openers[2] = {
		{ .file = &file, .action = first },
		{ .file = &file, .action = second },
	};
	bool early;

	act(&file, before);
	assert_int_equal(settled, 0);
	mutex_lock(&stall);
	opener_start(&openers[0]);
	while (!atomic_load(&settling))
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
	opener_start(&openers[1]);
	early = came_back(&openers[1], 20 * CLOCK_NS_PER_MS);
	mutex_unlock(&stall);
	for (int i = 0; i < 2; i++)
		pthread_join(openers[i].thread, NULL);
	assert_false(early);
	assert_int_equal(settled, 1);
}

static void the_second_waits_for_the_first(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		set_up(NULL);
		check_pair(pairs[i].before, pairs[i].first, pairs[i].second);
		tear_down(NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_and_releases_are_counted),
		cmocka_unit_test_setup_teardown(it_is_known_before_settling,
						set_up, tear_down),
		cmocka_unit_test(the_second_waits_for_the_first),
	};

	return cmocka_run_group_tests_name("expect", tests, NULL, NULL);
}
