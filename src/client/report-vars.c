/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the lines for xfstests' REPORT_VARS_FILE: "NAME: value", which it puts
 * into the properties of its report (its common/report, __import_report_vars(),
 * reads them by bash's "IFS=: read key value": a backslash is an escape there, so
 * that values have none).
 */
#include "client/report.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static void put_value(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < ' ' || *text == '\\' ? ' ' : *text,
		      out);
	fputc('\n', out);
}

static void put_text(FILE *out, const char *name, const char *text)
{
	/* xfstests leaves out what is empty, too. */
	if (!*text)
		return;
	fprintf(out, "PINFS_%s: ", name);
	put_value(out, text);
}

static void put_upper(FILE *out, const char *name)
{
	for (; *name; name++)
		fputc(isalnum((unsigned char)*name) ?
		      toupper((unsigned char)*name) : '_', out);
}

static void put_counts(const struct report *report, FILE *out)
{
	const struct findings *findings = report->findings;
	uint64_t classes = report->fail_on;

	if (!classes)
		(void)!tally_parse("all", &classes);
	for (int i = 0; i < TALLY_CLASSES; i++) {
		if (!(classes & UINT64_C(1) << i))
			continue;
		fprintf(out, "PINFS_");
		put_upper(out, findings_class_name((enum tally_class)i));
		fprintf(out, ": %" PRIu64 "\n", findings->counts[i]);
	}
	for (size_t i = 0; i < findings->ncauses; i++) {
		const struct findings_cause *cause = &findings->causes[i];

		if (strcmp(cause->cause, "-") == 0)
			continue;
		fprintf(out, "PINFS_");
		put_upper(out, findings_class_name(cause->class));
		fputc('_', out);
		put_upper(out, cause->cause);
		fprintf(out, ": %" PRIu64 "\n", cause->count);
	}
}

int report_vars(const struct report *report, FILE *out)
{
	const struct findings *findings = report->findings;
	const json_t *mount = findings->mount;
	const json_t *options = json_object_get(mount, "options");

	put_text(out, "VERSION", findings_text(mount, "version"));
	put_text(out, "LIVE", findings_text(mount, "live"));
	put_text(out, "CACHE", findings_text(options, "cache"));
	put_text(out, "POLICY", findings_text(options, "policy"));
	fprintf(out, "PINFS_WRITES: %" PRIu64 "\n", findings->writes);
	put_counts(report, out);
	if (findings->count) {
		char text[512];

		report_describe(findings->items[0], text, sizeof(text));
		put_text(out, "FIRST", text);
	}
	return 0;
}
