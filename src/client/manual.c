/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the form of pinfs-scenarios(7): a section for the parts of each kind, and
 * one for the scenarios, by writer. All text is from the tables.
 */
#include "client/manual.h"

#include <stdio.h>
#include <string.h>

#include "client/known.h"
#include "client/scenario.h"
#include "client/verdict.h"

enum { WIDTH = 78 };

/* --------------------------------------------------------------- the macros */

/* One word, so that it is text and no macro. Return: its width. */
static size_t print_word(const char *word, size_t len, bool first)
{
	if (first && (*word == '.' || *word == '\''))
		fputs("\\&", stdout);
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '-')
			fputs("\\-", stdout);
		else if (word[i] == '\\')
			fputs("\\e", stdout);
		else
			fputc(word[i], stdout);
	}
	return len;
}

/* Text, in lines of a reader's width. */
static void print_text(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column && column + len > WIDTH) {
			fputc('\n', stdout);
			column = 0;
		}
		if (column)
			column += (size_t)printf(" ");
		column += print_word(text, len, column == 0);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', stdout);
}

/* ".TP", and its tag in bold. */
static void print_tag(const char *tag)
{
	fputs(".TP\n.B ", stdout);
	print_word(tag, strlen(tag), false);
	fputc('\n', stdout);
}

/* -------------------------------------------------------------- the sections */

static void print_head(void)
{
	puts(".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
	     ".\\\" Made by \"pinctl list --manual\": change the tables, not this.\n"
	     ".TH PINFS-SCENARIOS 7 2026-11-28 \"pinfs 0.1.0\" "
	     "\"pinfs manual\"\n"
	     ".SH NAME\n"
	     "pinfs-scenarios \\- ways in which the kernel writes into a page, "
	     "and what comes of them\n"
	     ".SH DESCRIPTION");
	print_text("A scenario of \"pinctl run\" (pinctl(1)) is made of three "
		   "parts. A writer changes a page; a moment is what happens "
		   "to the page meanwhile; a target is the memory. Its name "
		   "is WRITER@MOMENT, with :TARGET where that is not \"pinfs\" "
		   "and +SHAPE where the bytes are not a whole page at the "
		   "beginning of a file.");
	puts(".PP");
	print_text("The phases: the target is made and filled; the writer takes "
		   "its reference or pin, and it is seen that it has; the "
		   "moment is entered, and it is seen that it has come; the "
		   "bytes land; the moment is left; what is dirty is written "
		   "back, and mapping, read(2) and store are compared. A moment "
		   "that comes first is entered before the writer has its page. "
		   "Nothing waits for a time to pass, and everything has a "
		   "deadline.");
	puts(".PP");
	print_text("CASE is that of Documentation/core-api/pin_user_pages.rst in "
		   "the Linux sources. Functions are those of the versions that "
		   "are named; where a fact was seen by running it, that is the "
		   "ground of a known verdict.");
}

static void print_verdicts(void)
{
	static const struct {
		enum verdict verdict;
		const char *means;
	} rows[] = {
		{ VERDICT_STABLE, "What you compute from the page during "
		  "writeback is true of what is stored." },
		{ VERDICT_BLOCKED, "The writer had to wait for you; a filesystem "
		  "that takes long to write makes it wait long." },
		{ VERDICT_REFUSED, "The page cannot be had in this way, so it "
		  "needs no protection." },
		{ VERDICT_HIDDEN, "You were given a copy: it is stable, "
		  "whatever becomes of the page." },
		{ VERDICT_UNSTABLE, "A checksum, a parity or a mirror made from "
		  "the page during writeback may not fit what is stored. It is "
		  "made good by the next WRITE, unless something ends "
		  "first: a crash, a snapshot, an error. Copy the page, or "
		  "verify and write again." },
		{ VERDICT_TORN, "A content was stored that nobody has written." },
		{ VERDICT_ORPHAN, "A call said success, and its bytes are in no "
		  "file. By design after truncate(2), otherwise data is lost." },
		{ VERDICT_LOST, "The page is clean and its bytes are not stored: "
		  "they are gone when it is evicted." },
		{ VERDICT_PINLEAK, "Somebody has forgotten to unpin." },
	};

	puts(".SH VERDICTS");
	print_text("What they say to who writes a filesystem; how they are come "
		   "by is in pinctl(1).");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		print_tag(verdict_name(rows[i].verdict));
		print_text(rows[i].means);
	}
}

static void print_part(const struct scenario_part *part)
{
	char line[SCENARIO_HELP_SIZE + 2];

	print_tag(part->name);
	snprintf(line, sizeof(line), "%c%s.", part->help[0], part->help + 1);
	print_text(line);
	print_text(part->about);
}

static void print_parts(void)
{
	const struct scenario_moment *moment;
	const struct scenario_target *target;

	puts(".SH MOMENTS");
	for (size_t i = 0; (moment = scenario_moment_at(i)); i++) {
		print_part(&moment->part);
		if (moment->dangerous)
			print_text("Dangerous: only with --dangerous.");
	}
	puts(".SH TARGETS");
	for (size_t i = 0; (target = scenario_target_at(i)); i++)
		print_part(&target->part);
}

/* ------------------------------------------------------------ the scenarios */

static void print_known(const struct known *known, const char *scenario)
{
	const struct known_row *row = NULL;
	char line[1024];
	bool any = false;

	while ((row = known_next(known, scenario, row))) {
		bool always = known_always(row);

		snprintf(line, sizeof(line), "%s%s%s: %s.",
			 verdict_name(row->verdict), always ? "" : " with ",
			 always ? "" : row->capabilities, row->ground);
		if (any)
			puts(".br");
		print_text(line);
		any = true;
	}
	if (!any)
		print_text("Nothing is known of it.");
}

static void print_writer(const struct known *known,
			 const struct scenario_writer *writer)
{
	char line[SCENARIO_HELP_SIZE + 64];

	printf(".SS %s\n", writer->part.name);
	snprintf(line, sizeof(line), "%s. %s%s.", writer->part.help,
		 *writer->pin_case >= '0' && *writer->pin_case <= '9' ?
			"CASE " : "", writer->pin_case);
	print_text(line);
	print_text(writer->part.about);
	for (size_t i = 0; i < scenario_count(); i++) {
		const struct scenario *scenario = scenario_at(i);

		if (scenario->writer != writer)
			continue;
		print_tag(scenario->name);
		print_known(known, scenario->name);
	}
}

void manual_print(const struct known *known)
{
	const struct scenario_writer *writer;

	print_head();
	print_verdicts();
	print_parts();
	puts(".SH SCENARIOS");
	print_text("By writer, each with what is known of it: a verdict, the "
		   "capabilities (pinctl(1)) with which it is to be expected, "
		   "and from where that is known. The first that fits counts.");
	for (size_t i = 0; (writer = scenario_writer_at(i)); i++)
		print_writer(known, writer);
	puts(".SH SEE ALSO\n"
	     ".BR pinctl (1),\n"
	     ".BR pinfs\\-events (5),\n"
	     ".BR pinfs\\-control (7),\n"
	     ".BR pinfs\\-pinning (7),\n"
	     ".BR pinfs (8)");
}
