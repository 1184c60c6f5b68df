/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question to a kernel, and what counts as its answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/sweepwish.h"
#include "common/log.h"

#include <cmocka.h>	/* last: its macros take common names */

static void parsed(UNUSED void **state)
{
	static const struct {
		const char *text;
		bool good;
		const char *why;
	} rows[] = {
		{ "pwrite@writeback=STABLE", true, "a verdict" },
		{ "pwrite@writeback=UNSTABLE", true, "a bad one" },
		{ "pwrite@writeback=panic", true, "what becomes of a kernel" },
		{ "pwrite@writeback=warned", true, "it warns" },
		{ "pwrite@writeback+small=STABLE", false, "no such shape" },
		{ "pwrite@writeback", false, "no verdict" },
		{ "pwrite@writeback=", false, "an empty one" },
		{ "pwrite@writeback=stable", false, "none in small letters" },
		{ "pwrite@writeback=ERROR", false, "no answer" },
		{ "pwrite@writeback=SKIP", false, "no answer" },
		{ "pwrite@writeback=harness", false, "not the kernel's" },
		{ "pwrite@writeback=complete", false, "says nothing" },
		{ "=STABLE", false, "no scenario" },
		{ "@default=STABLE", false, "a set" },
		{ "pwrite@*=STABLE", false, "a pattern" },
		{ "nothing@writeback=STABLE", false, "no such scenario" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sweepwish wish;
		const char *wrong = sweepwish_parse(rows[i].text, &wish);

		if (!wrong != rows[i].good)
			fail_msg("%s: %s: %s", rows[i].text, rows[i].why,
				 wrong ? wrong : "taken");
	}
}

/* Every outcome, a verdict that is wanted, another, and those that say nothing. */
static void answers(UNUSED void **state)
{
	static const struct {
		const char *wish;
		enum vm_outcome outcome;
		const char *verdict;	/* of the scenario; NULL: it has none */
		enum sweepwish_answer answer;
	} rows[] = {
		{ "STABLE", VM_COMPLETE, "STABLE", SWEEPWISH_YES },
		{ "STABLE", VM_COMPLETE, "UNSTABLE", SWEEPWISH_NO },
		{ "STABLE", VM_WARNED, "STABLE", SWEEPWISH_YES },
		{ "STABLE", VM_OOPSED, "LOST", SWEEPWISH_NO },
		{ "STABLE", VM_COMPLETE, "ERROR", SWEEPWISH_UNSURE },
		{ "STABLE", VM_COMPLETE, "SKIP", SWEEPWISH_UNSURE },
		{ "STABLE", VM_COMPLETE, NULL, SWEEPWISH_UNSURE },
		{ "STABLE", VM_NO_RESULT, "STABLE", SWEEPWISH_UNSURE },
		{ "STABLE", VM_NO_RESULT, "UNSTABLE", SWEEPWISH_UNSURE },
		{ "STABLE", VM_HANG, "STABLE", SWEEPWISH_UNSURE },
		{ "STABLE", VM_PANIC, "STABLE", SWEEPWISH_UNSURE },
		{ "STABLE", VM_BOOT_FAILURE, NULL, SWEEPWISH_UNSURE },
		{ "STABLE", VM_HARNESS, NULL, SWEEPWISH_UNSURE },
		{ "panic", VM_PANIC, NULL, SWEEPWISH_YES },
		{ "panic", VM_COMPLETE, "STABLE", SWEEPWISH_NO },
		{ "panic", VM_WARNED, "STABLE", SWEEPWISH_NO },
		{ "panic", VM_HANG, NULL, SWEEPWISH_UNSURE },
		{ "panic", VM_HARNESS, NULL, SWEEPWISH_UNSURE },
		{ "hang", VM_HANG, NULL, SWEEPWISH_YES },
		{ "warned", VM_WARNED, "STABLE", SWEEPWISH_YES },
		{ "boot-failure", VM_BOOT_FAILURE, NULL, SWEEPWISH_YES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64], reason[] = "so it is", name[] = "k";
		char why[SWEEPWISH_TEXT_SIZE];
		struct sweepresult_case one = { .scenario = "pwrite@writeback",
						.note = "" };
		struct sweepresult result = {
			.name = name, .reason = reason,
			.outcome = rows[i].outcome, .cases = &one,
			.case_count = rows[i].verdict ? 1 : 0,
		};
		struct sweepwish wish;

		snprintf(text, sizeof(text), "pwrite@writeback=%s",
			 rows[i].wish);
		assert_null(sweepwish_parse(text, &wish));
		if (rows[i].verdict)
			assert_int_equal(verdict_parse(rows[i].verdict,
						       &one.verdict), 0);
		if (sweepwish_ask(&wish, &result, why) != rows[i].answer)
			fail_msg("row %zu: %s", i, why);
		assert_true(*why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsed),
		cmocka_unit_test(answers),
	};

	log_setup("sweepwish_test", LOG_SINK_STDERR, false);
	return cmocka_run_group_tests_name("sweepwish", tests, NULL, NULL);
}
