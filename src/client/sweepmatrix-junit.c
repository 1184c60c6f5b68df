/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the matrix as JUnit XML: a testsuite for each kernel, whose first case is
 * the kernel itself, so that one that never came to a scenario is an error and
 * not an empty suite. As in output-junit.c, a bad verdict that is known is no
 * failure, and what could not be told is an error.
 */
#include "client/sweepmatrix-internal.h"

#include <stdlib.h>
#include <string.h>

#include "client/xmltext.h"
#include "common/cleanup.h"

enum { US_PER_SEC = 1000000 };

static void put_seconds(FILE *out, json_int_t us)
{
	fprintf(out, " time=\"%.6f\"", (double)MAX(us, 0) / US_PER_SEC);
}

/* Of the whole machine. */
static json_int_t kernel_us(const struct sweepresult *result)
{
	const json_t *durations = json_object_get(result->json, "duration_us");

	return json_integer_value(json_object_get(durations, "total"));
}

/* The sum of its phases. */
static json_int_t case_us(const struct sweepmatrix_cell *cell)
{
	json_t *phases = cell->result ?
			 json_object_get(cell->result->json, "phases") : NULL;
	json_int_t us = 0;
	const char *name;
	json_t *value;

	json_object_foreach(phases, name, value)
		us += MAX(json_integer_value(value), 0);
	return us;
}

/* @message, @type: XML's own words need at least a character. */
static void put_trouble(FILE *out, enum sweepmatrix_kind kind,
			const char *message, const char *type)
{
	static const char *const elements[SWEEPMATRIX_KINDS] = {
		[SWEEPMATRIX_FAIL] = "failure",
		[SWEEPMATRIX_ERROR] = "error",
		[SWEEPMATRIX_SKIP] = "skipped",
	};

	if (!elements[kind])
		return;
	fprintf(out, "      <%s", elements[kind]);
	xmltext_attribute(out, "message", *message ? message : "no reason");
	if (kind != SWEEPMATRIX_SKIP)
		xmltext_attribute(out, "type", type);
	fprintf(out, "/>\n");
}

static void begin_case(FILE *out, const struct sweepresult *result,
		       const char *name, json_int_t us)
{
	fprintf(out, "    <testcase");
	xmltext_attribute(out, "name", name);
	xmltext_attribute(out, "classname", result->label);
	put_seconds(out, us);
	fprintf(out, ">\n");
}

static void put_words(FILE *out, const struct sweepmatrix_cell *cell)
{
	const json_t *known = json_object_get(cell->result->json, "known");
	const char *ground =
		json_string_value(json_object_get(known, "ground"));

	fprintf(out, "      <system-out>%s",
		verdict_name(cell->result->verdict));
	if (*cell->result->note) {
		fprintf(out, ": ");
		xmltext_put(out, cell->result->note);
	}
	if (cell->result->known) {
		fprintf(out, "\nknown: ");
		xmltext_put(out, cell->result->known);
		fprintf(out, ", ");
		xmltext_put(out, ground ? ground : "");
	}
	fprintf(out, "</system-out>\n");
}

static void put_case(FILE *out, const char *scenario,
		     const struct sweepresult *result,
		     const struct sweepmatrix_cell *cell)
{
	autofree char *why = sweepmatrix_describe_trouble(result, cell);

	begin_case(out, result, scenario, case_us(cell));
	put_trouble(out, sweepmatrix_kind(cell), why ? why : "",
		    cell->result ? verdict_name(cell->result->verdict) :
				   vm_outcome_name(result->outcome));
	if (cell->result)
		put_words(out, cell);
	fprintf(out, "    </testcase>\n");
}

/* No scenario has this name: it has no '@'. */
static void put_kernel(FILE *out, const struct sweepresult *result)
{
	enum sweepmatrix_kind kind = sweepmatrix_kernel_kind(result);
	autofree char *why = sweepmatrix_describe_kernel(result);

	begin_case(out, result, "kernel", kernel_us(result));
	put_trouble(out, kind, kind == SWEEPMATRIX_SKIP ? result->skipped :
		    why ? why : "", vm_outcome_name(result->outcome));
	fprintf(out, "      <system-out>");
	xmltext_put(out, result->reason);
	for (size_t i = 0; i < result->alarm_count; i++) {
		const struct sweepresult_alarm *alarm = &result->alarms[i];

		fputc('\n', out);
		xmltext_put(out, alarm->kind);
		if (alarm->scenario) {
			fprintf(out, " during ");
			xmltext_put(out, alarm->scenario);
		}
		fprintf(out, ": ");
		xmltext_put(out, alarm->text);
	}
	fprintf(out, "</system-out>\n    </testcase>\n");
}

static void put_property(FILE *out, const char *name, const char *value)
{
	if (!value)
		return;
	fprintf(out, "      <property");
	xmltext_attribute(out, "name", name);
	xmltext_attribute(out, "value", value);
	fprintf(out, "/>\n");
}

static void put_properties(FILE *out, const struct sweepresult *result)
{
	fprintf(out, "    <properties>\n");
	put_property(out, "outcome", vm_outcome_name(result->outcome));
	put_property(out, "name", result->name);
	put_property(out, "release", result->release);
	put_property(out, "package", result->package);
	put_property(out, "version", result->version);
	put_property(out, "directory", result->dir);
	fprintf(out, "    </properties>\n");
}

static void begin_suite(FILE *out, const struct sweepmatrix *matrix,
			size_t kernel)
{
	const struct sweepresult *result = &matrix->list->results[kernel];
	size_t counts[SWEEPMATRIX_KINDS] = { 0 };
	size_t tests = 1;

	counts[sweepmatrix_kernel_kind(result)]++;
	for (size_t s = 0; s < matrix->scenario_count; s++) {
		const struct sweepmatrix_cell *cell =
			sweepmatrix_cell(matrix, s, kernel);

		tests += sweepmatrix_is_test(cell);
		counts[sweepmatrix_kind(cell)] += sweepmatrix_is_test(cell);
	}
	fprintf(out, "  <testsuite");
	xmltext_attribute(out, "name", result->label);
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\"", tests, counts[SWEEPMATRIX_FAIL],
		counts[SWEEPMATRIX_ERROR], counts[SWEEPMATRIX_SKIP]);
	put_seconds(out, kernel_us(result));
	fprintf(out, ">\n");
}

static void put_suite(FILE *out, const struct sweepmatrix *matrix,
		      size_t kernel)
{
	const struct sweepresult *result = &matrix->list->results[kernel];

	begin_suite(out, matrix, kernel);
	put_properties(out, result);
	put_kernel(out, result);
	for (size_t s = 0; s < matrix->scenario_count; s++) {
		const struct sweepmatrix_cell *cell =
			sweepmatrix_cell(matrix, s, kernel);

		if (sweepmatrix_is_test(cell))
			put_case(out, matrix->scenarios[s], result, cell);
	}
	fprintf(out, "  </testsuite>\n");
}

void sweepmatrix_print_junit(const struct sweepmatrix *matrix, FILE *out)
{
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites>\n");
	for (size_t k = 0; k < matrix->list->count; k++)
		put_suite(out, matrix, k);
	fprintf(out, "</testsuites>\n");
	fflush(out);
}
