/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns KTAP version 1 (Documentation/dev-tools/ktap.rst of Linux) and, for
 * harnesses that want it, TAP version 13: version, plan, for each scenario its
 * diagnostics and then its result line, and kselftest's Totals line.
 *
 * Directives: SKIP; ERROR when nothing was learned; TIMEOUT for HUNG; XFAIL for
 * a verdict that is bad and known to be so on such a kernel. A deviation, also
 * one for the better, is "not ok".
 */
#include "client/output.h"

#include <string.h>

#include "common/clock.h"
#include "common/compiler.h"

enum line {
	LINE_PASS,
	LINE_FAIL,
	LINE_XFAIL,
	LINE_XPASS,		/* never said; part of the Totals line */
	LINE_SKIP,
	LINE_ERROR,
	LINES,
};

static enum line line_of(const struct result *result)
{
	switch (result->outcome) {
	case RESULT_AS_KNOWN:
		return verdict_strict(result->worst) ? LINE_XFAIL : LINE_PASS;
	case RESULT_SKIPPED:
		return LINE_SKIP;
	case RESULT_UNSURE:
	case RESULT_NOT_KNOWN:
		return LINE_ERROR;
	default:
		return LINE_FAIL;
	}
}

/* '#' would begin a directive, a newline another line. */
static void print_text(struct output *output, const char *text)
{
	for (; *text; text++)
		fputc(*text == '#' || *text == '\n' ? ' ' : *text,
		      output->out);
}

static void print_diagnostic(struct output *output, const char *key,
			     const char *text)
{
	if (!*text)
		return;
	fprintf(output->out, "# %s: ", key);
	print_text(output, text);
	fputc('\n', output->out);
}

static void print_evidence(struct output *output, const struct result *result)
{
	char text[RESULT_PHASES_SIZE];

	result_describe_phases(result->phases, result->phase_count, text);
	if (output->verbose)
		print_diagnostic(output, "phases", text);
	for (size_t i = 0; i < RESULT_FILES && result->files[i]; i++)
		print_diagnostic(output, "file", result->files[i]);
}

static void print_diagnostics(struct output *output, struct result *result)
{
	uint64_t median_ns = result_median_ns(result);
	char verdicts[RESULT_TEXT_SIZE];

	result_describe(result, verdicts);
	print_diagnostic(output, "verdict", verdicts);
	if (result->known) {
		print_diagnostic(output, "known",
				 verdict_name(result->known->verdict));
		print_diagnostic(output, "ground", result->known->ground);
	}
	if (median_ns)
		fprintf(output->out, "# call: %.3f ms\n",
			(double)median_ns / CLOCK_NS_PER_MS);
	print_diagnostic(output, "note", result->note);
	print_evidence(output, result);
}

static const char *directive(const struct result *result, enum line line)
{
	static const char *const directives[LINES] = {
		[LINE_XFAIL] = "XFAIL",
		[LINE_SKIP] = "SKIP",
		[LINE_ERROR] = "ERROR",
	};

	if (line == LINE_FAIL && result->worst == VERDICT_HUNG)
		return "TIMEOUT";
	return directives[line];
}

/* What comes after the directive. */
static void describe(const struct result *result, enum line line,
		     char text[RESULT_TEXT_SIZE])
{
	if (line == LINE_SKIP || result->outcome == RESULT_UNSURE)
		snprintf(text, RESULT_TEXT_SIZE, "%s", result->note);
	else if (result->outcome == RESULT_NOT_KNOWN)
		snprintf(text, RESULT_TEXT_SIZE,
			 "no known verdict for what this mount can do");
	else
		result_describe(result, text);
}

static void ktap_begin(struct output *output, size_t scenarios)
{
	fprintf(output->out, output->tap == 13 ? "TAP version 13\n" :
						 "KTAP version 1\n");
	fprintf(output->out, "1..%zu\n", scenarios);
	fflush(output->out);
}

static void ktap_result(struct output *output, struct result *result)
{
	enum line line = line_of(result);
	bool ok = line != LINE_FAIL && line != LINE_ERROR;
	const char *word = directive(result, line);
	char text[RESULT_TEXT_SIZE];

	print_diagnostics(output, result);
	fprintf(output->out, "%sok %zu %s", ok ? "" : "not ", ++output->told,
		result->name);
	if (word) {
		describe(result, line, text);
		fprintf(output->out, " # %s ", word);
		print_text(output, text);
	}
	fputc('\n', output->out);
	fflush(output->out);
}

static void ktap_end(struct output *output, struct result *results,
		     size_t count, const struct result_summary *summary)
{
	char text[RESULT_TEXT_SIZE];
	unsigned int totals[LINES] = { 0 };
	const struct kept *kept = summary->kept;

	for (size_t i = 0; i < count; i++)
		totals[line_of(&results[i])]++;
	if (summary->stop.scenario) {
		result_describe_stop(&summary->stop, text);
		print_diagnostic(output, "stopped at", text);
	}
	for (size_t i = 0; kept && i < kept->count; i++) {
		print_diagnostic(output, "kept", kept->places[i].source);
		print_diagnostic(output, "kept", kept->places[i].log);
	}
	fprintf(output->out, "# Totals: pass:%u fail:%u xfail:%u xpass:%u "
		"skip:%u error:%u\n", totals[LINE_PASS], totals[LINE_FAIL],
		totals[LINE_XFAIL], totals[LINE_XPASS], totals[LINE_SKIP],
		totals[LINE_ERROR]);
	fflush(output->out);
}

static void ktap_skip(struct output *output, const char *reason)
{
	fprintf(output->out, output->tap == 13 ? "TAP version 13\n" :
						 "KTAP version 1\n");
	fprintf(output->out, "1..0 # SKIP ");
	print_text(output, reason);
	fputc('\n', output->out);
	fflush(output->out);
}

const struct output_format output_ktap_format = {
	.begin = ktap_begin,
	.result = ktap_result,
	.end = ktap_end,
	.skip = ktap_skip,
};
