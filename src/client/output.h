/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms in which "pinctl run" tells its results. */
#ifndef PIN_OUTPUT_H
#define PIN_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/result.h"

struct causes;

struct output {
	const struct output_format *format;
	FILE *out;
	bool colour;		/* escape sequences are welcome */
	bool quiet;		/* nothing about what is as known */
	bool verbose;		/* more about each scenario */
	unsigned int tap;	/* 13: TAP version 13, not KTAP version 1 */
	size_t told;		/* results told so far */
};

/*
 * One form. begin, then result for each in the order of running, then end; or
 * only skip, when nothing could run. Each flushes, so that a crash keeps what
 * was told before.
 */
struct output_format {
	void (*begin)(struct output *output, size_t scenarios);
	void (*result)(struct output *output, struct result *result);
	void (*end)(struct output *output, struct result *results,
		    size_t count, const struct result_summary *summary);
	void (*skip)(struct output *output, const char *reason);
	/* After the end; NULL: this form has no place for it. */
	void (*causes)(struct output *output, const struct causes *causes);
};

extern const struct output_format output_table_format;
extern const struct output_format output_ktap_format;
extern const struct output_format output_json_format;
extern const struct output_format output_junit_format;

#endif
