/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the table for people: aligned columns, what is not as expected first,
 * a summary line. Printed at the end, when the widths are known.
 */
#include "client/output.h"

#include "client/causes.h"
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/compiler.h"

enum { COLUMNS = 5, NUMBER_SIZE = 24, LINE_WIDTH = 78 };

static const char *const titles[COLUMNS] = {
	"scenario", "verdict", "known", "ms", "note"
};

/* A row's texts; those that point nowhere else are in here. */
struct row {
	const char *cells[COLUMNS];
	char verdict[RESULT_TEXT_SIZE];
	char ms[NUMBER_SIZE];
};

static void fill_row(struct row *row, struct result *result)
{
	uint64_t median_ns = result_median_ns(result);

	result_describe(result, row->verdict);
	if (median_ns)
		snprintf(row->ms, sizeof(row->ms), "%.1f",
			 (double)median_ns / CLOCK_NS_PER_MS);
	else
		snprintf(row->ms, sizeof(row->ms), "-");
	row->cells[0] = result->name;
	row->cells[1] = row->verdict;
	row->cells[2] = result->known ? verdict_name(result->known->verdict) :
					"-";
	row->cells[3] = row->ms;
	row->cells[4] = result->note;
}

static const char *colour_of(const struct result *result)
{
	if (result->outcome == RESULT_DEVIATES ||
	    result->outcome == RESULT_NOT_ACCEPTED)
		return "\033[31m";
	if (result->outcome != RESULT_AS_KNOWN)
		return "\033[33m";
	return verdict_strict(result->worst) ? "\033[35m" : "\033[32m";
}

/* Numbers to the right, the rest to the left, the last without filling. */
static void print_cells(struct output *output, const char *const *cells,
			const size_t *widths, const char *colour)
{
	bool coloured = output->colour && colour;

	for (size_t i = 0; i < COLUMNS; i++) {
		int width = (int)widths[i];

		if (i == COLUMNS - 1)
			fprintf(output->out, "%s", cells[i]);
		else if (i == 1 && coloured)
			fprintf(output->out, "%s%-*s\033[0m  ", colour, width,
				cells[i]);
		else
			fprintf(output->out, i == 3 ? "%*s  " : "%-*s  ", width,
				cells[i]);
	}
	fputc('\n', output->out);
}

/* In lines of LINE_WIDTH, broken behind commas. */
static void print_wrapped(FILE *out, const char *title, const char *text)
{
	int column = fprintf(out, "    %s: ", title);

	while (*text) {
		int len = (int)strcspn(text, ",");

		len += text[len] == ',';
		if (column + len > LINE_WIDTH)
			column = fprintf(out, "\n     ") - 1;
		column += fprintf(out, "%.*s", len, text);
		text += len;
	}
	fputc('\n', out);
}

static void print_evidence(const struct output *output,
			   const struct result *result)
{
	char text[RESULT_PHASES_SIZE];

	result_describe_phases(result->phases, result->phase_count, text);
	if (output->verbose && *text)
		print_wrapped(output->out, "phases", text);
	for (size_t i = 0; i < RESULT_FILES && result->files[i]; i++)
		fprintf(output->out, "    file: %s\n", result->files[i]);
}

/* What a known verdict rests on is needed most where it did not come. */
static void print_more(struct output *output, const struct result *result)
{
	bool failed = result->outcome >= RESULT_NOT_ACCEPTED;

	if (output->verbose)
		fprintf(output->out, "    %s\n", result->help);
	if (result->known && (output->verbose || failed))
		fprintf(output->out, "    known: %s, %s\n",
			verdict_name(result->known->verdict),
			result->known->ground);
	print_evidence(output, result);
}

static bool shown(const struct output *output, const struct result *result)
{
	return !output->quiet || result->outcome > RESULT_SKIPPED;
}

