/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From which package to which: what versions and names mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/offerrange.h"

#include <cmocka.h>	/* last: its macros take common names */

#define OFFER(spec, package, version) \
	{ (char []){ spec }, (char []){ package }, (char []){ version }, \
	  (char []){ "suite" }, 0 }

static void meanings(UNUSED void **state)
{
	static const struct {
		const char *version, *word;
		bool means;
		const char *why;
	} rows[] = {
		{ "6.12.95-1", "6.12", true, "the beginning" },
		{ "6.12.95-1", "6.12.95", true, "more of it" },
		{ "6.12.95-1", "6.12.95-1", true, "all" },
		{ "6.12~rc1-1", "6.12", true, "before a release" },
		{ "6.12+1", "6.12", true, "with a suffix" },
		{ "1:6.12.1", "6.12", true, "behind an epoch" },
		{ "6.12.95-1", "6.1", false, "another number" },
		{ "6.12.95-1", "6.12.9", false, "another number, later" },
		{ "6.12rc1", "6.12", false, "no boundary" },
		{ "6.12.95-1", "", false, "nothing" },
		{ "6.12.95-1", "debian:6.12", true, "its specification" },
		{ "6.12.95-1", "linux-image", true, "its name" },
		{ "6.12.95-1", "debian:6", false, "half a specification" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char version[32];
		struct vm_kernel_offer offer =
			OFFER("debian:6.12", "linux-image", "");

		snprintf(version, sizeof(version), "%s", rows[i].version);
		offer.version = version;
		if (offerrange_means(&offer, rows[i].word) != rows[i].means)
			fail_msg("%s in %s: %s", rows[i].word, version,
				 rows[i].why);
	}
}

static void ranges(UNUSED void **state)
{
	const struct vm_kernel_offer offers[] = {
		OFFER("debian:6.1", "a", "6.1.100-1"),
		OFFER("debian:6.12-old", "b", "6.12.90-1"),
		OFFER("debian:6.12", "c", "6.12.95-1"),
		OFFER("debian:6.16", "d", "6.16.12-1"),
		OFFER("debian:6.18-old", "e", "6.18.1-1"),
		OFFER("debian:6.18", "f", "6.18.15-1"),
	};
	static const struct {
		const char *from, *to;
		size_t first, count;	/* 0: there is none */
		const char *why;
	} rows[] = {
		{ "6.12", "6.18", 1, 5, "the oldest to the newest" },
		{ "debian:6.12", "6.16", 2, 2, "from a name" },
		{ "6.12", "6.12", 1, 2, "within one" },
		{ "d", "d", 3, 1, "one only" },
		{ "6.18", "6.12", 0, 0, "backwards" },
		{ "6.2", "6.18", 0, 0, "there is no first" },
		{ "6.1", "7", 0, 0, "there is no second" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t first = 0, count = 0;
		const char *wrong = offerrange_find(
			offers, ARRAY_SIZE(offers), rows[i].from, rows[i].to,
			&first, &count);

		if (!wrong != (rows[i].count > 0) ||
		    first != rows[i].first || count != rows[i].count)
			fail_msg("%s: %zu %zu %s", rows[i].why, first, count,
				 wrong ? wrong : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meanings),
		cmocka_unit_test(ranges),
	};

	return cmocka_run_group_tests_name("offerrange", tests, NULL, NULL);
}
