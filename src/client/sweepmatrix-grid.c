/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the rows of the matrix on a terminal. Kernels that do not fit beside
 * each other come in further blocks, each with the scenarios' names before it.
 * What changed has a '>' before it, so that it is seen without colour as well.
 */
#include "client/sweepmatrix-internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

enum {
	LABEL_MOST = 16,	/* columns; a longer one becomes a number */
	GAP = 2,		/* before a cell; the second is for '>' */
	HEAD_SIZE = 64,
};

struct grid {
	const struct sweepmatrix *matrix;
	const struct sweepmatrix_view *view;
	struct textpage *page;
	const bool *shown;	/* rows */
	size_t *widths;		/* of the kernels' cells */
	size_t name_width;	/* of the scenarios' names */
	bool stacked;		/* names stand on lines of their own */
};

/* A line whose spaces are held back: none stands at its end. */
struct line {
	FILE *out;
	size_t spaces;
};

static void put(struct line *line, const char *colour, const char *text,
		size_t width)
{
	size_t columns = textpage_columns(text);

	if (*text) {
		fprintf(line->out, "%*s%s%s%s", (int)line->spaces, "",
			colour ? colour : "", text, colour ? "\033[0m" : "");
		line->spaces = 0;
	}
	line->spaces += width > columns ? width - columns : 0;
}

static void end(struct line *line)
{
	fputc('\n', line->out);
	line->spaces = 0;
}

bool sweepmatrix_numbered(const struct sweepresult *result)
{
	return textpage_columns(result->label) > LABEL_MOST;
}

static void head_of(const struct grid *grid, size_t kernel,
		    char head[HEAD_SIZE])
{
	const struct sweepresult *result =
		&grid->matrix->list->results[kernel];
	autofree char *label = NULL;

	if (sweepmatrix_numbered(result)) {
		snprintf(head, HEAD_SIZE, "#%zu", kernel + 1);
		return;
	}
	label = textpage_clean(result->label);
	snprintf(head, HEAD_SIZE, "%s", label ? label : "");
}

/* "complete" is what all should be, and not said. */
static const char *outcome_of(const struct grid *grid, size_t kernel)
{
	enum vm_outcome outcome = grid->matrix->list->results[kernel].outcome;

	return outcome == VM_COMPLETE ? "" : vm_outcome_name(outcome);
}

static const char *colour_of(const struct sweepmatrix_view *view,
			     const struct sweepmatrix_cell *cell)
{
	if (!view->colour)
		return NULL;
	if (sweepmatrix_deviates(cell))
		return "\033[31m";
	if (!cell->result || cell->partial ||
	    cell->result->outcome != RESULT_AS_KNOWN)
		return "\033[33m";
	if (cell->changed)
		return "\033[1m";
	return verdict_strict(cell->result->verdict) ? "\033[35m" : "\033[32m";
}

/* ------------------------------------------------------------------- widths */

static size_t name_columns(const char *name)
{
	autofree char *text = textpage_clean(name);

	return text ? textpage_columns(text) : 0;
}

static void measure_kernel(struct grid *grid, size_t kernel)
{
	char text[HEAD_SIZE];

	head_of(grid, kernel, text);
	grid->widths[kernel] = MAX(textpage_columns(text),
				   strlen(outcome_of(grid, kernel)));
	for (size_t s = 0; s < grid->matrix->scenario_count; s++) {
		if (!grid->shown[s])
			continue;
		sweepmatrix_describe_cell(
			sweepmatrix_cell(grid->matrix, s, kernel), text);
		grid->widths[kernel] = MAX(grid->widths[kernel],
					   strlen(text));
	}
}

static void measure(struct grid *grid)
{
	size_t widest = 0;

	for (size_t k = 0; k < grid->matrix->list->count; k++) {
		measure_kernel(grid, k);
		widest = MAX(widest, grid->widths[k]);
	}
	for (size_t s = 0; s < grid->matrix->scenario_count; s++)
		if (grid->shown[s])
			grid->name_width = MAX(grid->name_width,
				name_columns(grid->matrix->scenarios[s]));
	/* Two kernels beside each other are the least that compares anything. */
	if (grid->name_width + 2 * (widest + GAP) > grid->page->width) {
		grid->stacked = true;
		grid->name_width = GAP;
	}
}

