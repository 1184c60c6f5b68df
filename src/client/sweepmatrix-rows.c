/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what stands below the changes: why scenarios were skipped, the kernels,
 * the rows. Rows that have nothing to be looked at and are the same as others
 * are told together, in a line.
 */
#include "client/sweepmatrix-internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

enum {
	FOLD_LEAST = 3,		/* rows that are worth a line in common */
	REASONS_MOST = 8,	/* of skipping, unless all is asked for */
	LABEL_MOST = 40,	/* columns that others are aligned with */
};

/* ------------------------------------------------------------- what skipped */

static void print_skip(const char *reason, const char *where, size_t number,
		       void *context)
{
	struct sweepmatrix_table *table = context;

	if (!number)
		sweepmatrix_heading(table, "Skipped, and on which kernels (how "
				    "many scenarios):");
	if (number < REASONS_MOST || table->view->verbose)
		sweepmatrix_item(table, "%s: %s", reason, where);
}

void sweepmatrix_print_skips(struct sweepmatrix_table *table)
{
	size_t count = sweepmatrix_each_skip(table->matrix, print_skip, table);

	if (count > REASONS_MOST && !table->view->verbose)
		sweepmatrix_item(table, "%zu more reasons (-v)",
				 count - REASONS_MOST);
	if (count)
		textpage_blank(&table->page);
}

/* --------------------------------------------------------------- the matrix */

static void describe_sums(const struct sweepmatrix_table *table, size_t kernel,
			  char *text, size_t size)
{
	struct sweepmatrix_sums sums;
	size_t used;

	sweepmatrix_count(table->matrix, kernel, &sums);
	used = (size_t)snprintf(text, size, "%zu scenario%s", sums.cases,
				sums.cases == 1 ? "" : "s");
	for (size_t i = 0; i < RESULT_OUTCOMES; i++)
		if (sums.outcomes[i] && used < size)
			used += (size_t)snprintf(text + used, size - used,
				"%s %zu %s",
				strchr(text, ':') ? "," : ":",
				sums.outcomes[i],
				result_outcome_name((enum result_outcome)i));
}

/* With the number that stands for it in the heads. NULL: without memory. */
static char *label_of(const struct sweepmatrix_table *table, size_t kernel)
{
	const struct sweepresult *result = kernel_at(table, kernel);
	char *label;

	if (!sweepmatrix_numbered(result))
		return strdup(result->label);
	return asprintf(&label, "#%zu %s", kernel + 1, result->label) < 0 ?
	       NULL : label;
}

static void print_kernel(struct sweepmatrix_table *table, size_t kernel,
			 size_t width)
{
	const struct sweepresult *result = kernel_at(table, kernel);
	const char *exact = result->release ? result->release : result->name;
	bool other = strcmp(exact, result->label) != 0;
	autofree char *label = label_of(table, kernel);
	char sums[256];

	describe_sums(table, kernel, sums, sizeof(sums));
	sweepmatrix_item(table, "%-*s  %-12s %s%s%s%s%s", (int)width,
			 label ? label : "",
			 vm_outcome_name(result->outcome), sums,
			 result->skipped ? "; skipped: " : "",
			 result->skipped ? result->skipped : "",
			 other ? "; " : "", other ? exact : "");
}

void sweepmatrix_print_kernels(struct sweepmatrix_table *table)
{
	size_t width = 0;

	for (size_t k = 0; k < kernels(table); k++) {
		autofree char *label = label_of(table, k);

		width = MAX(width, label ? strlen(label) : 0);
	}
	sweepmatrix_heading(table, "Kernels:");
	for (size_t k = 0; k < kernels(table); k++)
		print_kernel(table, k, MIN(width, (size_t)LABEL_MOST));
	textpage_blank(&table->page);
}

/* Is there anything in the row that is to be looked at? */
static bool is_plain(const struct sweepmatrix_table *table, size_t scenario)
{
	for (size_t k = 0; k < kernels(table); k++) {
		const struct sweepmatrix_cell *cell =
			sweepmatrix_cell(table->matrix, scenario, k);

		if (cell->changed || sweepmatrix_deviates(cell) ||
		    sweepmatrix_unsure(cell))
			return false;
	}
	return true;
}

