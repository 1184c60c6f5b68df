/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms in which "pinctl report" tells findings. */
#ifndef PIN_REPORT_H
#define PIN_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/findings.h"
#include "common/compiler.h"

struct textpage;

struct report {
	const struct findings *findings;
	uint64_t fail_on;	/* classes; 0: the set "finding" */
	size_t details;		/* how many findings are told in full */
};

/* A form. Return: 0 or -errno (-ENOMEM). */
typedef int report_form(const struct report *report, FILE *out);

report_form report_text;	/* for a terminal, 80 columns */
report_form report_mail;	/* for a list, 72 columns */
report_form report_html;	/* a page for a browser; src/client/report/ */
report_form report_junit;	/* JUnit XML: a case for each class */
report_form report_ktap;	/* KTAP version 1: the same */
report_form report_vars;	/* "NAME: value" for xfstests' REPORT_VARS_FILE */

/* Parts of the text. */
int report_finding(struct textpage *page, const struct findings *findings,
		   const struct findings_item *item) MUST_CHECK;
void report_reproduce(struct textpage *page, const struct report *report);

/* "2 unstable (1 pin, 1 unknown), 1 lost", or "nothing"; cut to @size. */
void report_counts(const struct findings *findings, char *text, size_t size);
/* "unstable /t block 17 cause pin, 12 bytes differ"; cut to @size. */
void report_describe(const struct findings_item *item, char *text, size_t size);

#endif
