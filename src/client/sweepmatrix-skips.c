/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns why scenarios were skipped: each reason once, with where it was given. */
#include "client/sweepmatrix-internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

/* The reason of a cell that was skipped; else NULL. */
static const char *reason_at(const struct sweepmatrix *matrix, size_t index)
{
	const struct sweepmatrix_cell *cell = &matrix->cells[index];

	return cell->result && cell->result->outcome == RESULT_SKIPPED ?
	       cell->result->note : NULL;
}

static bool is_first(const struct sweepmatrix *matrix, size_t index)
{
	const char *reason = reason_at(matrix, index);

	for (size_t i = 0; i < index; i++) {
		const char *other = reason_at(matrix, i);

		if (other && strcmp(other, reason) == 0)
			return false;
	}
	return true;
}

/* Scenarios of a kernel that were skipped for that reason. */
static size_t count_on(const struct sweepmatrix *matrix, size_t kernel,
		       const char *reason)
{
	size_t count = 0;

	for (size_t s = 0; s < matrix->scenario_count; s++) {
		const char *other =
			reason_at(matrix, s * matrix->list->count + kernel);

		count += other && strcmp(other, reason) == 0;
	}
	return count;
}

/* "6.1.158 (5), 6.12.95 (5)"; NULL: without memory. */
static char *where(const struct sweepmatrix *matrix, const char *reason)
{
	struct sweepmatrix_names names;

	if (!sweepmatrix_names_begin(&names))
		return NULL;
	for (size_t k = 0; k < matrix->list->count; k++) {
		size_t count = count_on(matrix, k, reason);
		char mark[32];

		snprintf(mark, sizeof(mark), " (%zu)", count);
		if (count)
			sweepmatrix_names_add(&names,
					      matrix->list->results[k].label,
					      mark);
	}
	return sweepmatrix_names_end(&names);
}

size_t sweepmatrix_each_skip(const struct sweepmatrix *matrix,
			     void (*fn)(const char *reason, const char *where,
					size_t number, void *context),
			     void *context)
{
	size_t cells = matrix->scenario_count * matrix->list->count;
	size_t count = 0;

	for (size_t i = 0; i < cells; i++) {
		const char *reason = reason_at(matrix, i);
		autofree char *on = NULL;

		if (!reason || !is_first(matrix, i))
			continue;
		on = where(matrix, reason);
		fn(*reason ? reason : "no reason given", on ? on : "", count++,
		   context);
	}
	return count;
}
