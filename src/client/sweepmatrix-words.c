/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns how a cell, a change and a kernel are said in words. */
#include "client/sweepmatrix.h"

#include <stdlib.h>
#include <string.h>

#include "client/sweepmatrix-internal.h"
#include "common/cleanup.h"

const char *sweepmatrix_state(const struct sweepmatrix_cell *cell)
{
	/* As output-json.c writes them. */
	static const char *const words[RESULT_OUTCOMES] = {
		[RESULT_AS_KNOWN] = "as_known",
		[RESULT_SKIPPED] = "skipped",
		[RESULT_NOT_KNOWN] = "not_known",
		[RESULT_UNSURE] = "unsure",
		[RESULT_NOT_ACCEPTED] = "not_accepted",
		[RESULT_DEVIATES] = "deviates",
	};

	if (cell->result)
		return words[cell->result->outcome];
	return cell->partial ? "untold" : "not_run";
}

void sweepmatrix_describe_cell(const struct sweepmatrix_cell *cell,
			       char text[SWEEPMATRIX_CELL_SIZE])
{
	if (!cell->result) {
		snprintf(text, SWEEPMATRIX_CELL_SIZE, "%s",
			 cell->partial ? "?" : "-");
		return;
	}
	snprintf(text, SWEEPMATRIX_CELL_SIZE, "%s%s%s%s",
		 verdict_name(cell->result->verdict),
		 sweepmatrix_deviates(cell) ? "!" : "",
		 cell->result->outcome == RESULT_NOT_KNOWN ? "*" : "",
		 cell->partial ? "~" : "");
}

/* "2 LOST, 498 UNSTABLE", as they come; without numbers for one run. */
static void put_counts(FILE *out, const json_t *counts, bool numbers)
{
	const char *comma = "", *name;
	json_t *value;

	json_object_foreach((json_t *)counts, name, value) {
		fputs(comma, out);
		if (numbers)
			fprintf(out, "%" JSON_INTEGER_FORMAT " ",
				json_integer_value(value));
		fputs(name, out);
		comma = ", ";
	}
}

char *sweepmatrix_describe_verdict(const struct sweepresult_case *result)
{
	const json_t *counts = json_object_get(result->json, "verdicts");
	const json_t *also = json_object_get(result->json, "also");
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (json_object_size(counts) > 1)
		put_counts(out, counts, true);
	else
		fputs(verdict_name(result->verdict), out);
	if (json_object_size(also)) {
		fputs(" (also ", out);
		put_counts(out, also, result->runs > 1);
		fputc(')', out);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Why a kernel between two others has no part in a change. */
static const char *silence(const struct sweepmatrix_cell *cell)
{
	if (cell->partial)
		return "could not tell";
	if (!cell->result)
		return "did not run it";
	return cell->result->verdict == VERDICT_SKIP ? "skipped it" :
						       "had an error";
}

/* " (6.13, 6.14 could not tell; 6.15 skipped it)" */
static void put_between(FILE *out, const struct sweepmatrix *matrix,
			const struct sweepmatrix_change *change)
{
	const char *said = NULL;

	for (size_t k = change->before + 1; k < change->after; k++) {
		const char *word = silence(sweepmatrix_cell(
						matrix, change->scenario, k));

		if (!said)
			fputs(" (", out);
		else if (strcmp(said, word) == 0)
			fputs(", ", out);
		else
			fprintf(out, " %s; ", said);
		fputs(matrix->list->results[k].label, out);
		said = word;
	}
	if (said)
		fprintf(out, " %s)", said);
}

static enum verdict verdict_of(const struct sweepmatrix *matrix,
			       const struct sweepmatrix_change *change,
			       size_t kernel)
{
	return sweepmatrix_cell(matrix, change->scenario, kernel)
		->result->verdict;
}

char *sweepmatrix_describe_change(const struct sweepmatrix *matrix,
				  const struct sweepmatrix_change *change)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "%s -> %s between %s and %s",
		verdict_name(verdict_of(matrix, change, change->before)),
		verdict_name(verdict_of(matrix, change, change->after)),
		matrix->list->results[change->before].label,
		matrix->list->results[change->after].label);
	put_between(out, matrix, change);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

char *sweepmatrix_describe_kernel(const struct sweepresult *result)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "%s: %s", vm_outcome_name(result->outcome),
		result->reason);
	if (result->running)
		fprintf(out, " while %s ran", result->running);
	else if (result->stage)
		fprintf(out, "; last stage: %s", result->stage);
	if (result->case_count)
		fprintf(out, "; %zu result%s had come", result->case_count,
			result->case_count == 1 ? "" : "s");
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

bool sweepmatrix_is_news(const struct sweepresult *result,
			 const struct sweepresult_alarm *alarm)
{
	return sweepresult_stands(result) || !*alarm->text ||
	       !strstr(result->reason, alarm->text);
}

bool sweepmatrix_names_begin(struct sweepmatrix_names *names)
{
	*names = (struct sweepmatrix_names){ 0 };
	names->out = open_memstream(&names->text, &names->len);
	return names->out;
}

void sweepmatrix_names_add(struct sweepmatrix_names *names, const char *name,
			   const char *mark)
{
	fprintf(names->out, "%s%s%s", names->count++ ? ", " : "", name, mark);
}

char *sweepmatrix_names_end(struct sweepmatrix_names *names)
{
	if (fclose(names->out)) {
		free(names->text);
		return NULL;
	}
	return names->text;
}
