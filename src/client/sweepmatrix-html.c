/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the page of a sweep: one file, no network, works from file://, made as
 * that of "pinctl report --html" (report-html.c) and with its style. The summary
 * and the matrix are plain HTML; what stands behind a cell is data, which the
 * page's own script shows. It is bounded: what is left out is said.
 */
#include "client/sweepmatrix-internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "client/report-html-internal.h"
#include "client/sweepmatrix-html-internal.h"
#include "common/cleanup.h"

/* --------------------------------------------------------------- the matrix */

int sweepmatrix_html_heads(const struct sweepmatrix_html *html, FILE *out)
{
	const struct sweepresult_list *list = html->matrix->list;

	for (size_t k = 0; k < list->count; k++) {
		const struct sweepresult *result = &list->results[k];

		fprintf(out, "<th scope=\"col\" class=\"%s\"><a href=\"#kernel-"
			"%zu\">", vm_outcome_name(result->outcome), k);
		report_html_text(out, result->label);
		fputs("</a>", out);
		if (result->outcome != VM_COMPLETE)
			fprintf(out, "<span class=\"outcome\">%s</span>",
				vm_outcome_name(result->outcome));
		fputs("</th>\n", out);
	}
	return 0;
}

/* Words for the style sheet, and for the filter's script. */
static void put_classes(FILE *out, const struct sweepmatrix_cell *cell)
{
	fputs(sweepmatrix_state(cell), out);
	if (cell->changed)
		fputs(" changed", out);
	if (cell->partial && cell->result)
		fputs(" partial", out);
	if (cell->result && verdict_strict(cell->result->verdict))
		fputs(" bad", out);
}

static void put_cell(const struct sweepmatrix_html *html, size_t scenario,
		     size_t kernel, FILE *out)
{
	const struct sweepmatrix_cell *cell =
		sweepmatrix_cell(html->matrix, scenario, kernel);
	char text[SWEEPMATRIX_CELL_SIZE];

	sweepmatrix_describe_cell(cell, text);
	fputs("<td class=\"", out);
	put_classes(out, cell);
	fprintf(out, "\"><a href=\"#cell-%zu-%zu\">%s", scenario, kernel,
		cell->changed ? "<b>&gt;</b>" : "");
	report_html_text(out, text);
	fputs("</a></td>", out);
}

int sweepmatrix_html_rows(const struct sweepmatrix_html *html, FILE *out)
{
	for (size_t s = 0; s < html->matrix->scenario_count; s++) {
		fputs("<tr><th scope=\"row\">", out);
		report_html_text(out, html->matrix->scenarios[s]);
		fputs("</th>", out);
		for (size_t k = 0; k < html->matrix->list->count; k++)
			put_cell(html, s, k, out);
		fputs("</tr>\n", out);
	}
	return 0;
}

/* ----------------------------------------------------------------- the page */

static int put_title(const struct sweepmatrix_html *html, FILE *out)
{
	const struct sweepresult_list *list = html->matrix->list;

	fputs("pinfs sweep", out);
	if (list->count) {
		fputs(": ", out);
		report_html_text(out, list->results[0].label);
	}
	if (list->count > 1) {
		fputs(" to ", out);
		report_html_text(out, list->results[list->count - 1].label);
	}
	return 0;
}

static int put_findings(const struct sweepmatrix_html *html, FILE *out)
{
	fwrite(html->evidence->details, 1, html->evidence->details_len, out);
	return 0;
}

static int put_footer(UNUSED const struct sweepmatrix_html *html, FILE *out)
{
	fputs("Made by pinctl " PACKAGE_VERSION ". This page is one file and "
	      "loads nothing; its links to logs are to the directory that it "
	      "was made in. pinfs-scenarios(7) says what a scenario does, "
	      "pinfs-sweep(7) what an outcome means.", out);
	return 0;
}

static const struct {
	const char *name;
	int (*put)(const struct sweepmatrix_html *html, FILE *out);
} parts[] = {
	{ "TITLE", put_title },
	{ "SUMMARY", sweepmatrix_html_summary },
	{ "HEADS", sweepmatrix_html_heads },
	{ "ROWS", sweepmatrix_html_rows },
	{ "FOOTER", put_footer },
	{ "DETAILS", put_findings },
	{ "MATRIX", sweepmatrix_html_data },
};

static int put_part(const void *context, FILE *out, const char *name,
		    size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (strlen(parts[i].name) == len &&
		    memcmp(parts[i].name, name, len) == 0)
			return parts[i].put(context, out);
	assert(!"the page names a part that is not in the table");
	return -EINVAL;
}

int sweepmatrix_print_html(const struct sweepmatrix *matrix, FILE *out,
			   const char *base)
{
	autofree char *real = realpath(base, NULL);
	struct sweepmatrix_evidence *evidence;
	struct sweepmatrix_html html = {
		.matrix = matrix, .base = real ? real : base,
	};
	int err = sweepmatrix_evidence_create(matrix, &evidence);

	if (err)
		return err;
	html.evidence = evidence;
	err = report_html_fill(out, sweepmatrix_html_page, put_part, &html);
	sweepmatrix_evidence_destroy(evidence);
	return err;
}
