/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the page of "pinctl report --html". The page is a text with @@NAME@@ in it,
 * and each of these names is a function here. What it writes into HTML goes
 * through put_text(), what into the data through put_data(), so that nothing that
 * a log has can be read as part of the page; and the page's policy lets no script
 * run but its own, should that ever be wrong.
 */
#include "client/report-html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/finding.h"
#include "client/findings.h"
#include "client/findingsplace.h"
#include "client/report-html-internal.h"
#include "common/cleanup.h"
#include "common/utf8.h"

enum {
	PLAIN_ROWS = 200,		/* of the list, without the script */
	IMAGES_ROOM = 2500 * 1024,	/* for the images of all findings */
};

/* ---- text ---- */

/*
 * A character that is not seen, or moves what stands beside it (controls of
 * direction): then it is shown by its number. page-base.js does the same.
 */
static bool is_invisible(uint32_t code)
{
	static const uint32_t ranges[][2] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x2069 }, { 0xfeff, 0xfeff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i][0] && code <= ranges[i][1])
			return true;
	return false;
}

/* Of a well-formed character of @len bytes. */
static uint32_t code_of(const unsigned char *text, size_t len)
{
	static const unsigned char lead[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t code = text[0] & lead[len];

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (text[i] & 0x3f);
	return code;
}

/* One character, or one byte that is none. Return: its length. */
static size_t put_character(FILE *out, const char *text)
{
	size_t len = utf8_length((const unsigned char *)text);
	uint32_t code = len ? code_of((const unsigned char *)text, len) : 0;

	if (!len)
		fprintf(out, "\\x%02x", (unsigned char)*text);
	else if (is_invisible(code))
		fprintf(out, code < 256 ? "\\x%02x" : "\\u%04x", code);
	else if (strchr("<>&\"'", *text))
		fprintf(out, "&#%d;", *text);
	else
		fwrite(text, 1, len, out);
	return MAX(len, (size_t)1);
}

/* For contents of elements and attributes in quotes. */
static void put_text(FILE *out, const char *text)
{
	while (*text)
		text += put_character(out, text);
}

/* Inside of an element of script a '<' could end it: in JSON it is \u003c. */
static void put_data(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '<')
			fputs("\\u003c", out);
		else
			fputc(text[i], out);
	}
}

/* ---- the summary ---- */

static void put_fact(FILE *out, const char *key, const char *fmt, ...)
	PRINTF(3, 4);
static void put_fact(FILE *out, const char *key, const char *fmt, ...)
{
	autofree char *text = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		text = NULL;
	if (len <= 0)
		return;
	fprintf(out, "<dt>%s</dt><dd>", key);
	put_text(out, text);
	fputs("</dd>\n", out);
}

/* "cache=writeback, threads=0" */
static void put_options(FILE *out, json_t *options)
{
	const char *separator = "";
	const char *key;
	json_t *value;

	if (!json_object_size(options))
		return;
	fputs("<dt>options</dt><dd>", out);
	json_object_foreach(options, key, value) {
		autofree char *text = json_dumps(value, JSON_ENCODE_ANY |
						 JSON_COMPACT);
		const char *plain = json_string_value(value);

		fputs(separator, out);
		put_text(out, key);
		fputc('=', out);
		put_text(out, plain ? plain : text ? text : "");
		separator = ", ";
	}
	fputs("</dd>\n", out);
}

static void put_facts(const struct findings *findings, FILE *out)
{
	const json_t *mount = findings->mount;

	fputs("<dl class=\"facts\">\n", out);
	put_fact(out, "mount point", "%s", findings_text(mount, "mountpoint"));
	put_fact(out, "source", "%s", findings_text(mount, "source"));
	put_fact(out, "kernel", "%s", findings_text(mount, "kernel"));
	put_fact(out, "pinfs", "%s", findings_text(mount, "version"));
	put_fact(out, "live view", "%s", findings_text(mount, "live"));
	put_options(out, json_object_get(mount, "options"));
	put_fact(out, "log", "%s", findingsplace_name(findings->place));
	put_fact(out, "first line", "%s", findings->first_time);
	put_fact(out, "last line", "%s", findings->last_time);
	put_fact(out, "lines", "%" PRIu64, findings->lines);
	if (findings->writes)
		put_fact(out, "WRITE requests", "%" PRIu64
			 ", %" PRIu64 " with a live view", findings->writes,
			 findings->live_writes);
	fputs("</dl>\n", out);
}

