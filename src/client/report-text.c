/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the report as text: for a terminal with a table of the findings, and as
 * a mail with what whoever reads it asks first (kernel, mount, what happened)
 * before the findings. Nothing of when or where the report is made is in it, so
 * that a bundle gives the very same one elsewhere.
 */
#include "client/report.h"

#include <inttypes.h>
#include <string.h>

#include "client/finding.h"
#include "client/findingsplace.h"
#include "client/textpage.h"

enum {
	TERMINAL_COLUMNS = 80,
	MAIL_COLUMNS = 72,
	TABLE_ROWS = 50,
	COUNTS_SIZE = 1024,
};

/* ---------------------------------------------------------------- one-liners */

/* " (1 pin, 2 unknown)", or nothing for a class that has no causes. */
static size_t add_causes(const struct findings *findings,
			 enum tally_class class, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < findings->ncauses && used < size; i++) {
		const struct findings_cause *cause = &findings->causes[i];

		if (cause->class != class || strcmp(cause->cause, "-") == 0)
			continue;
		used += (size_t)snprintf(text + used, size - used,
					 "%s%" PRIu64 " %s",
					 used ? ", " : " (", cause->count,
					 cause->cause);
	}
	if (used && used < size)
		used += (size_t)snprintf(text + used, size - used, ")");
	return used;
}

void report_counts(const struct findings *findings, char *text, size_t size)
{
	uint64_t classes = 0;
	size_t used = 0;

	/* "finding" is a set's name: it cannot fail. */
	(void)!tally_parse("finding", &classes);
	for (int i = 0; i < TALLY_CLASSES && used < size; i++) {
		if (!(classes & UINT64_C(1) << i) || !findings->counts[i])
			continue;
		used += (size_t)snprintf(text + used, size - used,
					 "%s%" PRIu64 " %s", used ? ", " : "",
					 findings->counts[i],
					 findings_class_name((enum tally_class)i));
		if (used < size)
			used += add_causes(findings, (enum tally_class)i,
					   text + used, size - used);
	}
	if (!used)
		snprintf(text, size, "nothing");
}

/* Of the line's ranges. */
static size_t changed_bytes(const json_t *event)
{
	const json_t *range;
	size_t i, sum = 0;

	json_array_foreach(json_object_get(event, "changed"), i, range)
		sum += (size_t)json_integer_value(json_array_get(range, 1));
	return sum;
}

void report_describe(const struct findings_item *item, char *text, size_t size)
{
	const json_t *event = item->event;
	const char *cause = findings_text(event, "cause");
	size_t changed = changed_bytes(event);
	size_t used = (size_t)snprintf(text, size, "%s %s block %" PRId64,
				       findings_class_name(item->class),
				       findings_text(event, "path"),
				       findings_number(event, "block"));

	if (changed && used < size)
		used += (size_t)snprintf(text + used, size - used,
					 ", %zu bytes differ", changed);
	if (*cause && used < size)
		snprintf(text + used, size - used, ", cause %s", cause);
}

/* --------------------------------------------------------------- the summary */

static void print_options(struct textpage *page, const struct findings *findings)
{
	json_t *options = json_object_get(findings->mount, "options");
	char text[COUNTS_SIZE] = "";
	size_t used = 0;
	const char *key;
	json_t *value;

	json_object_foreach(options, key, value) {
		char number[32] = "";

		if (json_is_string(value) && !*json_string_value(value))
			continue;
		if (json_is_integer(value))
			snprintf(number, sizeof(number), "%" PRId64,
				 (int64_t)json_integer_value(value));
		if (used < sizeof(text))
			used += (size_t)snprintf(text + used,
				sizeof(text) - used, "%s%s=%s",
				used ? " " : "", key,
				json_is_string(value) ? json_string_value(value) :
				json_is_true(value) ? "yes" :
				json_is_false(value) ? "no" : number);
	}
	if (used)
		textpage_pair(page, 0, "options", "%s", text);
}

static void print_mount(struct textpage *page, const struct findings *findings)
{
	const json_t *mount = findings->mount;
	const char *line = findingsplace_mountinfo(findings->place);

	if (!mount)
		return;
	textpage_pair(page, 0, "kernel", "%s", findings_text(mount, "kernel"));
	textpage_pair(page, 0, "pinfs", "%s", findings_text(mount, "version"));
	textpage_pair(page, 0, "mount", "%s on %s%s",
		      findings_text(mount, "source"),
		      findings_text(mount, "mountpoint"),
		      findings->mounts > 1 ? ", the last of several" : "");
	textpage_pair(page, 0, "live view", "%s", findings_text(mount, "live"));
	print_options(page, findings);
	if (line && findings->left_out < REDACT_ALL)
		textpage_pair(page, 0, "mountinfo", "%s", line);
}

/* Why there may be more than is told. */
static void print_doubts(struct textpage *page, const struct findings *findings)
{
	const uint64_t *counts = findings->counts;

	if (counts[TALLY_suppressed])
		textpage_pair(page, 0, "suppressed", "%" PRIu64 " findings were "
			      "only counted (event_limit)",
			      counts[TALLY_suppressed]);
	if (counts[TALLY_dropped])
		textpage_pair(page, 0, "dropped", "%" PRIu64 " lines could not "
			      "be written", counts[TALLY_dropped]);
	if (counts[TALLY_copied])
		textpage_pair(page, 0, "copied", "WRITEs came that could be "
			      "looked at once only");
	if (findings->bad_lines)
		textpage_pair(page, 0, "malformed", "%" PRIu64 " lines of the "
			      "log are none of events", findings->bad_lines);
	if (findings->cut)
		textpage_pair(page, 0, "cut", "the last line of the log has no "
			      "end");
}

