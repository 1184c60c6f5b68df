/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of report-html share. */
#ifndef PIN_REPORT_HTML_INTERNAL_H
#define PIN_REPORT_HTML_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/compiler.h"
#include "common/json.h"

struct finding;
struct findings_item;
struct report;

/* The page, with @@NAME@@ where report_html() puts something. */
extern const char report_html_page[];

/**
 * report_html_text() - text inside of an element, or of an attribute in quotes
 * What cannot be seen, and bytes that are no UTF-8, are written as \xNN or
 * \uNNNN.
 */
void report_html_text(FILE *out, const char *text);
/* JSON inside of an element of script, which a '<' could end: it is \u003c. */
void report_html_data(FILE *out, const char *text, size_t len);
/**
 * report_html_fill() - a page with @@NAME@@ in it
 * @put: writes what stands there; @name is not terminated. Return: 0 or -errno.
 * Return: 0, -EIO, or what @put returned.
 */
int report_html_fill(FILE *out, const char *page,
		     int (*put)(const void *context, FILE *out,
				const char *name, size_t len),
		     const void *context) MUST_CHECK;
/* How many findings the page has: "details" of the report, and 0 is all. */
size_t report_html_count(const struct report *report);
/* What stands above the list. Return: 0. */
int report_html_summary(const struct report *report, FILE *out);

/* A list that findings that follow each other often have in common. */
struct report_html_list {
	json_t *value;		/* the last one that was written; NULL: none */
	size_t number;		/* of the finding that it was written with */
};

/* What is carried from finding to finding. */
struct report_html_state {
	size_t room;		/* bytes that are left for images */
	size_t left;		/* findings with images that are still to come */
	struct report_html_list mappers;
	struct report_html_list openers;
};

/* Its line names an evidence file, there or not. */
bool report_html_has_evidence(const struct findings_item *item);
/**
 * report_html_row() - what the list shows of a finding
 * Return: a new array; NULL without memory.
 */
json_t *report_html_row(const struct finding *finding) MUST_CHECK;
/**
 * report_html_details() - all the rest of it
 * Return: a new object; NULL without memory.
 */
json_t *report_html_details(struct report_html_state *state,
			    const struct finding *finding) MUST_CHECK;

/**
 * report_html_images() - both images of a finding, as page-bytes.js reads them
 * @room: how large it may become as text; what does not fit is left out, but
 *        never the first differences
 * Return: a new object, null if no image is known; NULL without memory.
 */
json_t *report_html_images(const struct finding *finding, size_t room)
	MUST_CHECK;

#endif