/* The cause of that number among the sums, each name once. */
static const char *nth_cause(const struct findings *findings, size_t n)
{
	for (size_t i = 0; i < findings->ncauses; i++) {
		const char *name = findings->causes[i].cause;
		size_t k = 0;

		while (k < i && strcmp(findings->causes[k].cause, name) != 0)
			k++;
		if (k == i && n-- == 0)
			return name;
	}
	return NULL;
}

static void put_count(FILE *out, const char *kind, uint64_t count)
{
	fprintf(out, "<td class=\"number %s\">%" PRIu64 "</td>",
		count ? kind : "zero", count);
}

static void put_class(const struct findings *findings, FILE *out,
		      enum tally_class class)
{
	const char *cause;

	fprintf(out, "<tr><th scope=\"row\">%s</th>",
		findings_class_name(class));
	for (size_t n = 0; (cause = nth_cause(findings, n)); n++) {
		uint64_t count = 0;

		for (size_t i = 0; i < findings->ncauses; i++)
			if (findings->causes[i].class == class &&
			    strcmp(findings->causes[i].cause, cause) == 0)
				count += findings->causes[i].count;
		put_count(out, "", count);
	}
	put_count(out, "total", findings->counts[class]);
	fputs("</tr>\n", out);
}

static uint64_t finding_classes(void)
{
	uint64_t classes = 0;

	/* The set's name is right, or nothing would be found anywhere. */
	return tally_parse("finding", &classes) ? 0 : classes;
}

static void put_counts(const struct findings *findings, FILE *out)
{
	uint64_t classes = finding_classes();
	const char *cause;

	fputs("<h3>By class and cause</h3>\n<div class=\"scroll\">"
	      "<table class=\"counts\"><thead><tr><th scope=\"col\">Class</th>",
	      out);
	for (size_t n = 0; (cause = nth_cause(findings, n)); n++) {
		fputs("<th scope=\"col\" class=\"number\">", out);
		put_text(out, strcmp(cause, "-") ? cause : "no cause");
		fputs("</th>", out);
	}
	fputs("<th scope=\"col\" class=\"number total\">All</th></tr></thead>"
	      "\n<tbody>\n", out);
	for (size_t class = 0; class < TALLY_CLASSES; class++)
		if (classes & UINT64_C(1) << class && findings->counts[class])
			put_class(findings, out, class);
	fputs("</tbody></table></div>\n", out);
}

static void put_note(FILE *out, uint64_t count, const char *text)
{
	if (count)
		fprintf(out, "<li>%" PRIu64 " %s</li>\n", count, text);
}

/* What makes the sums or the list less than the truth. */
static void put_doubts(const struct findings *findings, FILE *out)
{
	const uint64_t *counts = findings->counts;

	fputs("<ul class=\"plain\">\n", out);
	put_note(out, findings->matched - findings->count, "findings match, "
		 "and are not in this page: it has as many as were asked for.");
	put_note(out, counts[TALLY_suppressed], "findings were only counted: "
		 "too many in one second.");
	put_note(out, counts[TALLY_dropped], "lines could not be written into "
		 "the log.");
	put_note(out, counts[TALLY_copied], "notes that a WRITE came without a "
		 "live view, in which nothing can be seen.");
	put_note(out, counts[TALLY_expired], "holds ended by their deadline.");
	put_note(out, findings->bad_lines, "lines of the log are none.");
	put_note(out, findings->cut, "line, the last, has no end.");
	if (findings->redact.level != REDACT_NONE)
		fputs("<li>Contents of files are left out but for what "
		      "differs.</li>\n", out);
	if (findings->redact.level == REDACT_ALL)
		fputs("<li>Names are replaced: equal names are equal here."
		      "</li>\n", out);
	if (findings->mounts && !findings->ended)
		fputs("<li>The mount has not ended: there may be more.</li>\n",
		      out);
	fputs("</ul>\n", out);
}

static bool has_doubts(const struct findings *findings)
{
	const uint64_t *counts = findings->counts;

	return findings->matched > findings->count ||
	       counts[TALLY_suppressed] || counts[TALLY_dropped] ||
	       counts[TALLY_copied] || counts[TALLY_expired] ||
	       findings->bad_lines || findings->cut ||
	       findings->redact.level != REDACT_NONE ||
	       (findings->mounts && !findings->ended);
}

