/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns "pinctl report --html": one page, no network, no other file, works from
 * file://. The summary and the list are plain HTML; the rest is data that the
 * page's own script shows. Memory is that of one finding at a time.
 *
 * src/client/report/ has the page itself, a text with @@NAME@@ in it; each of
 * these names is a function here. What goes into HTML goes through
 * report_html_text(), what into the data through report_html_data(), so that
 * nothing that a log has can be read as part of the page; and the page's policy
 * lets no script run but its own, should that ever be wrong.
 */
#include "client/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/finding.h"
#include "client/findings.h"
#include "client/report-html-internal.h"
#include "common/cleanup.h"
#include "common/utf8.h"

enum {
	PLAIN_ROWS = 200,		/* of the list, without the script */
	IMAGES_ROOM = 2500 * 1024,	/* for the images of all findings */
};

/* ---- text ---- */

void report_html_text(FILE *out, const char *text)
{
	while (*text) {
		char shown[UTF8_SHOWN_SIZE];
		size_t len = utf8_show(text, shown);

		if (strchr("<>&\"'", *text))
			fprintf(out, "&#%d;", *text);
		else
			fputs(shown, out);
		text += len;
	}
}

void report_html_data(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '<')
			fputs("\\u003c", out);
		else
			fputc(text[i], out);
	}
}

/* ---- the list ---- */

size_t report_html_count(const struct report *report)
{
	size_t count = report->findings->count;

	return report->details ? MIN(report->details, count) : count;
}

static void put_cell(FILE *out, const char *kind, const json_t *value)
{
	const char *text = json_string_value(value);

	fprintf(out, "<td class=\"%s\">", kind);
	if (json_is_integer(value) && json_integer_value(value) >= 0)
		fprintf(out, "%" JSON_INTEGER_FORMAT,
			json_integer_value(value));
	else
		report_html_text(out, text && *text ? text : "–");
	fputs("</td>", out);
}

/* As page-list.js makes it. */
static void put_row(FILE *out, const json_t *row)
{
	enum { NUMBER, CLASS, CAUSE, PATH, BLOCK, TIME, BYTES, BY };
	static const struct {
		const char *kind;
		int field;
	} cells[] = {
		{ "no number", NUMBER }, { "after mono", TIME },
		{ "class", CLASS }, { "cause", CAUSE }, { "file path", PATH },
		{ "block number", BLOCK }, { "count-bytes number", BYTES },
		{ "by", BY },
	};

	fputs("<tr>", out);
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
		put_cell(out, cells[i].kind,
			 json_array_get(row, (size_t)cells[i].field));
	fputs("</tr>\n", out);
}

static int open_row(const struct findings *findings, size_t i,
		    struct finding **finding_ret, json_t **row_ret)
{
	int err = finding_open(findings, findings->items[i], finding_ret);

	if (err)
		return err;
	*row_ret = report_html_row(*finding_ret);
	if (*row_ret)
		return 0;
	finding_close(*finding_ret);
	return -ENOMEM;
}

static int put_rows(const struct report *report, FILE *out)
{
	size_t count = MIN(report_html_count(report), (size_t)PLAIN_ROWS);

	for (size_t i = 0; i < count; i++) {
		struct finding *finding;
		json_t *row;
		int err = open_row(report->findings, i, &finding, &row);

		if (err)
			return err;
		put_row(out, row);
		json_decref(row);
		finding_close(finding);
	}
	return 0;
}

static int put_shown(const struct report *report, FILE *out)
{
	if (report_html_count(report) > PLAIN_ROWS)
		fprintf(out, "The first %d of %zu findings.", PLAIN_ROWS,
			report_html_count(report));
	else if (!report_html_count(report))
		fputs("No findings.", out);
	return 0;
}

/* ---- the data ---- */

static int put_details(struct report_html_state *state,
		       const struct finding *finding, const json_t *row,
		       FILE *out)
{
	json_t *details = report_html_details(state, finding);
	autofree char *head = json_dumps(row, JSON_COMPACT);
	size_t len = 0;
	autofree char *line = details ? json_line(details, &len) : NULL;

	json_decref(details);
	if (!head || !line)
		return -ENOMEM;
	report_html_data(out, head, strlen(head));
	fputc('\t', out);
	report_html_data(out, line, len);
	return 0;
}

static int put_all_details(const struct report *report, FILE *out)
{
	const struct findings *findings = report->findings;
	size_t count = report_html_count(report);
	struct report_html_state state = { .room = IMAGES_ROOM };
	int err = 0;

	for (size_t i = 0; i < count; i++)
		state.left += report_html_has_evidence(findings->items[i]);
	for (size_t i = 0; !err && i < count; i++) {
		struct finding *finding;
		json_t *row;

		err = open_row(findings, i, &finding, &row);
		if (err)
			break;
		err = put_details(&state, finding, row, out);
		json_decref(row);
		finding_close(finding);
	}
	json_decref(state.mappers.value);
	json_decref(state.openers.value);
	return err;
}

/* ---- the page ---- */

static int put_title(const struct report *report, FILE *out)
{
	fputs("pinfs report: ", out);
	report_html_text(out, findings_text(report->findings->mount,
					    "mountpoint"));
	return 0;
}

static int put_footer(UNUSED const struct report *report, FILE *out)
{
	fputs("Made by pinctl " PACKAGE_VERSION ". This page is one file and "
	      "loads nothing. Times of a timeline are CLOCK_MONOTONIC; "
	      "pinfs-events(5) says what the words mean.", out);
	return 0;
}

static const struct {
	const char *name;
	int (*put)(const struct report *report, FILE *out);
} parts[] = {
	{ "TITLE", put_title },
	{ "SUMMARY", report_html_summary },
	{ "COUNT", put_shown },
	{ "ROWS", put_rows },
	{ "FOOTER", put_footer },
	{ "DETAILS", put_all_details },
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

int report_html_fill(FILE *out, const char *page,
		     int (*put)(const void *context, FILE *out,
				const char *name, size_t len),
		     const void *context)
{
	const char *text = page;
	const char *begin;
	int err = 0;

	while (!err && (begin = strstr(text, "@@"))) {
		const char *name = begin + 2;
		const char *end = strstr(name, "@@");

		assert(end);
		fwrite(text, 1, (size_t)(begin - text), out);
		err = put(context, out, name, (size_t)(end - name));
		text = end + 2;
	}
	if (err)
		return err;
	fputs(text, out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

int report_html(const struct report *report, FILE *out)
{
	return report_html_fill(out, report_html_page, put_part, report);
}
