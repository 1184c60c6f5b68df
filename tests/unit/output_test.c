/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms of the results of a run, byte for byte. */
#include "output-bench.h"

#include "common/json.h"

static void table(UNUSED void **state)
{
	expect("scenario     verdict   known      ms  note\n"
	       "long-name@x  LOST      UNSTABLE  1.0  lost it\n"
	       "    known: UNSTABLE, read\n"
	       "d@x          SKIP      BLOCKED     -  no device\n"
	       "a@x          BLOCKED   BLOCKED   4.5  slept\n"
	       "b@x          UNSTABLE  UNSTABLE  0.1  block #0\n"
	       "4 scenarios: 2 as known, 1 skipped, 1 deviates (1.00 s)\n",
	       (struct output){ .format = &output_table_format });
}

/* The verdict is coloured, and the columns stay where they were. */
static void colours(UNUSED void **state)
{
	char *text = tell((struct output){ .format = &output_table_format,
					   .colour = true });

	assert_non_null(strstr(text, "long-name@x  \033[31mLOST    \033[0m  "
			       "UNSTABLE  1.0"));
	assert_non_null(strstr(text, "\033[32mBLOCKED "));
	free(text);
}

/* -v: what each does, and what its known verdict rests on. */
static void verbose_table(UNUSED void **state)
{
	char *text = tell((struct output){ .format = &output_table_format,
					   .verbose = true });

	assert_non_null(strstr(text, "  lost it\n    what it does\n"
			       "    known: UNSTABLE, read\n"));
	assert_non_null(strstr(text, "  slept\n    what it does\n"
			       "    known: BLOCKED, run on 1.0\n"));
	free(text);
}

static void quiet_table(UNUSED void **state)
{
	expect("scenario     verdict   known      ms  note\n"
	       "long-name@x  LOST      UNSTABLE  1.0  lost it\n"
	       "    known: UNSTABLE, read\n",
	       (struct output){ .format = &output_table_format,
				.quiet = true });
}

/* Silence is golden: nothing at all when all is as known. */
static void quiet_success(UNUSED void **state)
{
	results[2].known = NULL;
	results[2].outcome = RESULT_AS_KNOWN;
	expect("", (struct output){ .format = &output_table_format,
				    .quiet = true });
}

static void ktap(UNUSED void **state)
{
	snprintf(results[2].note, sizeof(results[2].note), "lost\nit");
	expect("KTAP version 1\n"
	       "1..4\n"
	       "# verdict: BLOCKED\n"
	       "# known: BLOCKED\n"
	       "# ground: run on 1.0\n"
	       "# call: 4.512 ms\n"
	       "# note: slept\n"
	       "ok 1 a@x\n"
	       "# verdict: UNSTABLE\n"
	       "# known: UNSTABLE\n"
	       "# ground: read\n"
	       "# call: 0.050 ms\n"
	       "# note: block  0\n"
	       "ok 2 b@x # XFAIL UNSTABLE\n"
	       "# verdict: LOST\n"
	       "# known: UNSTABLE\n"
	       "# ground: read\n"
	       "# call: 1.000 ms\n"
	       "# note: lost it\n"
	       "not ok 3 long-name@x\n"
	       "# verdict: SKIP\n"
	       "# known: BLOCKED\n"
	       "# ground: run on 1.0\n"
	       "# note: no device\n"
	       "ok 4 d@x # SKIP no device\n"
	       "# Totals: pass:1 fail:1 xfail:1 xpass:0 skip:1 error:0\n",
	       (struct output){ .format = &output_ktap_format });
}

/* What is bad for --strict is "not ok", without a directive that excuses it. */
static void ktap_strict(UNUSED void **state)
{
	char *text;

	for (size_t i = 0; i < RESULTS; i++)
		result_compare(&results[i], true);
	text = tell((struct output){ .format = &output_ktap_format });
	assert_non_null(strstr(text, "\nnot ok 2 b@x\n"));
	assert_non_null(strstr(text, "pass:1 fail:2 xfail:0 "));
	free(text);
}

