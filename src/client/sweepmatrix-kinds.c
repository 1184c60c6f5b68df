/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what of a matrix a test framework takes for passed, failed, skipped, or
 * an error. A result that came before its kernel failed is no answer: it can
 * fail, and never pass.
 */
#include "client/sweepmatrix-internal.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

bool sweepmatrix_is_test(const struct sweepmatrix_cell *cell)
{
	return cell->result || cell->partial;
}

enum sweepmatrix_kind sweepmatrix_kind(const struct sweepmatrix_cell *cell)
{
	if (sweepmatrix_deviates(cell))
		return SWEEPMATRIX_FAIL;
	if (cell->partial || !cell->result || sweepmatrix_unsure(cell))
		return SWEEPMATRIX_ERROR;
	if (cell->result->outcome == RESULT_SKIPPED)
		return SWEEPMATRIX_SKIP;
	return verdict_strict(cell->result->verdict) ? SWEEPMATRIX_XFAIL :
						       SWEEPMATRIX_PASS;
}

enum sweepmatrix_kind sweepmatrix_kernel_kind(const struct sweepresult *result)
{
	if (!sweepresult_stands(result))
		return SWEEPMATRIX_ERROR;
	if (result->outcome != VM_COMPLETE)
		return SWEEPMATRIX_FAIL;
	return result->skipped ? SWEEPMATRIX_SKIP : SWEEPMATRIX_PASS;
}

static void put_trouble(FILE *out, const struct sweepresult *result,
			const struct sweepmatrix_cell *cell)
{
	const struct sweepresult_case *one = cell->result;
	autofree char *all = one ? sweepmatrix_describe_verdict(one) : NULL;
	const char *verdict = all ? all : "";
	const char *outcome = vm_outcome_name(result->outcome);

	if (!one)
		fprintf(out, "could not be told: %s", outcome);
	else if (sweepmatrix_deviates(cell))
		fprintf(out, "%s, known: %s%s%s%s%s", verdict,
			one->known ? one->known : "nothing",
			*one->note ? ": " : "", one->note,
			cell->partial ? "; before the kernel's " : "",
			cell->partial ? outcome : "");
	else if (cell->partial)
		fprintf(out, "no answer: %s came before the kernel's %s",
			verdict, outcome);
	else if (one->outcome == RESULT_NOT_KNOWN)
		fprintf(out, "no known verdict for what this kernel can do: %s",
			verdict);
	else
		fprintf(out, "%s%s%s", verdict, *one->note ? ": " : "",
			one->note);
}

char *sweepmatrix_describe_trouble(const struct sweepresult *result,
				   const struct sweepmatrix_cell *cell)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (sweepmatrix_kind(cell) != SWEEPMATRIX_PASS)
		put_trouble(out, result, cell);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
