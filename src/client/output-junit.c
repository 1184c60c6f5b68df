/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns JUnit XML as CI systems read it: one testsuite, with a testcase for each
 * scenario, what is not as known first. Printed at the end: the suite begins
 * with its sums.
 *
 * As in KTAP, a bad verdict that is known is no failure, and what could not be
 * told is an error.
 */
#include "client/output.h"

#include <string.h>

#include "client/xmltext.h"
#include "common/clock.h"
#include "common/compiler.h"

enum kind { KIND_PASS, KIND_FAILURE, KIND_ERROR, KIND_SKIPPED, KINDS };

static enum kind kind_of(const struct result *result)
{
	switch (result->outcome) {
	case RESULT_AS_KNOWN:
		return KIND_PASS;
	case RESULT_SKIPPED:
		return KIND_SKIPPED;
	case RESULT_UNSURE:
	case RESULT_NOT_KNOWN:
		return KIND_ERROR;
	default:
		return KIND_FAILURE;
	}
}

static void put_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, " time=\"%.6f\"", (double)ns / CLOCK_NS_PER_SEC);
}

/* What went wrong, in a line. */
static void describe(const struct result *result, char text[RESULT_TEXT_SIZE])
{
	char verdicts[RESULT_TEXT_SIZE];

	result_describe(result, verdicts);
	if (result->outcome == RESULT_NOT_KNOWN)
		snprintf(text, RESULT_TEXT_SIZE, "no known verdict for what "
			 "this mount can do: %.160s", verdicts);
	else if (result->outcome == RESULT_DEVIATES && result->known)
		snprintf(text, RESULT_TEXT_SIZE, "%.200s, known: %s", verdicts,
			 verdict_name(result->known->verdict));
	else if (result->outcome == RESULT_SKIPPED ||
		 result->outcome == RESULT_UNSURE)
		snprintf(text, RESULT_TEXT_SIZE, "%s", result->note);
	else
		snprintf(text, RESULT_TEXT_SIZE, "%s", verdicts);
}

/* What would have been as known, and what that rests on. */
static void put_known(FILE *out, const struct known_row *known)
{
	fprintf(out, "known: %s, ", verdict_name(known->verdict));
	xmltext_put(out, known->ground);
}

static void put_trouble(FILE *out, const struct result *result)
{
	static const char *const elements[KINDS] = {
		[KIND_FAILURE] = "failure",
		[KIND_ERROR] = "error",
		[KIND_SKIPPED] = "skipped",
	};
	enum kind kind = kind_of(result);
	char text[RESULT_TEXT_SIZE];

	if (!elements[kind])
		return;
	describe(result, text);
	fprintf(out, "      <%s", elements[kind]);
	xmltext_attribute(out, "message", text);
	if (kind != KIND_SKIPPED)
		xmltext_attribute(out, "type", verdict_name(result->worst));
	if (kind == KIND_FAILURE && result->known) {
		fputc('>', out);
		put_known(out, result->known);
		fprintf(out, "</%s>\n", elements[kind]);
	} else {
		fprintf(out, "/>\n");
	}
}

static void put_line(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\n%s: ", key);
	xmltext_put(out, text);
}

static void put_evidence(struct output *output, const struct result *result)
{
	char text[RESULT_PHASES_SIZE];

	result_describe_phases(result->phases, result->phase_count, text);
	if (output->verbose && *text)
		put_line(output->out, "phases", text);
	for (size_t i = 0; i < RESULT_FILES && result->files[i]; i++)
		put_line(output->out, "file", result->files[i]);
}

/* For people, in lines. */
static void put_words(struct output *output, const struct result *result)
{
	FILE *out = output->out;
	char verdicts[RESULT_TEXT_SIZE];

	result_describe(result, verdicts);
	fprintf(out, "      <system-out>");
	xmltext_put(out, verdicts);
	if (*result->note) {
		fprintf(out, ": ");
		xmltext_put(out, result->note);
	}
	if (result->known) {
		fputc('\n', out);
		put_known(out, result->known);
	}
	put_evidence(output, result);
	fprintf(out, "</system-out>\n");
}

static void put_case(struct output *output, const struct result *result)
{
	FILE *out = output->out;

	fprintf(out, "    <testcase");
	xmltext_attribute(out, "name", result->name);
	xmltext_attribute(out, "classname", "pinctl");
	put_seconds(out, result->duration_ns);
	fprintf(out, ">\n");
	put_trouble(out, result);
	put_words(output, result);
	fprintf(out, "    </testcase>\n");
}

static void put_begin(FILE *out, const size_t counts[KINDS], uint64_t ns)
{
	size_t tests = 0;

	for (size_t i = 0; i < KINDS; i++)
		tests += counts[i];
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites>\n  <testsuite name=\"pinctl run\" tests=\"%zu\" "
		"failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", tests,
		counts[KIND_FAILURE], counts[KIND_ERROR],
		counts[KIND_SKIPPED]);
	put_seconds(out, ns);
	fprintf(out, ">\n");
}

static void put_end(FILE *out)
{
	fprintf(out, "  </testsuite>\n</testsuites>\n");
	fflush(out);
}

/* What is about no single case. */
static void put_summary(FILE *out, const struct result_summary *summary)
{
	const struct kept *kept = summary->kept;
	size_t places = kept ? kept->count : 0;
	char text[RESULT_TEXT_SIZE];

	if (!summary->stop.scenario && !places)
		return;
	fprintf(out, "    <system-out>");
	if (summary->stop.scenario) {
		result_describe_stop(&summary->stop, text);
		fprintf(out, "stopped at ");
		xmltext_put(out, text);
	}
	for (size_t i = 0; i < places; i++) {
		put_line(out, "kept", kept->places[i].source);
		put_line(out, "kept", kept->places[i].log);
	}
	fprintf(out, "</system-out>\n");
}

static void junit_begin(UNUSED struct output *output, UNUSED size_t scenarios)
{
}

static void junit_result(UNUSED struct output *output,
			 UNUSED struct result *result)
{
}

static void junit_end(struct output *output, struct result *results,
		      size_t count, const struct result_summary *summary)
{
	size_t counts[KINDS] = { 0 };

	for (size_t i = 0; i < count; i++)
		counts[kind_of(&results[i])]++;
	put_begin(output->out, counts, summary->duration_ns);
	for (int want = RESULT_OUTCOMES - 1; want >= 0; want--)
		for (size_t i = 0; i < count; i++)
			if ((int)results[i].outcome == want)
				put_case(output, &results[i]);
	put_summary(output->out, summary);
	put_end(output->out);
}

/* A suite without a case would be taken for a mistake by many a reader. */
static void junit_skip(struct output *output, const char *reason)
{
	static const size_t counts[KINDS] = { [KIND_SKIPPED] = 1 };

	put_begin(output->out, counts, 0);
	fprintf(output->out, "    <testcase name=\"mount\" classname=\"pinctl\""
		" time=\"0\">\n      <skipped");
	xmltext_attribute(output->out, "message", reason);
	fprintf(output->out, "/>\n    </testcase>\n");
	put_end(output->out);
}

const struct output_format output_junit_format = {
	.begin = junit_begin,
	.result = junit_result,
	.end = junit_end,
	.skip = junit_skip,
};