static void ktap_errors(UNUSED void **state)
{
	char *text;

	result_deinit(&results[0]);
	result_init(&results[0], "a@x", "help");
	result_add(&results[0], VERDICT_BIT(VERDICT_ERROR), 0, "no log");
	results[0].known = &blocked;
	results[1].known = NULL;
	result_add(&results[2], VERDICT_BIT(VERDICT_HUNG), 0, "fsync");
	for (size_t i = 0; i < RESULTS; i++)
		result_compare(&results[i], false);
	text = tell((struct output){ .format = &output_ktap_format });
	assert_non_null(strstr(text, "\nnot ok 1 a@x # ERROR no log\n"));
	assert_non_null(strstr(text, "\nnot ok 2 b@x # ERROR no known "
			       "verdict for what this mount can do\n"));
	assert_non_null(strstr(text, "\nnot ok 3 long-name@x # TIMEOUT "
			       "1 HUNG, 1 LOST\n"));
	assert_non_null(strstr(text, "pass:0 fail:1 xfail:0 xpass:0 skip:1 "
			       "error:2\n"));
	free(text);
}

static void tap13(UNUSED void **state)
{
	char *text = tell((struct output){ .format = &output_ktap_format,
					   .tap = 13 });

	assert_int_equal(strncmp(text, "TAP version 13\n1..4\n", 20), 0);
	free(text);
}

static void json_lines(UNUSED void **state)
{
	char *text = tell((struct output){ .format = &output_json_format });
	const char *verdict, *outcome, *note, *ground, *failed;
	unsigned int lines = 0;
	json_int_t us, status;
	int lost;

	for (char *line = text, *end; (end = strchr(line, '\n'));
	     line = end + 1) {
		json_t *object = json_loadb(line, (size_t)(end - line), 0,
					    NULL);

		assert_non_null(object);
		if (++lines == 3) {
			assert_int_equal(json_unpack(
				object, "{s:s, s:s, s:s, s:{s:s}, s:I, s:{s:i}}",
				"verdict", &verdict, "outcome", &outcome,
				"note", &note, "known", "ground", &ground,
				"call_us", &us,
				"verdicts", "LOST", &lost), 0);
			assert_string_equal(verdict, "LOST");
			assert_string_equal(outcome, "deviates");
			assert_string_equal(note, "lost it");
			assert_string_equal(ground, "read");
			assert_int_equal(us, 1000);
			assert_int_equal(lost, 1);
		} else if (lines == 5) {
			assert_int_equal(json_unpack(
				object, "{s:{s:I, s:{s:I}, s:[s!]}}", "summary",
				"status", &status, "outcomes", "as_known", &us,
				"failed", &failed), 0);
			assert_string_equal(failed, "long-name@x");
			assert_int_equal(status, 1);
			assert_int_equal(us, 2);
		}
		json_decref(object);
	}
	assert_int_equal(lines, 5);
	free(text);
}