/* Where the block of kernels ends that begins with @first. */
static size_t block_end(const struct grid *grid, size_t first)
{
	size_t used = grid->name_width;
	size_t k = first;

	while (k < grid->matrix->list->count &&
	       (k == first ||
		used + GAP + grid->widths[k] <= grid->page->width)) {
		used += GAP + grid->widths[k];
		k++;
	}
	return k;
}

/* -------------------------------------------------------------------- lines */

static bool any_outcome(const struct grid *grid, size_t first, size_t last)
{
	for (size_t k = first; k < last; k++)
		if (*outcome_of(grid, k))
			return true;
	return false;
}

static void put_heads(const struct grid *grid, size_t first, size_t last)
{
	struct line line = { .out = grid->page->out };
	char head[HEAD_SIZE];

	put(&line, NULL, "", grid->name_width);
	for (size_t k = first; k < last; k++) {
		head_of(grid, k, head);
		put(&line, NULL, "", GAP);
		put(&line, NULL, head, grid->widths[k]);
	}
	end(&line);
	if (!any_outcome(grid, first, last))
		return;
	put(&line, NULL, "", grid->name_width);
	for (size_t k = first; k < last; k++) {
		put(&line, NULL, "", GAP);
		put(&line, NULL, outcome_of(grid, k), grid->widths[k]);
	}
	end(&line);
}

static void put_row(const struct grid *grid, size_t scenario, size_t first,
		    size_t last)
{
	const char *given = grid->matrix->scenarios[scenario];
	autofree char *name = textpage_clean(given);
	struct line line = { .out = grid->page->out };
	char text[SWEEPMATRIX_CELL_SIZE];

	if (grid->stacked)
		textpage_line(grid->page, 0, GAP, "%s", given);
	put(&line, NULL, name && !grid->stacked ? name : "",
	    grid->name_width);
	for (size_t k = first; k < last; k++) {
		const struct sweepmatrix_cell *cell =
			sweepmatrix_cell(grid->matrix, scenario, k);

		sweepmatrix_describe_cell(cell, text);
		put(&line, NULL, "", GAP - 1);
		put(&line, NULL, cell->changed ? ">" : "", 1);
		put(&line, colour_of(grid->view, cell), text, grid->widths[k]);
	}
	end(&line);
}

/* Only of the marks that are there. */
static void put_legend(const struct grid *grid)
{
	static const struct {
		char mark;
		const char *meaning;
	} marks[] = {
		{ '>', "> not as on the last kernel before that could tell" },
		{ '!', "! not the known verdict" },
		{ '*', "* no known verdict" },
		{ '~', "~ came before its kernel failed: no answer" },
		{ '?', "? could not be told" },
		{ '-', "- was not to run there" },
	};
	bool used[ARRAY_SIZE(marks)] = { false };
	char text[SWEEPMATRIX_CELL_SIZE];

	for (size_t i = 0; i < grid->matrix->scenario_count *
			       grid->matrix->list->count; i++) {
		const struct sweepmatrix_cell *cell = &grid->matrix->cells[i];

		if (!grid->shown[i / grid->matrix->list->count])
			continue;
		sweepmatrix_describe_cell(cell, text);
		used[0] |= cell->changed;
		for (size_t m = 1; m < ARRAY_SIZE(marks); m++)
			used[m] |= strchr(text, marks[m].mark) != NULL;
	}
	textpage_blank(grid->page);
	for (size_t m = 0; m < ARRAY_SIZE(marks); m++)
		if (used[m])
			textpage_line(grid->page, 0, 2, "%s",
				      marks[m].meaning);
}

void sweepmatrix_print_grid(const struct sweepmatrix *matrix,
			    const struct sweepmatrix_view *view,
			    struct textpage *page, const bool *shown)
{
	autofree size_t *widths = calloc(matrix->list->count + 1,
					 sizeof(*widths));
	struct grid grid = {
		.matrix = matrix, .view = view, .page = page, .shown = shown,
		.widths = widths,
	};

	if (!widths)
		return;
	measure(&grid);
	for (size_t k = 0; k < matrix->list->count;) {
		size_t last = block_end(&grid, k);

		if (k)
			textpage_blank(page);
		put_heads(&grid, k, last);
		for (size_t s = 0; s < matrix->scenario_count; s++)
			if (shown[s])
				put_row(&grid, s, k, last);
		k = last;
	}
	put_legend(&grid);
}
