/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the text about one finding: what and where, both images, the timeline,
 * who may have done it, and what is not known.
 */
#include "client/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "client/finding.h"
#include "client/hexpair.h"
#include "client/textpage.h"
#include "common/clock.h"

enum {
	HEX_LINES = 4,		/* of the hexdump that differ */
	MOMENTS = 40,		/* lines of the timeline */
	SUSPECTS = 8,
	MAPPERS = 8,
	STACK = 16,		/* lines of a kernel stack */
	RANGES = 8,
};

/* --------------------------------------------------------------- the images */

static void print_ranges(struct textpage *page, const struct finding *finding)
{
	char text[RANGES * 24 + 64];
	size_t used = 0;

	if (!finding->nranges)
		return;
	for (size_t i = 0; i < MIN(finding->nranges, (size_t)RANGES); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%zu-%zu", i ? ", " : "",
					 finding->ranges[i].off,
					 finding->ranges[i].off +
					 finding->ranges[i].len - 1);
	if (finding->nranges > RANGES)
		snprintf(text + used, sizeof(text) - used, " and %zu more",
			 finding->nranges - RANGES);
	textpage_pair(page, 0, "changed", "bytes %s of the block (%zu in %zu "
		      "range%s)", text, finding_differing(finding),
		      finding->nranges, finding->nranges == 1 ? "" : "s");
}

static void print_image(struct textpage *page, const struct finding_image *image)
{
	if (*image->digest || *image->whose)
		textpage_pair(page, 0, image->name, "%s%s%s",
			      *image->digest ? image->digest : "",
			      *image->digest && *image->whose ? "; " : "",
			      image->whose);
}

static void print_images(struct textpage *page, const struct finding *finding)
{
	print_ranges(page, finding);
	print_image(page, &finding->before);
	print_image(page, &finding->after);
	if (!finding_has_images(finding))
		return;
	textpage_blank(page);
	textpage_row(page, "- %s", finding->before.name);
	textpage_row(page, "+ %s", finding->after.name);
	hexpair_print(page, finding, HEX_LINES);
}

/* -------------------------------------------------------------- the timeline */

/* What all times are told from: the arrival of the bytes, if it is known. */
static int64_t zero_of(const struct finding *finding)
{
	for (size_t i = 0; i < finding->nmoments; i++)
		if (strcmp(finding->moments[i].what, "arrival") == 0)
			return finding->moments[i].t_ns;
	return finding->nmoments ? finding->moments[0].t_ns : 0;
}

static double ms_between(int64_t from_ns, int64_t to_ns)
{
	return (double)(to_ns - from_ns) / CLOCK_NS_PER_MS;
}

static void print_timeline(struct textpage *page, const struct finding *finding)
{
	int64_t zero_ns = zero_of(finding);
	size_t count = MIN(finding->nmoments, (size_t)MOMENTS);

	textpage_blank(page);
	textpage_line(page, 0, 2, "Timeline [ms], 0 is %" PRId64
		      " ns of CLOCK_MONOTONIC:", zero_ns);
	for (size_t i = 0; i < count; i++)
		textpage_line(page, 2, 28, "%+14.6f %-10s %s",
			      ms_between(zero_ns, finding->moments[i].t_ns),
			      finding->moments[i].what,
			      finding->moments[i].text);
	if (count < finding->nmoments)
		textpage_line(page, 2, 2, "and %zu more",
			      finding->nmoments - count);
}

/* -------------------------------------------------------------- the suspects */

static void print_call(struct textpage *page, const json_t *suspect)
{
	const char *file = findings_text(suspect, "file");

	if (*file && json_is_integer(json_object_get(suspect, "file_offset")))
		textpage_line(page, 4, 6, "file %s, offset %" PRId64, file,
			      findings_number(suspect, "file_offset"));
	else if (*file)
		textpage_line(page, 4, 6, "file %s", file);
	if (*findings_text(suspect, "address"))
		textpage_line(page, 4, 6, "buffer %s, %" PRId64 " bytes, in "
			      "block %" PRId64 " of the mapped file",
			      findings_text(suspect, "address"),
			      findings_number(suspect, "length"),
			      findings_number(suspect, "block"));
}

static void print_times(struct textpage *page, const struct finding *finding,
			const json_t *suspect)
{
	const json_t *enter = json_object_get(suspect, "enter_ns");
	const json_t *end = json_object_get(suspect, "exit_ns");
	int64_t zero_ns = zero_of(finding);

	if (!json_is_integer(enter))
		return;
	if (json_is_integer(end))
		textpage_line(page, 4, 6, "from %+.6f to %+.6f ms",
			      ms_between(zero_ns, json_integer_value(enter)),
			      ms_between(zero_ns, json_integer_value(end)));
	else
		textpage_line(page, 4, 6, "from %+.6f ms%s",
			      ms_between(zero_ns, json_integer_value(enter)),
			      json_is_null(end) ? ", still in it" : "");
}

static void print_stack(struct textpage *page, const json_t *suspect)
{
	const json_t *stack = json_object_get(suspect, "stack");
	size_t count = MIN(json_array_size(stack), (size_t)STACK);

	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(stack, i));

		textpage_line(page, 6, 8, "%s", text ? text : "?");
	}
}

