/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of a page: what was found, by which mount, and what is not known. */
#include "client/report-html-internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/findings.h"
#include "client/findingsplace.h"
#include "client/report.h"
#include "common/cleanup.h"

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
	report_html_text(out, text);
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
		report_html_text(out, key);
		fputc('=', out);
		report_html_text(out, plain ? plain : text ? text : "");
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
	if (findings->redact.level != REDACT_ALL)
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
		report_html_text(out, strcmp(cause, "-") ? cause : "no cause");
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
static void put_doubts(const struct report *report, FILE *out)
{
	const struct findings *findings = report->findings;
	const uint64_t *counts = findings->counts;

	fputs("<ul class=\"plain\">\n", out);
	put_note(out, findings->matched - report_html_count(report), "findings "
		 "match, and are not in this page: it has as many as were asked "
		 "for.");
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

static bool has_doubts(const struct report *report)
{
	const struct findings *findings = report->findings;
	const uint64_t *counts = findings->counts;

	return findings->matched > report_html_count(report) ||
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
	report_html_text(out, text);
	fputs(" UTC", out);
}

int report_html_summary(const struct report *report, FILE *out)
{
	const struct findings *findings = report->findings;
	uint64_t total = findings_total(findings);

	fprintf(out, "<h1 id=\"headline\">%" PRIu64 " finding%s</h1>\n<p>On ",
		total, total == 1 ? "" : "s");
	fputs("<span class=\"path\">", out);
	report_html_text(out, findings_text(findings->mount, "mountpoint"));
	fputs("</span>, ", out);
	put_second(out, findings->first_time);
	fputs(" to ", out);
	put_second(out, findings->last_time);
	fputs(".</p>\n<div class=\"columns\"><div>\n", out);
	if (total)
		put_counts(findings, out);
	if (has_doubts(report)) {
		fputs("<h3>What is not known</h3>\n", out);
		put_doubts(report, out);
	}
	fputs("</div><div>\n<h3>Mount and log</h3>\n", out);
	put_facts(findings, out);
	fputs("</div></div>", out);
	return 0;
}
