/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of sweepmatrix-html share. */
#ifndef PIN_SWEEPMATRIX_HTML_INTERNAL_H
#define PIN_SWEEPMATRIX_HTML_INTERNAL_H

#include <stddef.h>
#include <stdio.h>

#include "client/sweepmatrix.h"
#include "common/compiler.h"
#include "common/json.h"

/* The page, with @@NAME@@ where sweepmatrix_print_html() puts something. */
extern const char sweepmatrix_html_page[];

enum {
	SWEEPMATRIX_EVENTS = 20,	/* lines kept of a cell */
	SWEEPMATRIX_FINDINGS = 3,	/* with their evidence, of a cell */
};

/* What the event log of a kernel has about one of its results. */
struct sweepmatrix_trace {
	char *events[SWEEPMATRIX_EVENTS];	/* lines */
	size_t event_count;			/* all that there were */
	size_t findings[SWEEPMATRIX_FINDINGS];	/* numbers in the page */
	size_t finding_count;			/* all that there were */
};

struct sweepmatrix_evidence {
	const struct sweepmatrix *matrix;
	/* Of each kernel, as many as its results; NULL: it has no event log. */
	struct sweepmatrix_trace **traces;
	char *details;		/* the findings, as page-base.js reads them */
	size_t details_len;
};

/* Of all kernels. What cannot be read is left out, and said in a message.
 * Return: 0 or -ENOMEM. */
int sweepmatrix_evidence_create(const struct sweepmatrix *matrix,
				struct sweepmatrix_evidence **evidence_ret)
	MUST_CHECK;
void sweepmatrix_evidence_destroy(struct sweepmatrix_evidence *evidence);
/* NULL: there is nothing about it. */
const struct sweepmatrix_trace *
sweepmatrix_evidence_of(const struct sweepmatrix_evidence *evidence,
			size_t kernel, const struct sweepresult_case *result);

/**
 * sweepmatrix_file() - path of one of a kernel's files
 * @key: in "files" of its result.json. What is there must be a name in the
 *       kernel's directory, without any "/", of a file or directory.
 * Return: the caller's to free; NULL: there is none.
 */
char *sweepmatrix_file(const struct sweepresult *result, const char *key);

struct sweepmatrix_html {
	const struct sweepmatrix *matrix;
	const struct sweepmatrix_evidence *evidence;
	const char *base;	/* directory of the page, as realpath(3) has it */
};

/* What stands above the rows. */
int sweepmatrix_html_summary(const struct sweepmatrix_html *html, FILE *out);
/* The rows, as a table without a script. */
int sweepmatrix_html_heads(const struct sweepmatrix_html *html, FILE *out);
int sweepmatrix_html_rows(const struct sweepmatrix_html *html, FILE *out);
/* What the script shows: kernels and cells. Return: 0 or -ENOMEM. */
int sweepmatrix_html_data(const struct sweepmatrix_html *html, FILE *out);

#endif
