/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what stands above the rows of a sweep's page: the same lists, in the same
 * order, as on a terminal, each with links to what it is about.
 */
#include "client/sweepmatrix-internal.h"

#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"
#include "client/report-html-internal.h"
#include "client/sweepmatrix-html-internal.h"
#include "common/cleanup.h"

enum {
	LIST_OPEN = 8,		/* lines of a list that are seen at once */
	LIST_MOST = 200,	/* lines of one list */
};

/* A list under a heading that is there only when the list is. */
struct section {
	FILE *out;
	const char *id;
	const char *heading;
	size_t count;
};

/* Return: false: there is no room for it any more; it is counted. */
static bool begin_item(struct section *section)
{
	if (!section->count++)
		fprintf(section->out, "<section class=\"%s\"><h3>%s</h3>\n"
			"<ul class=\"plain\">\n", section->id,
			section->heading);
	if (section->count > LIST_MOST)
		return false;
	if (section->count == LIST_OPEN + 1)
		fputs("</ul>\n<details><summary>All the others</summary>\n"
		      "<ul class=\"plain\">\n", section->out);
	fputs("<li>", section->out);
	return true;
}

static void end_section(const struct section *section)
{
	if (section->count > LIST_MOST)
		fprintf(section->out, "<li>%zu more: see the matrix</li>\n",
			section->count - LIST_MOST);
	if (section->count)
		fprintf(section->out, "</ul>%s</section>\n",
			section->count > LIST_OPEN ? "</details>" : "");
}

static void put_cell_link(const struct sweepmatrix_html *html, FILE *out,
			  size_t scenario, size_t kernel)
{
	fprintf(out, "<a href=\"#cell-%zu-%zu\">", scenario, kernel);
	report_html_text(out, html->matrix->scenarios[scenario]);
	fputs("</a>", out);
}

static void put_kernel_link(const struct sweepmatrix_html *html, FILE *out,
			    size_t kernel)
{
	fprintf(out, "<a href=\"#kernel-%zu\">", kernel);
	report_html_text(out, html->matrix->list->results[kernel].label);
	fputs("</a>", out);
}

/* ---------------------------------------------------------------- the lists */

/* Those that something is true of. */
static void put_cells(const struct sweepmatrix_html *html,
			struct section *section,
			bool (*wanted)(const struct sweepmatrix_cell *cell))
{
	for (size_t s = 0; s < html->matrix->scenario_count; s++)
		for (size_t k = 0; k < html->matrix->list->count; k++) {
			const struct sweepmatrix_cell *cell =
				sweepmatrix_cell(html->matrix, s, k);
			autofree char *why = NULL;

			if (!wanted(cell) || !begin_item(section))
				continue;
			why = sweepmatrix_describe_trouble(
				&html->matrix->list->results[k], cell);
			put_cell_link(html, section->out, s, k);
			fputs(" on ", section->out);
			put_kernel_link(html, section->out, k);
			fputs(": ", section->out);
			report_html_text(section->out, why ? why : "");
			fputs("</li>\n", section->out);
		}
	end_section(section);
}

static void put_untold(const struct sweepmatrix_html *html, FILE *out)
{
	struct section section = {
		out, "untold", "Kernels that could not be told", 0,
	};

	for (size_t k = 0; k < html->matrix->list->count; k++) {
		const struct sweepresult *result =
			&html->matrix->list->results[k];
		autofree char *why = NULL;

		if (sweepresult_stands(result) || !begin_item(&section))
			continue;
		why = sweepmatrix_describe_kernel(result);
		put_kernel_link(html, out, k);
		fputs(": ", out);
		report_html_text(out, why ? why : "");
		fputs("</li>\n", out);
	}
	end_section(&section);
}

static void put_alarm(FILE *out, const struct sweepresult_alarm *alarm)
{
	report_html_text(out, alarm->kind);
	if (alarm->scenario) {
		fputs(" during ", out);
		report_html_text(out, alarm->scenario);
	}
	fputs(": <span class=\"path\">", out);
	report_html_text(out, alarm->text);
	fputs("</span></li>\n", out);
}

static void put_alarms(const struct sweepmatrix_html *html, FILE *out)
{
	struct section section = {
		out, "alarms", "What kernels said in their logs", 0,
	};

	for (size_t k = 0; k < html->matrix->list->count; k++) {
		const struct sweepresult *result =
			&html->matrix->list->results[k];

		for (size_t i = 0; i < result->alarm_count; i++) {
			if (!sweepmatrix_is_news(result, &result->alarms[i]) ||
			    !begin_item(&section))
				continue;
			put_kernel_link(html, out, k);
			fputs(": ", out);
			put_alarm(out, &result->alarms[i]);
		}
		if (result->alarm_count || !sweepresult_stands(result) ||
		    result->outcome == VM_COMPLETE || !begin_item(&section))
			continue;
		put_kernel_link(html, out, k);
		fputs(": ", out);
		report_html_text(out, result->reason);
		fputs("</li>\n", out);
	}
	end_section(&section);
}

