/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all forms of the results of a run have to say, each in its way. */
#include "output-bench.h"

/* Each form says where --until-failure stopped. */
static void stopped(UNUSED void **state)
{
	static const struct {
		const struct output_format *format;
		const char *text;
	} rows[] = {
		{ &output_table_format,
		  "\nstopped at run 9: b@x, run 2 of it: LOST\n" },
		{ &output_ktap_format,
		  "\n# stopped at: run 9: b@x, run 2 of it: LOST\n# Totals" },
		{ &output_json_format,
		  "\"stopped\":{\"run\":9,\"scenario\":\"b@x\","
		  "\"run_of_scenario\":2,\"verdict\":\"LOST\"}" },
		{ &output_junit_format,
		  "<system-out>stopped at run 9: b@x, run 2 of it: LOST<" },
	};

	summary.stop = (struct result_stop){ .scenario = "b@x", .run = 9,
					     .nth = 2,
					     .verdict = VERDICT_LOST };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = tell((struct output){ .format = rows[i].format,
						   .quiet = true });

		if (!strstr(text, rows[i].text))
			fail_msg("row %zu: %s", i, text);
		free(text);
	}
}

static const struct trial_phase times[] = {
	{ "probe", 1000 }, { "make", 1412000 }, { "probe", 2000 },
};

/* Each form has the phases: JSON always, the others with -v. */
static void phases(UNUSED void **state)
{
	static const struct {
		const struct output_format *format;
		bool always;
		const char *text;
	} rows[] = {
		{ &output_table_format, false,
		  "\n    phases: probe 0.001 ms, make 1.412 ms, "
		  "probe 0.002 ms\n" },
		{ &output_ktap_format, false,
		  "\n# phases: probe 0.001 ms, make 1.412 ms, "
		  "probe 0.002 ms\nok 1 a@x\n" },
		{ &output_json_format, true,
		  "\"phases\":{\"probe\":3,\"make\":1412}" },
		{ &output_junit_format, false,
		  "\nphases: probe 0.001 ms, make 1.412 ms, "
		  "probe 0.002 ms</system-out>\n" },
	};

	result_set_phases(&results[0], times, ARRAY_SIZE(times));
	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		bool verbose = i % 2;
		char *text = tell((struct output){
			.format = rows[i / 2].format, .verbose = verbose });

		if (!strstr(text, rows[i / 2].text) !=
		    !(verbose || rows[i / 2].always))
			fail_msg("row %zu: %s", i, text);
		free(text);
	}
}

/* No line of the table's is longer than 78 columns for the sake of phases. */
static void many_phases(UNUSED void **state)
{
	struct trial_phase many[TRIAL_PHASES_MAX];
	char *text, *rest;

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct trial_phase){ "destroy", 10000000000 + i };
	result_set_phases(&results[0], many, ARRAY_SIZE(many));
	text = tell((struct output){ .format = &output_table_format,
				     .verbose = true });
	assert_non_null(strstr(text, "    phases: destroy 10000.000 ms, "
			       "destroy 10000.000 ms, destroy 10000.000 ms,\n"
			       "      destroy "));
	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (strstr(line, " ms"))
			assert_true(strlen(line) <= 78);
	free(text);
}

/* What --keep has left, file by file and as a whole. */
static void kept(UNUSED void **state)
{
	static struct kept_place place = {
		.source = (char *)"/k/source", .state = (char *)"/k/state",
		.log = (char *)"/k/log",
	};
	static const struct kept list = { .places = &place, .count = 1 };
	static const struct {
		const struct output_format *format;
		const char *file, *place;
	} rows[] = {
		{ &output_table_format, "\n    file: /k/source/f\n",
		  "\nkept: /k/source, events in /k/log\n" },
		{ &output_ktap_format, "\n# file: /k/source/f\nok 1 a@x\n",
		  "\n# kept: /k/source\n# kept: /k/log\n# Totals:" },
		{ &output_json_format, "\"files\":[\"/k/source/f\"],"
		  "\"store\":\"0123456789abcdef\"}\n",
		  "\"kept\":[{\"source\":\"/k/source\","
		  "\"state\":\"/k/state\",\"log\":\"/k/log\"}]" },
		{ &output_junit_format, "\nfile: /k/source/f</system-out>\n",
		  "<system-out>\nkept: /k/source\nkept: /k/log<" },
	};

	results[0].files[0] = strdup("/k/source/f");
	snprintf(results[0].stored, sizeof(results[0].stored), "%s",
		 "0123456789abcdef");
	summary.kept = &list;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = tell((struct output){ .format = rows[i].format });

		if (!strstr(text, rows[i].file) ||
		    !strstr(text, rows[i].place))
			fail_msg("row %zu: %s", i, text);
		free(text);
	}
}

static void skipping(UNUSED void **state)
{
	static const struct {
		struct output output;
		const char *text;
	} forms[] = {
		{ { .format = &output_table_format }, "skipped: no #1\n" },
		{ { .format = &output_ktap_format },
		  "KTAP version 1\n1..0 # SKIP no  1\n" },
		{ { .format = &output_ktap_format, .tap = 13 },
		  "TAP version 13\n1..0 # SKIP no  1\n" },
		{ { .format = &output_json_format },
		  "{\"summary\":{\"skipped\":\"no #1\",\"scenarios\":0}}\n" },
		{ { .format = &output_junit_format },
		  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		  "  <testsuite name=\"pinctl run\" tests=\"1\" "
		  "failures=\"0\" errors=\"0\" skipped=\"1\" "
		  "time=\"0.000000\">\n"
		  "    <testcase name=\"mount\" classname=\"pinctl\" "
		  "time=\"0\">\n"
		  "      <skipped message=\"no #1\"/>\n    </testcase>\n"
		  "  </testsuite>\n</testsuites>\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct output output = forms[i].output;
		char *text = NULL;
		size_t size;

		output.out = open_memstream(&text, &size);
		(output.format->skip)(&output, "no #1");
		fclose(output.out);
		assert_string_equal(text, forms[i].text);
		free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		OUTPUT_TEST(stopped),
		OUTPUT_TEST(phases),
		OUTPUT_TEST(many_phases),
		OUTPUT_TEST(kept),
		OUTPUT_TEST(skipping),
	};

	return cmocka_run_group_tests_name("outputforms", tests, NULL, NULL);
}
