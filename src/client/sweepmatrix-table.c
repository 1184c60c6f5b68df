/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the matrix for people: what deviates, which kernels could not be told,
 * what kernels said in their logs, what changed from one to the next, why
 * things were skipped; then the kernels and the rows. Scenarios that are the
 * same on all kernels are counted, not listed, unless all is asked for.
 */
#include "client/sweepmatrix-internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/parse.h"

enum {
	WIDTH = 80,		/* where there is no terminal */
	WIDTH_LEAST = 40,	/* as textpage.h has it */
	ALARMS_MOST = 5,	/* of one kernel, unless all is asked for */
};

/* For "%zu kernel%s". */
#define PLURAL(count) (count), (count) == 1 ? "" : "s"

/* --------------------------------------------------------------- deviations */

static bool same_deviation(const struct sweepmatrix_cell *a,
			   const struct sweepmatrix_cell *b)
{
	const char *known = a->result->known, *other = b->result->known;
	autofree char *one = sweepmatrix_describe_verdict(a->result);
	autofree char *two = sweepmatrix_describe_verdict(b->result);

	return one && two && strcmp(one, two) == 0 &&
	       (known && other ? strcmp(known, other) == 0 : known == other);
}

/* Is there one like it on a kernel before? Then it has been told with that. */
static bool told_before(const struct sweepmatrix_table *table, size_t scenario,
			size_t kernel)
{
	const struct sweepmatrix_cell *cell =
		sweepmatrix_cell(table->matrix, scenario, kernel);

	for (size_t k = 0; k < kernel; k++) {
		const struct sweepmatrix_cell *other =
			sweepmatrix_cell(table->matrix, scenario, k);

		if (sweepmatrix_deviates(other) && same_deviation(cell, other))
			return true;
	}
	return false;
}

static void print_deviation(struct sweepmatrix_table *table, size_t scenario,
			    size_t kernel)
{
	const struct sweepmatrix_cell *cell =
		sweepmatrix_cell(table->matrix, scenario, kernel);
	autofree char *verdict = sweepmatrix_describe_verdict(cell->result);
	autofree char *on = NULL;
	struct sweepmatrix_names names;

	if (!sweepmatrix_names_begin(&names))
		return;
	for (size_t k = kernel; k < kernels(table); k++) {
		const struct sweepmatrix_cell *other =
			sweepmatrix_cell(table->matrix, scenario, k);

		if (sweepmatrix_deviates(other) && same_deviation(cell, other))
			sweepmatrix_names_add(
				&names, kernel_at(table, k)->label,
				other->partial ? " (before it failed)" : "");
	}
	on = sweepmatrix_names_end(&names);
	sweepmatrix_item(table, "%s: %s, known: %s, on %s",
			 table->matrix->scenarios[scenario],
			 verdict ? verdict : "",
			 cell->result->known ? cell->result->known : "nothing",
			 on ? on : "");
	if (*cell->result->note)
		sweepmatrix_detail(table, "%s", cell->result->note);
}

static size_t print_deviations(struct sweepmatrix_table *table)
{
	size_t count = 0;

	for (size_t s = 0; s < table->matrix->scenario_count; s++)
		for (size_t k = 0; k < kernels(table); k++) {
			if (!sweepmatrix_deviates(sweepmatrix_cell(
					table->matrix, s, k)))
				continue;
			if (!count++)
				sweepmatrix_heading(table, "Deviations from "
						    "the known verdicts:");
			if (!told_before(table, s, k))
				print_deviation(table, s, k);
		}
	if (count)
		textpage_blank(&table->page);
	return count;
}

/* ------------------------------------------------------------------ kernels */

static size_t print_untold(struct sweepmatrix_table *table)
{
	size_t count = 0;

	for (size_t k = 0; k < kernels(table); k++) {
		const struct sweepresult *result = kernel_at(table, k);
		autofree char *why = NULL;

		if (sweepresult_stands(result))
			continue;
		if (!count++)
			sweepmatrix_heading(table, "Kernels that could not be "
					    "told:");
		why = sweepmatrix_describe_kernel(result);
		sweepmatrix_item(table, "%s: %s", result->label,
				 why ? why : "");
	}
	if (count)
		textpage_blank(&table->page);
	return count;
}

static void print_alarms_of(struct sweepmatrix_table *table,
			    const struct sweepresult *result)
{
	size_t most = table->view->verbose ? SIZE_MAX : ALARMS_MOST;
	size_t count = 0;

	for (size_t i = 0; i < result->alarm_count; i++) {
		const struct sweepresult_alarm *alarm = &result->alarms[i];

		if (!sweepmatrix_is_news(result, alarm) || count++ >= most)
			continue;
		sweepmatrix_item(table, "%s: %s%s%s: %s", result->label,
				 alarm->kind, alarm->scenario ? " during " : "",
				 alarm->scenario ? alarm->scenario : "",
				 alarm->text);
	}
	if (count > most)
		sweepmatrix_item(table, "%s: %zu more (-v)", result->label,
				 count - most);
}

