/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the doctor says of each verdict that its two scenarios can have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "client/diagnosis.h"

#include <cmocka.h>	/* last: its macros take common names */

static const struct {
	enum verdict planted, clean;
	int status;
	const char *words;	/* in the sentence */
} rows[] = {
	{ VERDICT_UNSTABLE, VERDICT_STABLE, CMD_OK, "is seen here" },
	{ VERDICT_UNSTABLE, VERDICT_UNSTABLE, CMD_FOUND, "not quiet" },
	{ VERDICT_UNSTABLE, VERDICT_HIDDEN, CMD_FOUND, "not quiet" },
	{ VERDICT_UNSTABLE, VERDICT_ERROR, CMD_UNSURE, "could not" },
	/* It was not seen: only then is that said. */
	{ VERDICT_HIDDEN, VERDICT_HIDDEN, CMD_FOUND, "NOT seen" },
	{ VERDICT_STABLE, VERDICT_STABLE, CMD_FOUND, "NOT seen" },
	/* There was nothing to be seen. */
	{ VERDICT_BLOCKED, VERDICT_STABLE, CMD_UNSURE, "could not" },
	{ VERDICT_REFUSED, VERDICT_STABLE, CMD_UNSURE, "could not" },
	/* Nothing was learned. */
	{ VERDICT_ERROR, VERDICT_STABLE, CMD_UNSURE, "could not" },
	{ VERDICT_HUNG, VERDICT_STABLE, CMD_UNSURE, "could not" },
	{ VERDICT_SKIP, VERDICT_SKIP, CMD_UNSURE, "could not" },
	{ VERDICT_HIDDEN, VERDICT_ERROR, CMD_UNSURE, "could not" },
	/* Worse than a change under writeback. */
	{ VERDICT_LOST, VERDICT_STABLE, CMD_FOUND, "more than" },
	{ VERDICT_TORN, VERDICT_STABLE, CMD_FOUND, "more than" },
	{ VERDICT_ORPHAN, VERDICT_STABLE, CMD_FOUND, "more than" },
	{ VERDICT_PINLEAK, VERDICT_STABLE, CMD_FOUND, "more than" },
};

static void conclusions(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct diagnosis diagnosis = diagnosis_make(rows[i].planted,
							    rows[i].clean);

		if (diagnosis.status != rows[i].status ||
		    !strstr(diagnosis.text, rows[i].words))
			fail_msg("%s, %s: %d, '%s'",
				 verdict_name(rows[i].planted),
				 verdict_name(rows[i].clean), diagnosis.status,
				 diagnosis.text);
	}
}

/* A verdict that comes later is not forgotten here. */
static void every_verdict_is_planted(UNUSED void **state)
{
	unsigned int planted = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		planted |= VERDICT_BIT(rows[i].planted);
	assert_int_equal(planted, VERDICT_BIT(VERDICT_COUNT) - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(conclusions),
		cmocka_unit_test(every_verdict_is_planted),
	};

	return cmocka_run_group_tests_name("diagnosis", tests, NULL, NULL);
}
