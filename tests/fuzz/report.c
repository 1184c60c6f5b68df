/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the reader of logs and of evidence, and all forms of the report.
 * An input is lines: those that begin with '!' are an evidence file without it,
 * the others the log. A log names the file as "unstable-1-1-1.json".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/finding.h"
#include "client/findings.h"
#include "client/findingsplace.h"
#include "client/report.h"
#include "common/compiler.h"

#include "fuzz.h"

static char dir[] = "/tmp/pinfs-fuzz-XXXXXX";
static char log_path[64], evidence_path[96];
static FILE *log_file, *evidence_file;

/* ---- files out of lines ---- */

static void take_line(char *line, UNUSED void *context)
{
	if (*line == '!')
		fprintf(evidence_file, "%s\n", line + 1);
	else
		fprintf(log_file, "%s\n", line);
}

static void make_files(const uint8_t *data, size_t size)
{
	log_file = fopen(log_path, "w");
	evidence_file = fopen(evidence_path, "w");
	assert(log_file && evidence_file);
	fuzz_lines(data, size, take_line, NULL);
	assert(!fclose(log_file) && !fclose(evidence_file));
}

/* ---- what must be true ---- */

static void check_form(const struct report *report, report_form *form,
		       size_t columns)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert(out && !form(report, out) && !fclose(out));
	assert(strlen(text) == len);
	if (columns)
		fuzz_check_text(text, columns);
	free(text);
}

/* No byte is shown but where the images differ, or are within 7 of that. */
static void check_hidden(const struct finding *finding)
{
	const struct finding_image *before = &finding->before;
	const struct finding_image *after = &finding->after;
	size_t equal = 0;

	for (size_t i = 0; i < DIGEST_BLOCK; i++) {
		assert(!after->shown[i] || i < after->len);
		if (!before->shown[i] && !after->shown[i]) {
			equal = 0;
			assert(!before->bytes[i] && !after->bytes[i]);
			continue;
		}
		assert(before->shown[i] && after->shown[i]);
		equal = before->bytes[i] == after->bytes[i] ? equal + 1 : 0;
		assert(equal < 8);
	}
}

static void check_items(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding;

		assert(!finding_open(findings, findings->items[i], &finding));
		for (size_t k = 1; k < finding->nmoments; k++)
			assert(finding->moments[k - 1].t_ns <=
			       finding->moments[k].t_ns);
		if (findings->redact.level != REDACT_NONE)
			check_hidden(finding);
		finding_close(finding);
	}
}

static void check_report(const struct findingsplace *place,
			 enum redact_level level, bool last)
{
	static const struct {
		report_form *form;
		size_t columns;
	} forms[] = {
		{ report_text, 80 }, { report_mail, 72 }, { report_html, 0 },
		{ report_junit, 0 }, { report_ktap, 0 }, { report_vars, 0 },
	};
	struct findings_query query = { .keep = 3, .last = last };
	struct findings *findings;
	struct report report = { .details = 3 };

	assert(!redact_init(&query.redact, level));
	assert(!findings_read(place, &query, &findings));
	assert(findings->count <= 3 && findings->count <= findings->matched);
	assert(findings->matched <= findings->lines);
	report.findings = findings;
	check_items(findings);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		check_form(&report, forms[i].form, forms[i].columns);
	findings_free(findings);
}

static void clean_up(void)
{
	char path[96];

	unlink(log_path);
	unlink(evidence_path);
	snprintf(path, sizeof(path), "%s/evidence", dir);
	rmdir(path);
	rmdir(dir);
}

int LLVMFuzzerInitialize(UNUSED int *argc, UNUSED char ***argv)
{
	assert(mkdtemp(dir));
	snprintf(evidence_path, sizeof(evidence_path), "%s/evidence", dir);
	assert(!mkdir(evidence_path, 0700));
	snprintf(log_path, sizeof(log_path), "%s/events.jsonl", dir);
	snprintf(evidence_path, sizeof(evidence_path),
		 "%s/evidence/unstable-1-1-1.json", dir);
	return atexit(clean_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct findingsplace *place;

	make_files(data, size);
	assert(!findingsplace_open(dir, &place));
	check_report(place, REDACT_NONE, false);
	check_report(place, REDACT_CONTENT, true);
	check_report(place, REDACT_ALL, false);
	findingsplace_close(place);
	return 0;
}
