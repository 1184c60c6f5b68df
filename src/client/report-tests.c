/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns a log as test results, for whoever runs something on a mount in CI: a
 * case for each class of --fail-on (without: each class of findings), which
 * fails when the log has such. JUnit XML has them in one suite "pinfs".
 */
#include "client/report.h"

#include <inttypes.h>
#include <string.h>

#include "client/xmltext.h"

enum {
	LINES = 100,		/* findings of a class that are told */
	LINE_SIZE = 512,
};

/* Classes that have a case. */
static uint64_t cases_of(const struct report *report)
{
	uint64_t classes = report->fail_on;

	if (!classes)
		(void)!tally_parse("finding", &classes);
	return classes;
}

static bool has_case(const struct report *report, int class)
{
	return cases_of(report) & UINT64_C(1) << class;
}

/* Calls @put for each finding of a class, up to LINES. */
static void each_line(const struct findings *findings, int class, FILE *out,
		      void (*put)(FILE *out, const char *text))
{
	char text[LINE_SIZE];
	size_t told = 0;

	for (size_t i = 0; i < findings->count && told < LINES; i++) {
		if ((int)findings->items[i]->class != class)
			continue;
		report_describe(findings->items[i], text, sizeof(text));
		put(out, text);
		told++;
	}
	if (told && findings->counts[class] > told) {
		snprintf(text, sizeof(text), "and %" PRIu64 " more",
			 findings->counts[class] - told);
		put(out, text);
	}
}

static void count_cases(const struct report *report, size_t *cases_ret,
			size_t *failed_ret)
{
	for (int i = 0; i < TALLY_CLASSES; i++) {
		if (!has_case(report, i))
			continue;
		++*cases_ret;
		*failed_ret += report->findings->counts[i] > 0;
	}
}

static const char *help_of(int class)
{
	static const char *const helps[TALLY_CLASSES] = {
#define HELP(name, keys, help) [TALLY_##name] = help,
		PINFS_EVENTS(HELP)
#undef HELP
	};

	return helps[class];
}

/* -------------------------------------------------------------------- JUnit */

static void put_xml_line(FILE *out, const char *text)
{
	xmltext_put(out, text);
	fputc('\n', out);
}

static void put_case(const struct findings *findings, int class, FILE *out)
{
	uint64_t count = findings->counts[class];
	char message[64];

	fprintf(out, "    <testcase");
	xmltext_attribute(out, "name",
			  findings_class_name((enum tally_class)class));
	xmltext_attribute(out, "classname", "pinfs");
	fprintf(out, " time=\"0\"");
	if (!count) {
		fprintf(out, "/>\n");
		return;
	}
	snprintf(message, sizeof(message), "%" PRIu64 " %s", count,
		 findings_class_name((enum tally_class)class));
	fprintf(out, ">\n      <failure");
	xmltext_attribute(out, "message", message);
	xmltext_attribute(out, "type", "finding");
	fputc('>', out);
	xmltext_put(out, help_of(class));
	fputc('\n', out);
	each_line(findings, class, out, put_xml_line);
	fprintf(out, "</failure>\n    </testcase>\n");
}

static void put_summary(const struct findings *findings, FILE *out)
{
	char counts[LINE_SIZE];

	report_counts(findings, counts, sizeof(counts));
	fprintf(out, "    <system-out>found: ");
	xmltext_put(out, counts);
	fprintf(out, "\nkernel: ");
	xmltext_put(out, findings_text(findings->mount, "kernel"));
	fprintf(out, "\nwrites: %" PRIu64 ", looked at twice: %" PRIu64,
		findings->writes, findings->live_writes);
	fprintf(out, "</system-out>\n");
}

int report_junit(const struct report *report, FILE *out)
{
	size_t cases = 0, failed = 0;

	count_cases(report, &cases, &failed);
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites>\n  <testsuite name=\"pinfs\" tests=\"%zu\" "
		"failures=\"%zu\" errors=\"0\" skipped=\"0\" time=\"0\">\n",
		cases, failed);
	for (int i = 0; i < TALLY_CLASSES; i++)
		if (has_case(report, i))
			put_case(report->findings, i, out);
	put_summary(report->findings, out);
	fprintf(out, "  </testsuite>\n</testsuites>\n");
	return 0;
}

/* --------------------------------------------------------------------- KTAP */

/* '#' would begin a directive, a control character another line. */
static void put_diagnostic(FILE *out, const char *text)
{
	fprintf(out, "# ");
	for (; *text; text++)
		fputc(*text == '#' || (unsigned char)*text < ' ' ? ' ' : *text,
		      out);
	fputc('\n', out);
}

int report_ktap(const struct report *report, FILE *out)
{
	const struct findings *findings = report->findings;
	size_t cases = 0, failed = 0, number = 0;

	count_cases(report, &cases, &failed);
	fprintf(out, "KTAP version 1\n1..%zu\n", cases);
	for (int i = 0; i < TALLY_CLASSES; i++) {
		if (!has_case(report, i))
			continue;
		each_line(findings, i, out, put_diagnostic);
		fprintf(out, "%sok %zu %s\n", findings->counts[i] ? "not " : "",
			++number, findings_class_name((enum tally_class)i));
	}
	fprintf(out, "# Totals: pass:%zu fail:%zu xfail:0 xpass:0 skip:0 "
		"error:0\n", cases - failed, failed);
	return 0;
}
