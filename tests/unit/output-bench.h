/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results of a run to be told: one of each kind that there is. */
#ifndef PIN_OUTPUT_BENCH_H
#define PIN_OUTPUT_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/output.h"
#include "common/clock.h"
#include "common/compiler.h"

enum { RESULTS = 4 };

static struct known_row blocked = {
	.scenario = (char *)"a@x", .capabilities = (char *)"-",
	.verdict = VERDICT_BLOCKED, .ground = (char *)"run on 1.0",
};
static struct known_row unstable = {
	.scenario = (char *)"b@x", .capabilities = (char *)"live-writeback",
	.verdict = VERDICT_UNSTABLE, .ground = (char *)"read",
};

static struct result results[RESULTS];
static struct result_summary summary;

/* As known and good; as known and bad; a deviation; skipped. */
static inline int set_up(UNUSED void **state)
{
	static const struct {
		const char *name;
		enum verdict verdict;
		struct known_row *known;
		uint64_t call_ns;
		const char *note;
	} runs[RESULTS] = {
		{ "a@x", VERDICT_BLOCKED, &blocked, 4512345, "slept" },
		{ "b@x", VERDICT_UNSTABLE, &unstable, 50000, "block #0" },
		{ "long-name@x", VERDICT_LOST, &unstable, 1000000, "lost it" },
		{ "d@x", VERDICT_SKIP, &blocked, 0, "no device" },
	};

	summary = (struct result_summary){ .duration_ns = CLOCK_NS_PER_SEC };
	for (size_t i = 0; i < RESULTS; i++) {
		result_init(&results[i], runs[i].name, "what it does");
		result_add(&results[i], VERDICT_BIT(runs[i].verdict),
			   runs[i].call_ns, runs[i].note);
		results[i].known = runs[i].known;
		result_compare(&results[i], false);
		result_count(&summary, &results[i]);
	}
	return 0;
}

static inline int tear_down(UNUSED void **state)
{
	for (size_t i = 0; i < RESULTS; i++)
		result_deinit(&results[i]);
	return 0;
}

/* Everything that a form says; caller frees. */
static inline char *tell(struct output output)
{
	char *text = NULL;
	size_t size;

	output.out = open_memstream(&text, &size);
	assert_non_null(output.out);
	output.format->begin(&output, RESULTS);
	for (size_t i = 0; i < RESULTS; i++)
		output.format->result(&output, &results[i]);
	output.format->end(&output, results, RESULTS, &summary);
	fclose(output.out);
	return text;
}

static inline void expect(const char *wanted, struct output output)
{
	char *text = tell(output);

	assert_string_equal(text, wanted);
	free(text);
}

#define OUTPUT_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
