/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what a sweep's results come to: the rows and columns, what changed from
 * one kernel to the next, and the status.
 *
 * A change is between two answers: a verdict of a kernel whose outcome stands,
 * that is neither SKIP nor ERROR. Kernels without one lie between.
 */
#include "client/sweepmatrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"

/* ----------------------------------------------------------- rows and cells */

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every scenario of any kernel, once, by name. */
static int collect_scenarios(struct sweepmatrix *matrix)
{
	const struct sweepresult_list *list = matrix->list;
	size_t count = 0, all = 0;

	for (size_t k = 0; k < list->count; k++)
		all += list->results[k].case_count;
	matrix->scenarios = calloc(all + 1, sizeof(*matrix->scenarios));
	if (!matrix->scenarios)
		return -ENOMEM;
	for (size_t k = 0; k < list->count; k++)
		for (size_t i = 0; i < list->results[k].case_count; i++)
			matrix->scenarios[count++] =
				list->results[k].cases[i].scenario;
	qsort(matrix->scenarios, count, sizeof(*matrix->scenarios),
	      compare_names);
	for (size_t i = 0; i < count; i++) {
		const char *name = matrix->scenarios[i];
		size_t have = matrix->scenario_count;

		if (!have || strcmp(matrix->scenarios[have - 1], name) != 0)
			matrix->scenarios[matrix->scenario_count++] = name;
	}
	return 0;
}

static struct sweepmatrix_cell *cell_at(const struct sweepmatrix *matrix,
					size_t scenario, size_t kernel)
{
	return &matrix->cells[scenario * matrix->list->count + kernel];
}

const struct sweepmatrix_cell *
sweepmatrix_cell(const struct sweepmatrix *matrix, size_t scenario,
		 size_t kernel)
{
	return cell_at(matrix, scenario, kernel);
}

static int fill_cells(struct sweepmatrix *matrix)
{
	size_t kernels = matrix->list->count;

	matrix->cells = calloc(matrix->scenario_count * kernels + 1,
			       sizeof(*matrix->cells));
	if (!matrix->cells)
		return -ENOMEM;
	for (size_t s = 0; s < matrix->scenario_count; s++)
		for (size_t k = 0; k < kernels; k++) {
			const struct sweepresult *result =
				&matrix->list->results[k];

			*cell_at(matrix, s, k) = (struct sweepmatrix_cell){
				.result = sweepresult_find(
						result, matrix->scenarios[s]),
				.partial = !sweepresult_stands(result),
			};
		}
	return 0;
}

/* -------------------------------------------------------------- the changes */

bool sweepmatrix_is_answer(const struct sweepmatrix_cell *cell)
{
	return cell->result && !cell->partial &&
	       cell->result->verdict != VERDICT_SKIP &&
	       cell->result->verdict != VERDICT_ERROR;
}

static int add_change(struct sweepmatrix *matrix,
		      const struct sweepmatrix_change *change)
{
	struct sweepmatrix_change *grown =
		reallocarray(matrix->changes, matrix->change_count + 1,
			     sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	matrix->changes = grown;
	matrix->changes[matrix->change_count++] = *change;
	cell_at(matrix, change->scenario, change->after)->changed = true;
	return 0;
}

/* Of one scenario. */
static int find_changes(struct sweepmatrix *matrix, size_t scenario)
{
	const struct sweepmatrix_cell *last = NULL;
	struct sweepmatrix_change change = { .scenario = scenario };
	int err = 0;

	for (size_t k = 0; !err && k < matrix->list->count; k++) {
		const struct sweepmatrix_cell *cell =
			cell_at(matrix, scenario, k);

		if (!sweepmatrix_is_answer(cell))
			continue;
		change.after = k;
		if (last && last->result->verdict != cell->result->verdict)
			err = add_change(matrix, &change);
		last = cell;
		change.before = k;
	}
	return err;
}

/* ----------------------------------------------------------------- the sums */

bool sweepmatrix_deviates(const struct sweepmatrix_cell *cell)
{
	return cell->result && cell->result->outcome >= RESULT_NOT_ACCEPTED;
}

bool sweepmatrix_unsure(const struct sweepmatrix_cell *cell)
{
	return cell->result && (cell->result->outcome == RESULT_UNSURE ||
				cell->result->outcome == RESULT_NOT_KNOWN);
}

void sweepmatrix_count(const struct sweepmatrix *matrix, size_t kernel,
		       struct sweepmatrix_sums *sums)
{
	const struct sweepresult *result = &matrix->list->results[kernel];

	*sums = (struct sweepmatrix_sums){ .cases = result->case_count };
	for (size_t i = 0; i < result->case_count; i++)
		sums->outcomes[result->cases[i].outcome]++;
}

int sweepmatrix_status(const struct sweepmatrix *matrix)
{
	const struct sweepresult_list *list = matrix->list;
	bool found = false, unsure = false, all_skipped = true;

	for (size_t k = 0; k < list->count; k++) {
		const struct sweepresult *result = &list->results[k];
		struct sweepmatrix_sums sums;

		if (!sweepresult_stands(result))
			return CMD_UNSURE;
		sweepmatrix_count(matrix, k, &sums);
		found |= result->outcome != VM_COMPLETE ||
			 sums.outcomes[RESULT_DEVIATES] ||
			 sums.outcomes[RESULT_NOT_ACCEPTED];
		unsure |= sums.outcomes[RESULT_UNSURE] ||
			  sums.outcomes[RESULT_NOT_KNOWN];
		all_skipped &= sums.outcomes[RESULT_SKIPPED] == sums.cases;
	}
	if (!list->count)
		return CMD_UNSURE;
	return found ? CMD_FOUND : unsure ? CMD_UNSURE :
	       all_skipped ? CMD_SKIP : CMD_OK;
}

/* ---------------------------------------------------------------- the whole */

int sweepmatrix_create(const struct sweepresult_list *list,
		       struct sweepmatrix **matrix_ret)
{
	struct sweepmatrix *matrix = calloc(1, sizeof(*matrix));
	int err = matrix ? 0 : -ENOMEM;

	if (!err) {
		matrix->list = list;
		err = collect_scenarios(matrix);
	}
	if (!err)
		err = fill_cells(matrix);
	for (size_t s = 0; !err && s < matrix->scenario_count; s++)
		err = find_changes(matrix, s);
	if (err)
		sweepmatrix_destroy(matrix);
	else
		*matrix_ret = matrix;
	return err;
}

void sweepmatrix_destroy(struct sweepmatrix *matrix)
{
	if (!matrix)
		return;
	free(matrix->changes);
	free(matrix->cells);
	free(matrix->scenarios);
	free(matrix);
}