/* A time of the log to its second: those who want more find it below. */
static void put_second(FILE *out, const char *time)
{
	char text[CLOCK_RFC3339_SIZE];

	if (sscanf(time, "%10[^T]T%8[0-9:]", text, text + 11) != 2)
		return;
	text[10] = ' ';
	put_text(out, text);
	fputs(" UTC", out);
}

static int put_summary(const struct findings *findings, FILE *out)
{
	uint64_t total = findings_total(findings);

	fprintf(out, "<h1 id=\"headline\">%" PRIu64 " finding%s</h1>\n<p>On ",
		total, total == 1 ? "" : "s");
	fputs("<span class=\"path\">", out);
	put_text(out, findings_text(findings->mount, "mountpoint"));
	fputs("</span>, ", out);
	put_second(out, findings->first_time);
	fputs(" to ", out);
	put_second(out, findings->last_time);
	fputs(".</p>\n<div class=\"columns\"><div>\n", out);
	if (total)
		put_counts(findings, out);
	if (has_doubts(findings)) {
		fputs("<h3>What is not known</h3>\n", out);
		put_doubts(findings, out);
	}
	fputs("</div><div>\n<h3>Mount and log</h3>\n", out);
	put_facts(findings, out);
	fputs("</div></div>", out);
	return 0;
}

/* ---- the list ---- */

static void put_cell(FILE *out, const char *kind, const json_t *value)
{
	const char *text = json_string_value(value);

	fprintf(out, "<td class=\"%s\">", kind);
	if (json_is_integer(value) && json_integer_value(value) >= 0)
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else
		put_text(out, text && *text ? text : "–");
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

static int put_rows(const struct findings *findings, FILE *out)
{
	for (size_t i = 0; i < MIN(findings->count, (size_t)PLAIN_ROWS); i++) {
		struct finding *finding;
		json_t *row;
		int err = open_row(findings, i, &finding, &row);

		if (err)
			return err;
		put_row(out, row);
		json_decref(row);
		finding_close(finding);
	}
	return 0;
}

static int put_shown(const struct findings *findings, FILE *out)
{
	if (findings->count > PLAIN_ROWS)
		fprintf(out, "The first %d of %zu findings.", PLAIN_ROWS,
			findings->count);
	else if (!findings->count)
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
	put_data(out, head, strlen(head));
	fputc('\t', out);
	put_data(out, line, len);
	return 0;
}

static int put_all_details(const struct findings *findings, FILE *out)
{
	struct report_html_state state = {
		.room = IMAGES_ROOM, .left = findings->count,
	};
	int err = 0;

	for (size_t i = 0; !err && i < findings->count; i++) {
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

static int put_title(const struct findings *findings, FILE *out)
{
	fputs("pinfs report: ", out);
	put_text(out, findings_text(findings->mount, "mountpoint"));
	return 0;
}

static int put_footer(UNUSED const struct findings *findings, FILE *out)
{
	fputs("Made by pinctl " PACKAGE_VERSION ". This page is one file and "
	      "loads nothing. Times of a timeline are CLOCK_MONOTONIC; "
	      "pinfs-events(5) says what the words mean.", out);
	return 0;
}

static const struct {
	const char *name;
	int (*put)(const struct findings *findings, FILE *out);
} parts[] = {
	{ "TITLE", put_title },
	{ "SUMMARY", put_summary },
	{ "COUNT", put_shown },
	{ "ROWS", put_rows },
	{ "FOOTER", put_footer },
	{ "DETAILS", put_all_details },
};

/* @name: what stands before the next "@@". */
static int put_part(const struct findings *findings, FILE *out,
		    const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (strlen(parts[i].name) == len &&
		    memcmp(parts[i].name, name, len) == 0)
			return parts[i].put(findings, out);
	assert(!"the page names a part that is not in the table");
	return -EINVAL;
}

int report_html_write(const struct findings *findings, FILE *out)
{
	const char *text = report_html_page;
	const char *begin;
	int err = 0;

	while (!err && (begin = strstr(text, "@@"))) {
		const char *name = begin + 2;
		const char *end = strstr(name, "@@");

		assert(end);
		fwrite(text, 1, (size_t)(begin - text), out);
		err = put_part(findings, out, name, (size_t)(end - name));
		text = end + 2;
	}
	if (err)
		return err;
	fputs(text, out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