/* The most wanted outcome first, in the order of running within one. */
static void print_rows(struct output *output, struct result *results,
		       const struct row *rows, size_t count,
		       const size_t *widths)
{
	print_cells(output, titles, widths, NULL);
	for (int want = RESULT_OUTCOMES - 1; want >= 0; want--)
		for (size_t i = 0; i < count; i++) {
			if ((int)results[i].outcome != want ||
			    !shown(output, &results[i]))
				continue;
			print_cells(output, rows[i].cells, widths,
				    colour_of(&results[i]));
			print_more(output, &results[i]);
		}
}

/* In the order of the questions. */
static void print_answers(struct output *output, const struct result *results,
			  size_t count)
{
	for (size_t q = 0; q < QUESTIONS; q++) {
		const struct question *question = question_at(q);

		for (size_t i = 0; i < count; i++) {
			if (results[i].question != question)
				continue;
			fprintf(output->out, "\n%zu. %s\n   %s: %s, %s (%s)\n"
				"   %s\n", q + 1, question->asked,
				question_answer(results[i].worst),
				verdict_name(results[i].worst), results[i].note,
				results[i].name, question->claim);
		}
	}
}

static void print_summary(struct output *output,
			  const struct result_summary *summary)
{
	const char *comma = ":";

	fprintf(output->out, "%zu scenario%s", summary->scenarios,
		summary->scenarios == 1 ? "" : "s");
	if (summary->runs != summary->scenarios)
		fprintf(output->out, ", %u runs", summary->runs);
	for (size_t i = 0; i < RESULT_OUTCOMES; i++) {
		if (!summary->outcomes[i])
			continue;
		fprintf(output->out, "%s %zu %s", comma, summary->outcomes[i],
			result_outcome_name((enum result_outcome)i));
		comma = ",";
	}
	fprintf(output->out, " (%.2f s)\n",
		(double)summary->duration_ns / CLOCK_NS_PER_SEC);
}

static void print_stop(struct output *output, const struct result_stop *stop)
{
	char text[RESULT_TEXT_SIZE];

	if (!stop->scenario)
		return;
	result_describe_stop(stop, text);
	fprintf(output->out, "stopped at %s\n", text);
}

/* Said whatever else is shown: it was asked for. */
static void print_kept(struct output *output, const struct kept *kept)
{
	for (size_t i = 0; kept && i < kept->count; i++)
		fprintf(output->out, "kept: %s, events in %s\n",
			kept->places[i].source, kept->places[i].log);
}

static void table_begin(UNUSED struct output *output, UNUSED size_t scenarios)
{
}

static void table_result(UNUSED struct output *output,
			 UNUSED struct result *result)
{
}

static void table_end(struct output *output, struct result *results,
		      size_t count, const struct result_summary *summary)
{
	struct row *rows = calloc(count, sizeof(*rows));
	size_t widths[COLUMNS];
	bool any = false;

	if (!rows)
		return;
	for (size_t c = 0; c < COLUMNS; c++)
		widths[c] = strlen(titles[c]);
	for (size_t i = 0; i < count; i++) {
		fill_row(&rows[i], &results[i]);
		any |= shown(output, &results[i]);
		for (size_t c = 0; c < COLUMNS; c++)
			widths[c] = MAX(widths[c], strlen(rows[i].cells[c]));
	}
	if (any)
		print_rows(output, results, rows, count, widths);
	print_answers(output, results, count);
	print_stop(output, &summary->stop);
	if (!output->quiet)
		print_summary(output, summary);
	print_kept(output, summary->kept);
	fflush(output->out);
	free(rows);
}

static void table_skip(struct output *output, const char *reason)
{
	if (!output->quiet)
		fprintf(output->out, "skipped: %s\n", reason);
	fflush(output->out);
}

static void table_causes(struct output *output, const struct causes *causes)
{
	causes_print(causes, output->out);
}

const struct output_format output_table_format = {
	.begin = table_begin,
	.result = table_result,
	.end = table_end,
	.skip = table_skip,
	.causes = table_causes,
};