static void put_changes(const struct sweepmatrix_html *html, FILE *out)
{
	struct section section = {
		out, "changes", "Changes from kernel to kernel", 0,
	};

	for (size_t i = 0; i < html->matrix->change_count; i++) {
		const struct sweepmatrix_change *change =
			&html->matrix->changes[i];
		autofree char *text = NULL;

		if (!begin_item(&section))
			continue;
		text = sweepmatrix_describe_change(html->matrix, change);
		put_cell_link(html, out, change->scenario, change->after);
		fputs(": ", out);
		report_html_text(out, text ? text : "");
		fputs("</li>\n", out);
	}
	end_section(&section);
}

static void put_skip(const char *reason, const char *where,
		     UNUSED size_t number, void *context)
{
	struct section *section = context;

	if (!begin_item(section))
		return;
	report_html_text(section->out, reason);
	fputs(": ", section->out);
	report_html_text(section->out, where);
	fputs("</li>\n", section->out);
}

static void put_skips(const struct sweepmatrix_html *html, FILE *out)
{
	struct section section = {
		out, "skips",
		"Skipped, and on which kernels (how many scenarios)", 0,
	};

	for (size_t k = 0; k < html->matrix->list->count; k++) {
		const char *reason = html->matrix->list->results[k].skipped;

		if (!reason || !begin_item(&section))
			continue;
		report_html_text(out, reason);
		fputs(": ", out);
		put_kernel_link(html, out, k);
		fputs(" (all)</li>\n", out);
	}
	sweepmatrix_each_skip(html->matrix, put_skip, &section);
	end_section(&section);
}

static void put_notes(const struct sweepmatrix_html *html, FILE *out)
{
	const struct sweepresult_list *list = html->matrix->list;
	struct section section = { out, "notes", "Notes", 0 };

	for (size_t i = 0; i < list->note_count; i++) {
		if (!begin_item(&section))
			continue;
		report_html_text(out, list->notes[i]);
		fputs("</li>\n", out);
	}
	end_section(&section);
}

/* -------------------------------------------------------------- the kernels */

static void put_kernel(const struct sweepmatrix_html *html, FILE *out,
		       size_t kernel)
{
	static const enum result_outcome columns[] = {
		RESULT_AS_KNOWN, RESULT_DEVIATES, RESULT_SKIPPED,
		RESULT_UNSURE,
	};
	const struct sweepresult *result =
		&html->matrix->list->results[kernel];
	struct sweepmatrix_sums sums;

	sweepmatrix_count(html->matrix, kernel, &sums);
	sums.outcomes[RESULT_DEVIATES] += sums.outcomes[RESULT_NOT_ACCEPTED];
	sums.outcomes[RESULT_UNSURE] += sums.outcomes[RESULT_NOT_KNOWN];
	fputs("<tr><th scope=\"row\">", out);
	put_kernel_link(html, out, kernel);
	fprintf(out, "</th><td class=\"%s\">%s</td>",
		vm_outcome_name(result->outcome),
		vm_outcome_name(result->outcome));
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		fprintf(out, "<td class=\"number%s\">%zu</td>",
			sums.outcomes[columns[i]] ? "" : " zero",
			sums.outcomes[columns[i]]);
	fputs("</tr>\n", out);
}

static void put_kernels(const struct sweepmatrix_html *html, FILE *out)
{
	fputs("<h3>Kernels</h3><div class=\"scroll\"><table class=\"counts\">"
	      "<thead><tr><th scope=\"col\">Kernel</th><th scope=\"col\">"
	      "Outcome</th><th scope=\"col\" class=\"number\">As known</th>"
	      "<th scope=\"col\" class=\"number\">Deviate</th>"
	      "<th scope=\"col\" class=\"number\">Skipped</th>"
	      "<th scope=\"col\" class=\"number\">Unsure</th></tr></thead>"
	      "<tbody>\n", out);
	for (size_t k = 0; k < html->matrix->list->count; k++)
		put_kernel(html, out, k);
	fputs("</tbody></table></div>\n", out);
}

static const char *conclusion(const struct sweepmatrix *matrix)
{
	switch (sweepmatrix_status(matrix)) {
	case CMD_OK:
		return "Every verdict is the known one, on every kernel.";
	case CMD_FOUND:
		return "Not all is as known: a verdict deviates, or a kernel "
		       "has warned.";
	case CMD_SKIP:
		return "All was skipped.";
	default:
		return "Not all could be told: what is missing here is not "
		       "passed.";
	}
}

int sweepmatrix_html_summary(const struct sweepmatrix_html *html, FILE *out)
{
	struct section deviations = {
		out, "deviations", "Deviations from the known verdicts", 0,
	};
	struct section unsure = {
		out, "unsure", "Scenarios that could not be judged", 0,
	};
	size_t kernels = html->matrix->list->count;
	size_t scenarios = html->matrix->scenario_count;

	fprintf(out, "<h1 id=\"headline\">%zu kernel%s, %zu scenario%s</h1>\n"
		"<p class=\"conclusion\">%s</p>\n<div class=\"columns\"><div>\n",
		kernels, kernels == 1 ? "" : "s", scenarios,
		scenarios == 1 ? "" : "s", conclusion(html->matrix));
	put_cells(html, &deviations, sweepmatrix_deviates);
	put_untold(html, out);
	put_alarms(html, out);
	put_cells(html, &unsure, sweepmatrix_unsure);
	put_changes(html, out);
	put_skips(html, out);
	put_notes(html, out);
	fputs("</div><div>\n", out);
	put_kernels(html, out);
	fputs("</div></div>\n", out);
	return 0;
}