/* Is there anything in its log, or has there been by its outcome? */
static bool has_spoken(const struct sweepresult *result)
{
	for (size_t i = 0; i < result->alarm_count; i++)
		if (sweepmatrix_is_news(result, &result->alarms[i]))
			return true;
	return sweepresult_stands(result) && result->outcome != VM_COMPLETE;
}

static size_t print_alarms(struct sweepmatrix_table *table)
{
	size_t count = 0;

	for (size_t k = 0; k < kernels(table); k++) {
		const struct sweepresult *result = kernel_at(table, k);

		if (!has_spoken(result))
			continue;
		if (!count++)
			sweepmatrix_heading(table, "What kernels said in their "
					    "logs:");
		print_alarms_of(table, result);
		if (!result->alarm_count)
			sweepmatrix_item(table, "%s: %s", result->label,
					 result->reason);
	}
	if (count)
		textpage_blank(&table->page);
	return count;
}

/* ------------------------------------------------------------ the scenarios */

/* ERROR, and what has no known verdict. */
static void print_unsure(struct sweepmatrix_table *table)
{
	size_t count = 0;

	for (size_t s = 0; s < table->matrix->scenario_count; s++)
		for (size_t k = 0; k < kernels(table); k++) {
			const struct sweepmatrix_cell *cell =
				sweepmatrix_cell(table->matrix, s, k);

			if (!sweepmatrix_unsure(cell))
				continue;
			if (!count++)
				sweepmatrix_heading(table, "Scenarios that "
						    "could not be judged:");
			sweepmatrix_item(table, "%s: %s on %s%s: %s",
					 table->matrix->scenarios[s],
					 verdict_name(cell->result->verdict),
					 kernel_at(table, k)->label,
					 cell->result->outcome ==
						 RESULT_NOT_KNOWN ?
						 ", no known verdict" : "",
					 cell->result->note);
		}
	if (count)
		textpage_blank(&table->page);
}

static void print_changes(struct sweepmatrix_table *table)
{
	const struct sweepmatrix *matrix = table->matrix;

	if (!matrix->change_count)
		return;
	sweepmatrix_heading(table, "Changes from kernel to kernel:");
	for (size_t i = 0; i < matrix->change_count; i++) {
		const struct sweepmatrix_change *change = &matrix->changes[i];
		autofree char *text =
			sweepmatrix_describe_change(matrix, change);

		sweepmatrix_item(table, "%s: %s",
				 matrix->scenarios[change->scenario],
				 text ? text : "");
	}
	textpage_blank(&table->page);
}

/* ---------------------------------------------------------------- the whole */

static unsigned int width_of(const struct sweepmatrix_view *view)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width = view->width;

	if (!width && columns && parse_u64(columns, &width))
		width = 0;
	if (!width && ioctl(fileno(view->out), TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	width = width ? MIN(width, (uint64_t)1000) : WIDTH;
	return (unsigned int)MAX(width, (uint64_t)WIDTH_LEAST);
}

static void print_notes(struct sweepmatrix_table *table)
{
	const struct sweepresult_list *list = table->matrix->list;

	for (size_t i = 0; i < list->note_count; i++)
		sweepmatrix_heading(table, "note: %s", list->notes[i]);
	if (list->note_count)
		textpage_blank(&table->page);
}

void sweepmatrix_print_table(const struct sweepmatrix *matrix,
			     const struct sweepmatrix_view *view)
{
	struct sweepmatrix_table table = {
		.matrix = matrix, .view = view,
		.page = { .out = view->out, .width = width_of(view) },
	};
	size_t deviations = print_deviations(&table);
	size_t untold = print_untold(&table);
	size_t alarmed = print_alarms(&table);

	print_unsure(&table);
	print_changes(&table);
	sweepmatrix_print_skips(&table);
	print_notes(&table);
	sweepmatrix_print_kernels(&table);
	sweepmatrix_print_rows(&table);
	sweepmatrix_heading(&table, "%zu kernel%s, %zu scenario%s: %zu "
			    "deviation%s, %zu kernel%s could not be told, %zu "
			    "warned, %zu change%s",
			    PLURAL(matrix->list->count),
			    PLURAL(matrix->scenario_count), PLURAL(deviations),
			    PLURAL(untold), alarmed,
			    PLURAL(matrix->change_count));
	fflush(view->out);
}
