/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the timeline of a finding: that of its evidence (or what its line lets
 * one conclude), and what the log says of the block later.
 */
#include "client/finding-internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(struct finding *finding, int64_t t_ns, const char *what,
	       bool later, const char *fmt, ...) PRINTF(5, 6);
static int add(struct finding *finding, int64_t t_ns, const char *what,
	       bool later, const char *fmt, ...)
{
	struct finding_moment *moment = &finding->moments[finding->nmoments];
	va_list args;
	int len;

	if (finding->nmoments == FINDING_MOMENTS)
		return 0;
	*moment = (struct finding_moment){ .t_ns = t_ns, .what = what,
					   .later = later };
	va_start(args, fmt);
	len = vasprintf(&moment->text, fmt, args);
	va_end(args);
	if (len < 0) {
		moment->text = NULL;
		return -ENOMEM;
	}
	finding->nmoments++;
	return 0;
}

static int add_evidence(struct finding *finding)
{
	const json_t *moment;
	size_t i;
	int err = 0;

	json_array_foreach(json_object_get(finding->evidence, "timeline"), i,
			   moment)
		if (!err)
			err = add(finding, findings_number(moment, "t_ns"),
				  findings_text(moment, "what"), false, "%s",
				  findings_text(moment, "text"));
	return err;
}

/* A line is written after the second look. */
static int add_conclusions(struct finding *finding)
{
	const json_t *event = finding->item->event;
	int64_t window_us = findings_number(event, "window_us");

	if (!json_is_integer(json_object_get(event, "window_us")) ||
	    window_us < 0 || window_us > finding->t_ns / 1000)
		return 0;
	return add(finding, finding->t_ns - window_us * 1000, "arrival", false,
		   "the WRITE arrived, at the latest");
}

static int add_mark(struct finding *finding)
{
	const json_t *mark = finding->item->mark;

	return mark ? add(finding, findings_number(mark, "t_ns"), "mark", false,
			  "%s", findings_text(mark, "text")) : 0;
}

/* What a later line adds to its name. */
static int add_later(struct finding *finding, const json_t *line)
{
	int64_t t_ns = findings_number(line, "t_ns");
	const char *what = findings_text(line, "event");

	if (strcmp(what, "settled") == 0)
		return add(finding, t_ns, what, true,
			   "the WRITE that had to follow brought %s bytes",
			   json_is_true(json_object_get(line, "same")) ?
			   "the rechecked" : "other");
	if (strcmp(what, "lost") == 0)
		return add(finding, t_ns, what, true, "an audit: the page "
			   "cache is clean and differs from the store");
	if (strcmp(what, "media") == 0)
		return add(finding, t_ns, what, true, "SOURCE's bytes do not "
			   "match their checksum (%s)",
			   findings_text(line, "during"));
	return add(finding, t_ns, what, true, "the block again, line %"
		   PRId64, findings_number(line, "seq"));
}

static int add_all_later(struct finding *finding)
{
	const struct findings_item *item = finding->item;
	const json_t *line;
	size_t i;
	int err = 0;

	json_array_foreach(item->later, i, line)
		if (!err)
			err = add_later(finding, line);
	if (!err && item->later_dropped)
		err = add(finding, finding->nmoments ?
			  finding->moments[finding->nmoments - 1].t_ns : 0,
			  "more", true, "%" PRIu64 " more lines about the block",
			  item->later_dropped);
	return err;
}

static int order(const void *one, const void *other)
{
	const struct finding_moment *a = one, *b = other;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return a->later - b->later;
}

int finding_collect_moments(struct finding *finding)
{
	int err;

	finding->moments = calloc(FINDING_MOMENTS, sizeof(*finding->moments));
	if (!finding->moments)
		return -ENOMEM;
	err = add_mark(finding);
	if (!err)
		err = json_array_size(json_object_get(finding->evidence,
						      "timeline")) ?
			add_evidence(finding) : add_conclusions(finding);
	if (!err)
		err = add(finding, finding->t_ns, "logged", false,
			  "line %" PRId64 " of the log",
			  findings_number(finding->item->event, "seq"));
	if (!err)
		err = add_all_later(finding);
	qsort(finding->moments, finding->nmoments, sizeof(*finding->moments),
	      order);
	return err;
}
