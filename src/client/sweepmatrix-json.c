/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the matrix for programs: one object. "cells" has an array for each
 * scenario, in the order of "scenarios", with an object for each kernel, in the
 * order of "kernels". Keys are only ever added.
 */
#include "client/sweepmatrix-internal.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"

/* What jansson could not make is missing from what holds it: then all is lost. */
struct builder {
	const struct sweepmatrix *matrix;
	bool failed;
};

static json_t *checked(struct builder *builder, json_t *value)
{
	builder->failed |= !value;
	return value;
}

static json_t *text_or_null(struct builder *builder, const char *text)
{
	return checked(builder, text ? json_text(text) : json_null());
}

static void append(struct builder *builder, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		builder->failed = true;
}

static void add(struct builder *builder, json_t *object, const char *key,
		json_t *value)
{
	if (json_object_set_new(object, key, value))
		builder->failed = true;
}

/* ------------------------------------------------------------------ kernels */

static json_t *counts_json(struct builder *builder, size_t kernel)
{
	json_t *object = checked(builder, json_object());
	struct sweepmatrix_sums sums;

	sweepmatrix_count(builder->matrix, kernel, &sums);
	for (int i = 0; i < RESULT_OUTCOMES; i++) {
		const struct sweepresult_case result = {
			.outcome = (enum result_outcome)i,
		};

		add(builder, object, sweepmatrix_state(
			&(struct sweepmatrix_cell){ .result = &result }),
		    json_integer((json_int_t)sums.outcomes[i]));
	}
	return object;
}

static json_t *alarms_json(struct builder *builder,
			   const struct sweepresult *result)
{
	json_t *list = checked(builder, json_array());

	for (size_t i = 0; i < result->alarm_count; i++) {
		const struct sweepresult_alarm *alarm = &result->alarms[i];

		append(builder, list, json_pack(
			"{s:o, s:o, s:o}",
			"kind", text_or_null(builder, alarm->kind),
			"text", text_or_null(builder, alarm->text),
			"scenario", text_or_null(builder, alarm->scenario)));
	}
	return list;
}

static json_t *kernel_json(struct builder *builder, size_t kernel)
{
	const struct sweepresult *result =
		&builder->matrix->list->results[kernel];

	return checked(builder, json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:o, s:o, s:o, "
		"s:o, s:o, s:o, s:o}",
		"label", text_or_null(builder, result->label),
		"name", text_or_null(builder, result->name),
		"spec", text_or_null(builder, result->spec),
		"release", text_or_null(builder, result->release),
		"package", text_or_null(builder, result->package),
		"version", text_or_null(builder, result->version),
		"time", text_or_null(builder, result->time),
		"outcome", vm_outcome_name(result->outcome),
		"stands", (int)sweepresult_stands(result),
		"reason", text_or_null(builder, result->reason),
		"skipped", text_or_null(builder, result->skipped),
		"running", text_or_null(builder, result->running),
		"status", result->status < 0 ? json_null() :
					       json_integer(result->status),
		"outcomes", counts_json(builder, kernel),
		"kernel_log", alarms_json(builder, result),
		"directory", text_or_null(builder, result->dir)));
}

/* -------------------------------------------------------------------- cells */

static json_t *cell_json(struct builder *builder, size_t scenario,
			 size_t kernel)
{
	const struct sweepmatrix_cell *cell =
		sweepmatrix_cell(builder->matrix, scenario, kernel);
	const struct sweepresult_case *result = cell->result;

	if (!result)
		return checked(builder, json_pack("{s:s}", "outcome",
						  sweepmatrix_state(cell)));
	return checked(builder, json_pack(
		"{s:s, s:s, s:o, s:I, s:o, s:b, s:b}",
		"outcome", sweepmatrix_state(cell),
		"verdict", verdict_name(result->verdict),
		"known", text_or_null(builder, result->known),
		"runs", (json_int_t)result->runs,
		"note", text_or_null(builder, result->note),
		"partial", (int)cell->partial,
		"changed", (int)cell->changed));
}

static json_t *cells_json(struct builder *builder)
{
	json_t *rows = checked(builder, json_array());

	for (size_t s = 0; s < builder->matrix->scenario_count; s++) {
		json_t *row = checked(builder, json_array());

		for (size_t k = 0; k < builder->matrix->list->count; k++)
			append(builder, row, cell_json(builder, s, k));
		append(builder, rows, row);
	}
	return rows;
}