static void junit(UNUSED void **state)
{
	for (size_t i = 0; i < RESULTS; i++)
		results[i].duration_ns = (i + 1) * 1500 * CLOCK_NS_PER_MS;
	expect("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	       "<testsuites>\n"
	       "  <testsuite name=\"pinctl run\" tests=\"4\" failures=\"1\" "
	       "errors=\"0\" skipped=\"1\" time=\"1.000000\">\n"
	       "    <testcase name=\"long-name@x\" classname=\"pinctl\" "
	       "time=\"4.500000\">\n"
	       "      <failure message=\"LOST, known: UNSTABLE\" "
	       "type=\"LOST\">known: UNSTABLE, read</failure>\n"
	       "      <system-out>LOST: lost it\n"
	       "known: UNSTABLE, read</system-out>\n"
	       "    </testcase>\n"
	       "    <testcase name=\"d@x\" classname=\"pinctl\" "
	       "time=\"6.000000\">\n"
	       "      <skipped message=\"no device\"/>\n"
	       "      <system-out>SKIP: no device\n"
	       "known: BLOCKED, run on 1.0</system-out>\n"
	       "    </testcase>\n"
	       "    <testcase name=\"a@x\" classname=\"pinctl\" "
	       "time=\"1.500000\">\n"
	       "      <system-out>BLOCKED: slept\n"
	       "known: BLOCKED, run on 1.0</system-out>\n"
	       "    </testcase>\n"
	       "    <testcase name=\"b@x\" classname=\"pinctl\" "
	       "time=\"3.000000\">\n"
	       "      <system-out>UNSTABLE: block #0\n"
	       "known: UNSTABLE, read</system-out>\n"
	       "    </testcase>\n"
	       "  </testsuite>\n"
	       "</testsuites>\n",
	       (struct output){ .format = &output_junit_format });
}

static void junit_errors(UNUSED void **state)
{
	char *text;

	result_deinit(&results[0]);
	result_init(&results[0], "a@x", "help");
	result_add(&results[0], VERDICT_BIT(VERDICT_ERROR), 0, "no log");
	results[0].known = &blocked;
	results[1].known = NULL;
	for (size_t i = 0; i < RESULTS; i++)
		result_compare(&results[i], false);
	text = tell((struct output){ .format = &output_junit_format });
	assert_non_null(strstr(text, "failures=\"1\" errors=\"2\" "));
	assert_non_null(strstr(text, "<error message=\"no log\" "
			       "type=\"ERROR\"/>"));
	assert_non_null(strstr(text, "<error message=\"no known verdict for "
			       "what this mount can do: UNSTABLE\" "
			       "type=\"UNSTABLE\"/>"));
	free(text);
}

/* Whatever a note holds: characters that XML 1.0 has, and no markup. */
static void junit_escapes(UNUSED void **state)
{
	static const struct {
		const char *note, *text;
	} rows[] = {
		{ "<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;'" },
		{ "]]>", "]]&gt;" },
		{ "a\tb\nc\rd", "a&#9;b&#10;c&#13;d" },
		{ "\033[31m\001\x1f", "\\x1b[31m\\x01\\x1f" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xc3(\xff", "\\xc3(\\xff" },
		{ "\xc0\x80\xed\xa0\x80",
		  "\\xc0\\x80\\xed\\xa0\\x80" },
		{ "\xef\xbf\xbe\xef\xbf\xbd", "\\xef\\xbf\\xbe\xef\xbf\xbd" },
		{ "cut \xe2\x82", "cut \\xe2\\x82" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char wanted[RESULT_TEXT_SIZE];
		char *text;

		snprintf(results[3].note, sizeof(results[3].note), "%s",
			 rows[i].note);
		text = tell((struct output){ .format = &output_junit_format });
		snprintf(wanted, sizeof(wanted), "<skipped message=\"%s\"/>",
			 rows[i].text);
		if (!strstr(text, wanted))
			fail_msg("row %zu: %s", i, text);
		snprintf(wanted, sizeof(wanted), ">SKIP: %s\nknown: ",
			 rows[i].text);
		if (!strstr(text, wanted))
			fail_msg("row %zu: %s", i, text);
		free(text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		OUTPUT_TEST(table),
		OUTPUT_TEST(colours),
		OUTPUT_TEST(verbose_table),
		OUTPUT_TEST(quiet_table),
		OUTPUT_TEST(quiet_success),
		OUTPUT_TEST(ktap),
		OUTPUT_TEST(ktap_strict),
		OUTPUT_TEST(ktap_errors),
		OUTPUT_TEST(tap13),
		OUTPUT_TEST(json_lines),
		OUTPUT_TEST(junit),
		OUTPUT_TEST(junit_errors),
		OUTPUT_TEST(junit_escapes),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
