/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tally: names of classes, counting by counters and by a log, the summary. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/tally.h"
#include "common/cleanup.h"

#include <cmocka.h>	/* last: its macros take common names */

#define BIT(class) (UINT64_C(1) << TALLY_##class)
#define FINDING (BIT(unstable) | BIT(media) | BIT(lost) | BIT(declared) | \
		 BIT(source) | BIT(receipt))
#define DOUBT (BIT(suppressed) | BIT(copied) | BIT(expired) | BIT(dropped))

static void names_and_sets_become_classes(UNUSED void **state)
{
	static const struct {
		const char *words;
		uint64_t classes;	/* 0: refused */
		const char *bad;
	} cases[] = {
		{ "unstable", BIT(unstable), NULL },
		{ "media,lost", BIT(media) | BIT(lost), NULL },
		/* What every mount has is no class, what a test marks is. */
		{ "mount", 0, "mount" },
		{ "unmount", 0, "unmount" },
		{ "mark", BIT(mark), NULL },
		{ "dropped", BIT(dropped), NULL },
		{ "finding", FINDING, NULL },
		{ "doubt", DOUBT, NULL },
		{ "all", FINDING | DOUBT, NULL },
		{ "doubt,adopted", DOUBT | BIT(adopted), NULL },
		{ "unstable,,lost", 0, "" },
		{ "unstable,", 0, "" },
		{ "", 0, "" },
		{ "unstabl", 0, "unstabl" },
		{ "unstable ", 0, "unstable " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t classes = 0;
		const char *bad = tally_parse(cases[i].words, &classes);

		assert_int_equal(classes, cases[i].classes);
		if (cases[i].bad)
			assert_string_equal(bad, cases[i].bad);
		else
			assert_null(bad);
	}
}

/* A file with these bytes. */
static int log_of(const char *text)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

#define OLD "{\"seq\":9,\"event\":\"unstable\"}\n"
#define MOUNT "{\"seq\":1,\"event\":\"mount\"}\n"

static void only_what_is_behind_the_mark_counts(UNUSED void **state)
{
	autoclose int fd = log_of(OLD MOUNT
		"{\"seq\":2,\"event\":\"unstable\"}\n"
		"{\"seq\":3,\"event\":\"suppressed\",\"count\":40}\n"
		"not JSON\n"
		"{\"seq\":4,\"event\":\"lost\"}\n"
		"{\"seq\":5,\"event\":\"unmount\",\"writes\":7,"
		"\"live_writes\":6,\"unstable_blocks\":41,"
		"\"lost_requests\":0}\n");
	struct tally tally = { 0 };

	assert_int_equal(tally_add_log(&tally, fd, strlen(OLD MOUNT), 1), 0);
	assert_int_equal(tally.counts[TALLY_unstable], 41);
	assert_int_equal(tally.counts[TALLY_suppressed], 40);
	assert_int_equal(tally.counts[TALLY_lost], 1);
	assert_int_equal(tally.counts[TALLY_dropped], 0);
	assert_int_equal(tally.writes, 7);
	assert_int_equal(tally.live_writes, 6);
	assert_true(tally.ended);
	assert_int_equal(tally_found(&tally, BIT(media) | BIT(lost)),
			 BIT(lost));
	assert_int_equal(tally_found(&tally, BIT(media)), 0);
}

static void a_log_without_an_end_says_so(UNUSED void **state)
{
	autoclose int fd = log_of(MOUNT "{\"seq\":2,\"event\":\"mark\"}\n");
	struct tally tally = { 0 };

	assert_int_equal(tally_add_log(&tally, fd, strlen(MOUNT), 1), 0);
	assert_false(tally.ended);
	assert_int_equal(tally_add_log(&tally, fd, 1000, 1), -ESTALE);
}

static void numbers_that_are_missing_are_dropped_lines(UNUSED void **state)
{
	autoclose int fd = log_of("{\"seq\":2,\"event\":\"mark\"}\n"
				  "{\"seq\":6,\"event\":\"unmount\"}\n");
	struct tally tally = { 0 };

	assert_int_equal(tally_add_log(&tally, fd, 0, 1), 0);
	assert_int_equal(tally.counts[TALLY_dropped], 3);
}

static void the_larger_number_counts(UNUSED void **state)
{
	autoclose int fd = log_of("{\"seq\":2,\"event\":\"media\"}\n"
				  "{\"seq\":3,\"event\":\"media\"}\n"
				  "{\"seq\":4,\"event\":\"expired\"}\n");
	json_t *reply = json_pack("{s:{s:i,s:i,s:i}}", "counters",
				  "media_blocks", 1, "expired_holds", 5,
				  "receipt_differing", 2);
	struct tally tally = { 0 };

	tally_add_status(&tally, reply);
	json_decref(reply);
	assert_int_equal(tally_add_log(&tally, fd, 0, 1), 0);
	assert_int_equal(tally.counts[TALLY_media], 2);
	assert_int_equal(tally.counts[TALLY_expired], 5);
	assert_int_equal(tally.counts[TALLY_receipt], 2);
}

static void the_summary_names_what_there_was(UNUSED void **state)
{
	struct tally tally = { .writes = 812, .live_writes = 790 };
	char text[256], little[16];

	tally.counts[TALLY_unstable] = 1;
	tally.counts[TALLY_settled] = 1;
	tally.counts[TALLY_expired] = 3;
	tally_describe(&tally, text, sizeof(text));
	assert_string_equal(text, "812 writes, 790 looked at twice, "
			    "1 unstable block (1 settled), 0 lost, 0 media, "
			    "3 expired");
	tally_describe(&tally, little, sizeof(little));
	assert_string_equal(little, "812 writes, 790");
	tally_names(BIT(unstable) | BIT(media), text, sizeof(text));
	assert_string_equal(text, "unstable, media");
	tally_names(BIT(unstable) | BIT(media), little, 5);
	assert_string_equal(little, "unst");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_sets_become_classes),
		cmocka_unit_test(only_what_is_behind_the_mark_counts),
		cmocka_unit_test(a_log_without_an_end_says_so),
		cmocka_unit_test(numbers_that_are_missing_are_dropped_lines),
		cmocka_unit_test(the_larger_number_counts),
		cmocka_unit_test(the_summary_names_what_there_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