static void print_suspect(struct textpage *page, const struct finding *finding,
			  const json_t *suspect)
{
	textpage_line(page, 2, 4, "%s: %s by %s, pid %" PRId64 ", thread %"
		      PRId64 " (seen by %s)", findings_text(suspect, "kind"),
		      findings_text(suspect, "call"),
		      findings_text(suspect, "comm"),
		      findings_number(suspect, "pid"),
		      findings_number(suspect, "tid"),
		      findings_text(suspect, "by"));
	if (*findings_text(suspect, "cmdline"))
		textpage_line(page, 4, 6, "%s",
			      findings_text(suspect, "cmdline"));
	print_call(page, suspect);
	print_times(page, finding, suspect);
	print_stack(page, suspect);
}

static void print_suspects(struct textpage *page, const struct finding *finding)
{
	size_t count = json_array_size(finding->suspects);

	if (!count)
		return;
	textpage_blank(page);
	textpage_line(page, 0, 0, "Suspects:");
	for (size_t i = 0; i < MIN(count, (size_t)SUSPECTS); i++)
		print_suspect(page, finding,
			      json_array_get(finding->suspects, i));
	if (count > SUSPECTS)
		textpage_line(page, 2, 2, "and %zu more", count - SUSPECTS);
}

/* Who maps or opens the file: one line each, so that they can be looked at. */
static void print_people(struct textpage *page, const char *title,
			 const json_t *people)
{
	size_t count = json_array_size(people);

	if (!count)
		return;
	textpage_blank(page);
	textpage_line(page, 0, 0, "%s:", title);
	for (size_t i = 0; i < MIN(count, (size_t)MAPPERS); i++) {
		const json_t *one = json_array_get(people, i);

		textpage_line(page, 2, 4, "%s, pid %" PRId64 "%s%s",
			      findings_text(one, "comm"),
			      findings_number(one, "pid"),
			      *findings_text(one, "cmdline") ? ": " : "",
			      findings_text(one, "cmdline"));
	}
	if (count > MAPPERS)
		textpage_line(page, 2, 2, "and %zu more", count - MAPPERS);
}

/* ------------------------------------------------------------- what is known */

static void print_page(struct textpage *page, const struct finding *finding)
{
	const json_t *flags = json_object_get(finding->page, "flags");
	char text[256] = "";
	size_t used = 0, i;
	const json_t *flag;

	json_array_foreach(flags, i, flag)
		if (used < sizeof(text) && json_is_string(flag))
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used, "%s%s",
						 used ? " " : "",
						 json_string_value(flag));
	if (used)
		textpage_pair(page, 0, "page", "%s", text);
	if (finding->pins)
		textpage_pair(page, 0, "pins", "%" PRId64 " acquired, %" PRId64
			      " released (nr_foll_pin_* of the system)",
			      findings_number(finding->pins, "acquired"),
			      findings_number(finding->pins, "released"));
}

static void print_unknown(struct textpage *page, const struct finding *finding)
{
	const json_t *one;
	size_t i;

	if (!json_array_size(finding->unknown) && !*finding->missing)
		return;
	textpage_blank(page);
	textpage_line(page, 0, 0, "Not known:");
	json_array_foreach(finding->unknown, i, one)
		if (json_is_string(one))
			textpage_line(page, 2, 4, "- %s",
				      json_string_value(one));
	if (*finding->missing)
		textpage_line(page, 2, 4, "- the bytes; evidence: %s",
			      finding->missing);
}

static void print_head(struct textpage *page, const struct finding *finding)
{
	const json_t *event = finding->item->event;

	textpage_title(page, '-', "Finding %zu: %s",
		       finding->item->number,
		       findings_class_name(finding->item->class));
	textpage_pair(page, 0, "file", "%s (inode %" PRId64 ")", finding->path,
		      findings_number(event, "ino"));
	if (json_object_get(event, "block"))
		textpage_pair(page, 0, "block", "%" PRIu64 ": %" PRId64
			      " bytes from offset %" PRId64, finding->block,
			      findings_number(event, "length"),
			      findings_number(event, "offset"));
	textpage_pair(page, 0, "time", "%s", findings_text(event, "time"));
	if (*findings_text(event, "origin"))
		textpage_pair(page, 0, "origin", "%s",
			      findings_text(event, "origin"));
	if (json_object_get(event, "window_us"))
		textpage_pair(page, 0, "window", "%.3f ms between the two looks",
			      (double)findings_number(event, "window_us") /
			      1000);
	if (*finding->cause)
		textpage_pair(page, 0, "cause", "%s", finding->cause);
	if (*finding->ground)
		textpage_pair(page, 0, "ground", "%s", finding->ground);
}

int report_finding(struct textpage *page, const struct findings *findings,
		   const struct findings_item *item)
{
	struct finding *finding;
	int err = finding_open(findings, item, &finding);

	if (err)
		return err;
	print_head(page, finding);
	print_page(page, finding);
	print_images(page, finding);
	print_timeline(page, finding);
	print_suspects(page, finding);
	print_people(page, "Processes that map the file", finding->mappers);
	print_people(page, "Processes that have it open", finding->openers);
	print_unknown(page, finding);
	finding_close(finding);
	return 0;
}
