/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the matrix as KTAP version 1 (Documentation/dev-tools/ktap.rst of Linux):
 * a test for each kernel, with subtests, of which the first is the kernel itself
 * and the others are scenarios, with the directives of output-ktap.c. A kernel
 * that could not be told has all scenarios of the matrix: none is lost from the
 * plan because a machine died.
 */
#include "client/sweepmatrix-internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

#define INDENT "  "

/* '#' would begin a directive; what a terminal would obey is written out. */
static void put_text(FILE *out, const char *text)
{
	autofree char *clean = textpage_clean(text);

	for (char *at = clean; at && *at; at++)
		if (*at == '#')
			*at = '_';
	fputs(clean && *clean ? clean : "-", out);
}

static void put_diagnostic(FILE *out, const char *indent, const char *key,
			   const char *text)
{
	if (!text || !*text)
		return;
	fprintf(out, "%s# %s: ", indent, key);
	put_text(out, text);
	fputc('\n', out);
}

/* @why: behind the directive, where there is one. */
static void put_result(FILE *out, const char *indent, size_t number,
		       const char *name, enum sweepmatrix_kind kind,
		       const char *directive, const char *why)
{
	bool ok = kind != SWEEPMATRIX_FAIL && kind != SWEEPMATRIX_ERROR;

	fprintf(out, "%s%sok %zu ", indent, ok ? "" : "not ", number);
	put_text(out, name);
	if (directive) {
		fprintf(out, " # %s ", directive);
		put_text(out, why);
	}
	fputc('\n', out);
}

static const char *directive_of(enum sweepmatrix_kind kind)
{
	static const char *const directives[SWEEPMATRIX_KINDS] = {
		[SWEEPMATRIX_XFAIL] = "XFAIL",
		[SWEEPMATRIX_SKIP] = "SKIP",
		[SWEEPMATRIX_ERROR] = "ERROR",
	};

	return directives[kind];
}

/* -------------------------------------------------------------- one kernel */

static void put_case(FILE *out, size_t number, const char *scenario,
		     const struct sweepresult *result,
		     const struct sweepmatrix_cell *cell)
{
	enum sweepmatrix_kind kind = sweepmatrix_kind(cell);
	const char *directive = directive_of(kind);
	autofree char *why = sweepmatrix_describe_trouble(result, cell);

	if (kind == SWEEPMATRIX_FAIL && cell->result->verdict == VERDICT_HUNG)
		directive = "TIMEOUT";
	if (cell->result) {
		autofree char *all = sweepmatrix_describe_verdict(cell->result);

		put_diagnostic(out, INDENT, "verdict", all);
		put_diagnostic(out, INDENT, "known", cell->result->known);
		put_diagnostic(out, INDENT, "note", cell->result->note);
	}
	put_result(out, INDENT, number, scenario, kind, directive,
		   why ? why : "");
}

/* As the first of its subtests: what became of the machine. */
static void put_kernel(FILE *out, const struct sweepresult *result)
{
	enum sweepmatrix_kind kind = sweepmatrix_kernel_kind(result);
	autofree char *why = sweepmatrix_describe_kernel(result);

	put_diagnostic(out, INDENT, "outcome",
		       vm_outcome_name(result->outcome));
	put_diagnostic(out, INDENT, "reason", result->reason);
	put_diagnostic(out, INDENT, "release", result->release);
	for (size_t i = 0; i < result->alarm_count; i++) {
		put_diagnostic(out, INDENT, "during",
			       result->alarms[i].scenario);
		put_diagnostic(out, INDENT, result->alarms[i].kind,
			       result->alarms[i].text);
	}
	put_result(out, INDENT, 1, "kernel", kind, directive_of(kind),
		   kind == SWEEPMATRIX_SKIP ? result->skipped : why ? why : "");
}

static size_t count_tests(const struct sweepmatrix *matrix, size_t kernel,
			  size_t counts[SWEEPMATRIX_KINDS])
{
	enum sweepmatrix_kind kind =
		sweepmatrix_kernel_kind(&matrix->list->results[kernel]);
	size_t tests = 1;

	counts[kind]++;
	for (size_t s = 0; s < matrix->scenario_count; s++) {
		const struct sweepmatrix_cell *cell =
			sweepmatrix_cell(matrix, s, kernel);

		if (!sweepmatrix_is_test(cell))
			continue;
		tests++;
		counts[sweepmatrix_kind(cell)]++;
	}
	return tests;
}

static void put_subtests(FILE *out, const struct sweepmatrix *matrix,
			 size_t kernel, size_t tests)
{
	const struct sweepresult *result = &matrix->list->results[kernel];
	size_t number = 1;

	fprintf(out, INDENT "KTAP version 1\n" INDENT "# Subtest: ");
	put_text(out, result->label);
	fprintf(out, "\n" INDENT "1..%zu\n", tests);
	put_kernel(out, result);
	for (size_t s = 0; s < matrix->scenario_count; s++) {
		const struct sweepmatrix_cell *cell =
			sweepmatrix_cell(matrix, s, kernel);

		if (sweepmatrix_is_test(cell))
			put_case(out, ++number, matrix->scenarios[s], result,
				 cell);
	}
}

/* Failures before errors: as with the status, one does not hide the other. */
static enum sweepmatrix_kind
put_whole_kernel(FILE *out, const struct sweepmatrix *matrix, size_t kernel)
{
	const struct sweepresult *result = &matrix->list->results[kernel];
	size_t counts[SWEEPMATRIX_KINDS] = { 0 };
	size_t tests = count_tests(matrix, kernel, counts);
	enum sweepmatrix_kind kind = SWEEPMATRIX_PASS;
	char why[64];

	put_subtests(out, matrix, kernel, tests);
	if (!sweepresult_stands(result))
		kind = SWEEPMATRIX_ERROR;
	else if (counts[SWEEPMATRIX_FAIL])
		kind = SWEEPMATRIX_FAIL;
	else if (counts[SWEEPMATRIX_ERROR])
		kind = SWEEPMATRIX_ERROR;
	else if (counts[SWEEPMATRIX_SKIP] == tests || result->skipped)
		kind = SWEEPMATRIX_SKIP;
	if (!sweepresult_stands(result))
		snprintf(why, sizeof(why), "%s",
			 vm_outcome_name(result->outcome));
	else
		snprintf(why, sizeof(why), "%zu of %zu scenarios", counts[kind],
			 tests - 1);
	put_result(out, "", kernel + 1, result->label, kind,
		   directive_of(kind), result->skipped &&
		   kind == SWEEPMATRIX_SKIP ? result->skipped : why);
	return kind;
}

/* ---------------------------------------------------------------- the whole */

void sweepmatrix_print_ktap(const struct sweepmatrix *matrix, FILE *out)
{
	size_t counts[SWEEPMATRIX_KINDS] = { 0 };

	fprintf(out, "KTAP version 1\n1..%zu%s\n", matrix->list->count,
		matrix->list->count ? "" : " # SKIP no kernel");
	for (size_t k = 0; k < matrix->list->count; k++)
		counts[put_whole_kernel(out, matrix, k)]++;
	if (matrix->list->count)
		fprintf(out, "# Totals: pass:%zu fail:%zu xfail:%zu xpass:0 "
			"skip:%zu error:%zu\n", counts[SWEEPMATRIX_PASS],
			counts[SWEEPMATRIX_FAIL], counts[SWEEPMATRIX_XFAIL],
			counts[SWEEPMATRIX_SKIP], counts[SWEEPMATRIX_ERROR]);
	fflush(out);
}