static void print_span(struct textpage *page, const struct findings *findings)
{
	if (*findings->first_time)
		textpage_pair(page, 0, "from", "%s", findings->first_time);
	if (*findings->last_time)
		textpage_pair(page, 0, "to", "%s%s", findings->last_time,
			      findings->ended ? "" :
			      " (the mount had not ended)");
	if (findings->mounts != 1)
		textpage_pair(page, 0, "mounts", "%" PRIu64, findings->mounts);
	if (findings->writes)
		textpage_pair(page, 0, "writes", "%" PRIu64 " WRITEs, %" PRIu64
			      " of them looked at twice", findings->writes,
			      findings->live_writes);
}

static void print_redacted(struct textpage *page,
			   const struct findings *findings)
{
	static const char *const texts[] = {
		[REDACT_CONTENT] = "bytes outside the ranges that differ",
		[REDACT_ALL] = "bytes outside the ranges that differ, names, "
			       "command lines",
	};

	if (findings->left_out != REDACT_NONE)
		textpage_pair(page, 0, "left out", "%s",
			      texts[findings->left_out]);
}

static void print_summary(struct textpage *page, const struct findings *findings)
{
	char counts[COUNTS_SIZE];

	report_counts(findings, counts, sizeof(counts));
	textpage_pair(page, 0, "found", "%s", counts);
	print_doubts(page, findings);
	print_redacted(page, findings);
	print_mount(page, findings);
	print_span(page, findings);
}

/* ----------------------------------------------------------------- the table */

static void print_row(struct textpage *page, const struct findings_item *item)
{
	const json_t *event = item->event;
	const char *time = findings_text(event, "time");
	const char *clock = strchr(time, 'T');
	const char *cause = findings_text(event, "cause");
	size_t changed = changed_bytes(event);
	char bytes[32] = "-";

	if (changed)
		snprintf(bytes, sizeof(bytes), "%zu", changed);
	textpage_row(page, "%5zu %-15.15s %-9s %8" PRId64 " %5s %-9s %s",
		     item->number, clock ? clock + 1 : time,
		     findings_class_name(item->class),
		     findings_number(event, "block"), bytes,
		     *cause ? cause : "-", findings_text(event, "path"));
}

static void print_table(struct textpage *page, const struct findings *findings)
{
	size_t rows = MIN(findings->count, (size_t)TABLE_ROWS);

	textpage_blank(page);
	textpage_row(page, "%5s %-15s %-9s %8s %5s %-9s %s", "#", "time",
		     "class", "block", "bytes", "cause", "file");
	for (size_t i = 0; i < rows; i++)
		print_row(page, findings->items[i]);
	if (findings->matched > rows)
		textpage_line(page, 0, 2, "... %" PRIu64 " more",
			      findings->matched - rows);
}

/* -------------------------------------------------------------- the findings */

static int print_findings(struct textpage *page, const struct report *report)
{
	const struct findings *findings = report->findings;
	size_t count = MIN(findings->count, report->details);
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = report_finding(page, findings, findings->items[i]);
	if (!err && findings->matched > count && count) {
		textpage_blank(page);
		textpage_line(page, 0, 0, "%" PRIu64 " more findings are not "
			      "told here.", findings->matched - count);
	}
	return err;
}

int report_text(const struct report *report, FILE *out)
{
	struct textpage page = { .out = out, .width = TERMINAL_COLUMNS };

	print_summary(&page, report->findings);
	if (report->findings->count)
		print_table(&page, report->findings);
	return print_findings(&page, report);
}

/* ------------------------------------------------------------------ the mail */

static void print_subject(struct textpage *page, const struct findings *findings)
{
	char counts[COUNTS_SIZE];

	report_counts(findings, counts, sizeof(counts));
	/* A header of a mail goes on in lines that begin with a space. */
	textpage_line(page, 0, 1, "Subject: pinfs: %s, kernel %s", counts,
		      findings_text(findings->mount, "kernel"));
	textpage_blank(page);
}

static void print_meaning(struct textpage *page,
			  const struct findings *findings)
{
	static const struct {
		enum tally_class class;
		const char *meaning;
	} meanings[] = {
		{ TALLY_unstable, "unstable: the page's bytes when its WRITE "
		  "was answered are not those that had arrived with it." },
		{ TALLY_lost, "lost: the page cache has other bytes than the "
		  "store, and nothing is dirty." },
		{ TALLY_media, "media: the store does not match its checksum." },
		{ TALLY_declared, "declared: other bytes arrived than the "
		  "program had declared." },
		{ TALLY_source, "source: the buffer of an O_DIRECT write "
		  "changed before the write returned." },
		{ TALLY_receipt, "receipt: the program got other bytes than "
		  "READ had sent." },
	};

	textpage_blank(page);
	for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
		if (findings->counts[meanings[i].class])
			textpage_line(page, 0, 2, "%s", meanings[i].meaning);
}

int report_mail(const struct report *report, FILE *out)
{
	struct textpage page = { .out = out, .width = MAIL_COLUMNS };
	int err;

	print_subject(&page, report->findings);
	print_summary(&page, report->findings);
	print_meaning(&page, report->findings);
	err = print_findings(&page, report);
	if (!err)
		report_reproduce(&page, report);
	return err;
}