/* What is known of one cell beside others: its scenario, kernel and verdict. */
static json_t *place_json(struct builder *builder, size_t scenario,
			  size_t kernel)
{
	const struct sweepmatrix_cell *cell =
		sweepmatrix_cell(builder->matrix, scenario, kernel);

	return checked(builder, json_pack(
		"{s:o, s:s, s:s}", "kernel", text_or_null(
			builder, builder->matrix->list->results[kernel].label),
		"verdict", cell->result ?
			verdict_name(cell->result->verdict) : "",
		"outcome", sweepmatrix_state(cell)));
}

static json_t *change_json(struct builder *builder,
			   const struct sweepmatrix_change *change)
{
	autofree char *text =
		sweepmatrix_describe_change(builder->matrix, change);
	json_t *between = checked(builder, json_array());

	for (size_t k = change->before + 1; k < change->after; k++)
		append(builder, between,
		       place_json(builder, change->scenario, k));
	return checked(builder, json_pack(
		"{s:o, s:o, s:o, s:o, s:o}",
		"scenario", text_or_null(builder, builder->matrix->scenarios[
						  change->scenario]),
		"from", place_json(builder, change->scenario, change->before),
		"to", place_json(builder, change->scenario, change->after),
		"between", between,
		"text", text_or_null(builder, text)));
}

static json_t *deviation_json(struct builder *builder, size_t scenario,
			      size_t kernel)
{
	json_t *cell = cell_json(builder, scenario, kernel);

	add(builder, cell, "scenario", text_or_null(
		builder, builder->matrix->scenarios[scenario]));
	add(builder, cell, "kernel", text_or_null(
		builder, builder->matrix->list->results[kernel].label));
	return cell;
}

static json_t *deviations_json(struct builder *builder)
{
	json_t *list = checked(builder, json_array());

	for (size_t s = 0; s < builder->matrix->scenario_count; s++)
		for (size_t k = 0; k < builder->matrix->list->count; k++)
			if (sweepmatrix_deviates(sweepmatrix_cell(
					builder->matrix, s, k)))
				append(builder, list,
				       deviation_json(builder, s, k));
	return list;
}

/* ------------------------------------------------- parts, for other forms */

static json_t *finished(const struct builder *builder, json_t *value)
{
	if (!builder->failed)
		return value;
	json_decref(value);
	return NULL;
}

json_t *sweepmatrix_kernel_json(const struct sweepmatrix *matrix,
				size_t kernel)
{
	struct builder builder = { .matrix = matrix };
	json_t *value = kernel_json(&builder, kernel);

	return finished(&builder, value);
}

json_t *sweepmatrix_cell_json(const struct sweepmatrix *matrix,
			      size_t scenario, size_t kernel)
{
	struct builder builder = { .matrix = matrix };
	json_t *value = cell_json(&builder, scenario, kernel);

	return finished(&builder, value);
}

/* ---------------------------------------------------------------- the whole */

static void add_lists(struct builder *builder, json_t *object)
{
	const struct sweepmatrix *matrix = builder->matrix;
	json_t *kernels = checked(builder, json_array());
	json_t *scenarios = checked(builder, json_array());
	json_t *changes = checked(builder, json_array());
	json_t *notes = checked(builder, json_array());

	for (size_t k = 0; k < matrix->list->count; k++)
		append(builder, kernels, kernel_json(builder, k));
	for (size_t s = 0; s < matrix->scenario_count; s++)
		append(builder, scenarios,
		       text_or_null(builder, matrix->scenarios[s]));
	for (size_t i = 0; i < matrix->change_count; i++)
		append(builder, changes,
		       change_json(builder, &matrix->changes[i]));
	for (size_t i = 0; i < matrix->list->note_count; i++)
		append(builder, notes,
		       text_or_null(builder, matrix->list->notes[i]));
	add(builder, object, "kernels", kernels);
	add(builder, object, "scenarios", scenarios);
	add(builder, object, "cells", cells_json(builder));
	add(builder, object, "deviations", deviations_json(builder));
	add(builder, object, "changes", changes);
	add(builder, object, "notes", notes);
}

int sweepmatrix_print_json(const struct sweepmatrix *matrix, FILE *out)
{
	struct builder builder = { .matrix = matrix };
	json_t *object = checked(&builder, json_pack(
		"{s:i, s:i}", "pinfs_matrix", 1, "status",
		sweepmatrix_status(matrix)));
	autofree char *line = NULL;
	size_t len;

	add_lists(&builder, object);
	if (!builder.failed)
		line = json_line(object, &len);
	json_decref(object);
	if (!line)
		return -ENOMEM;
	errno = EIO;
	return fwrite(line, 1, len, out) != len || fflush(out) ? -errno : 0;
}