static void cell_text(const struct sweepmatrix_table *table, size_t scenario,
		      size_t kernel, char text[SWEEPMATRIX_CELL_SIZE])
{
	sweepmatrix_describe_cell(
		sweepmatrix_cell(table->matrix, scenario, kernel), text);
}

static bool same_rows(const struct sweepmatrix_table *table, size_t a, size_t b)
{
	char text[SWEEPMATRIX_CELL_SIZE], other[SWEEPMATRIX_CELL_SIZE];

	for (size_t k = 0; k < kernels(table); k++) {
		cell_text(table, a, k, text);
		cell_text(table, b, k, other);
		if (strcmp(text, other) != 0)
			return false;
	}
	return true;
}

/* "6.1, 6.12": the kernels on which it is as on @kernel; NULL: on all. */
static char *where_same(const struct sweepmatrix_table *table, size_t scenario,
			size_t kernel, bool *told)
{
	char text[SWEEPMATRIX_CELL_SIZE], other[SWEEPMATRIX_CELL_SIZE];
	size_t count = kernels(table);
	struct sweepmatrix_names names;
	char *where;

	if (!sweepmatrix_names_begin(&names))
		return NULL;
	cell_text(table, scenario, kernel, text);
	for (size_t k = kernel; k < count; k++) {
		cell_text(table, scenario, k, other);
		if (strcmp(text, other) != 0)
			continue;
		told[k] = true;
		sweepmatrix_names_add(&names, kernel_at(table, k)->label, "");
	}
	where = sweepmatrix_names_end(&names);
	if (names.count < count)
		return where;
	free(where);
	return NULL;
}

/* "STABLE on all kernels"; "SKIP on 6.1; STABLE on 6.12, 6.16". */
static void print_fold(struct sweepmatrix_table *table, size_t scenario,
		       size_t rows)
{
	size_t count = kernels(table);
	autofree bool *told = calloc(count + 1, sizeof(*told));
	autofree char *all = NULL;
	size_t len;
	FILE *out = told ? open_memstream(&all, &len) : NULL;

	if (!out)
		return;
	for (size_t k = 0; k < count; k++) {
		char text[SWEEPMATRIX_CELL_SIZE];
		autofree char *where = NULL;

		if (told[k])
			continue;
		cell_text(table, scenario, k, text);
		where = where_same(table, scenario, k, told);
		fprintf(out, "%s%s on %s", k ? "; " : "", text,
			where ? where : "all kernels");
	}
	if (fclose(out) == 0)
		sweepmatrix_item(table, "%zu scenarios: %s", rows, all);
}

/* Rows in common are told in a line; @shown: what is left. */
static bool fold_rows(struct sweepmatrix_table *table, bool *shown)
{
	size_t count = table->matrix->scenario_count;
	autofree bool *folded = calloc(count + 1, sizeof(*folded));
	bool any = false;

	for (size_t s = 0; s < count; s++)
		shown[s] = true;
	for (size_t s = 0; folded && !table->view->verbose && s < count; s++) {
		size_t rows = 0;

		if (!shown[s] || !is_plain(table, s))
			continue;
		for (size_t other = s; other < count; other++) {
			folded[other] = shown[other] &&
					is_plain(table, other) &&
					same_rows(table, s, other);
			rows += folded[other];
		}
		if (rows < FOLD_LEAST)
			continue;
		for (size_t other = s; other < count; other++)
			shown[other] &= !folded[other];
		print_fold(table, s, rows);
		any = true;
	}
	return any;
}

void sweepmatrix_print_rows(struct sweepmatrix_table *table)
{
	size_t count = table->matrix->scenario_count;
	autofree bool *shown = calloc(count + 1, sizeof(*shown));
	bool any = false;

	if (!shown || !count)
		return;
	sweepmatrix_heading(table, "Scenarios:");
	if (fold_rows(table, shown))
		textpage_blank(&table->page);
	for (size_t s = 0; s < count; s++)
		any |= shown[s];
	if (any) {
		sweepmatrix_print_grid(table->matrix, table->view,
				       &table->page, shown);
		textpage_blank(&table->page);
	}
}
