/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as one page of HTML: no network, no other file, works from file://.
 * A summary and a list are plain HTML; the rest is data that the page's own
 * script shows. src/client/report/ has the page itself.
 */
#ifndef PIN_REPORT_HTML_H
#define PIN_REPORT_HTML_H

#include <stdio.h>

#include "common/compiler.h"

struct findings;

/* The page, with @@NAME@@ where report_html_write() puts something. */
extern const char report_html_page[];

/**
 * report_html_write() - write the page
 * Memory is that of one finding at a time, however many there are.
 * Return: 0; -ENOMEM; -EIO @out could not be written.
 */
int report_html_write(const struct findings *findings, FILE *out) MUST_CHECK;

#endif
