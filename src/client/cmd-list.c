/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl list: the scenarios, and the other tables that a person or the
 * manual's tests may want: verbs, events, steps, verdicts, capabilities. One
 * line each, printed from the tables themselves.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <pinfs/control.h>
#include <pinfs/event.h>

#include "client/capability.h"
#include "client/cmd.h"
#include "client/here.h"
#include "client/interrupt.h"
#include "client/known.h"
#include "client/manual.h"
#include "client/scenario.h"
#include "client/selection.h"
#include "client/steps.h"
#include "client/verdict.h"
#include "common/clock.h"

enum { STEP_S = 10 };		/* longest wait for one step */

/* Two columns, and the words of a thing between them where it has some. */
static void print_row(const char *name, const char *words, const char *help)
{
	printf("%-16s %s%s%s\n", name, words, *words ? "\n                 " :
	       "", help);
}

static void list_verbs(void)
{
#define VERB(name, words, help) print_row(#name, words, help);
	PINFS_CONTROL_VERBS(VERB)
#undef VERB
}

static void list_events(void)
{
#define EVENT(name, keys, help) print_row(#name, keys, help);
	PINFS_EVENTS(EVENT)
#undef EVENT
}

static void list_steps(void)
{
	const struct steps_verb *verb;

	for (size_t i = 0; (verb = steps_verb_at(i)); i++)
		print_row(verb->name, verb->args, verb->help);
}

static void list_verdicts(void)
{
	for (unsigned int i = 0; i < VERDICT_COUNT; i++)
		print_row(verdict_name((enum verdict)i),
			  verdict_strict((enum verdict)i) ?
				"--strict fails on it" : "",
			  verdict_meaning((enum verdict)i));
}

static void list_capabilities(void)
{
	for (size_t i = 0; capability_name(i); i++)
		print_row(capability_name(i), "", capability_help(i));
}

static void list_sets(void)
{
	const struct selection_set *set;

	for (size_t i = 0; (set = selection_set_at(i)); i++)
		print_row(set->name, "", set->help);
}

static void list_shapes(void)
{
	const struct shape *shape;
	char words[96];

	for (size_t i = 0; (shape = shape_at(i)); i++) {
		snprintf(words, sizeof(words), "pages=%u skip=%u len=%u "
			 "segments=%u place=%s", shape->pages, shape->skip,
			 shape->len, shape->segments,
			 shape_place_name(shape->place));
		print_row(*shape->name ? shape->name : "(plain)", words,
			  shape->help);
	}
}

static void print_part(const struct scenario_part *part)
{
	print_row(part->name, "", part->help);
}

static void list_writers(void)
{
	const struct scenario_writer *writer;

	for (size_t i = 0; (writer = scenario_writer_at(i)); i++)
		print_part(&writer->part);
}

static void list_moments(void)
{
	const struct scenario_moment *moment;

	for (size_t i = 0; (moment = scenario_moment_at(i)); i++)
		print_part(&moment->part);
}

static void list_targets(void)
{
	const struct scenario_target *target;

	for (size_t i = 0; (target = scenario_target_at(i)); i++)
		print_part(&target->part);
}

static const struct {
	const char *name;
	void (*list)(void);
} tables[] = {
	{ "verbs", list_verbs },
	{ "events", list_events },
	{ "steps", list_steps },
	{ "verdicts", list_verdicts },
	{ "capabilities", list_capabilities },
	{ "sets", list_sets },
	{ "shapes", list_shapes },
	{ "writers", list_writers },
	{ "moments", list_moments },
	{ "targets", list_targets },
};

/* ------------------------------------------------------------ the scenarios */

/* The verdicts that are known, in the order of the file: "BLOCKED|UNSTABLE". */
static void print_verdicts(const struct known *known, const char *scenario)
{
	const struct known_row *row = NULL;
	unsigned int seen = 0;
	int width = 0;

	while ((row = known_next(known, scenario, row))) {
		if (seen & VERDICT_BIT(row->verdict))
			continue;
		width += printf("%s%s", seen ? "|" : "",
				verdict_name(row->verdict));
		seen |= VERDICT_BIT(row->verdict);
	}
	printf("%*s", width < 24 ? 24 - width : 1, "");
}

static void print_rows(const struct known *known, const char *scenario)
{
	const struct known_row *row = NULL;

	while ((row = known_next(known, scenario, row)))
		printf("    %-9s %s%s: %s\n", verdict_name(row->verdict),
		       known_always(row) ? "" : "with ",
		       known_always(row) ? "always" : row->capabilities,
		       row->ground);
}

static void print_about(const struct scenario_part *part)
{
	printf("    %s: %s\n", part->name, part->about);
}

/* What pinfs-scenarios(7) has of it. */
static void print_more_about(const struct known *known,
			     const struct scenario *scenario)
{
	print_about(&scenario->writer->part);
	print_about(&scenario->moment->part);
	print_about(&scenario->target->part);
	print_rows(known, scenario->name);
}

/* The width of the column of names, with the space behind it. */
static int name_width(void)
{
	size_t width = 0;

	for (size_t i = 0; i < scenario_count(); i++)
		width = MAX(width, strlen(scenario_at(i)->name));
	return (int)width + 1;
}

/* What the command line says of scenarios. */
struct wish {
	const char *known_path;
	bool verbose;
	bool here;		/* ask what can run here */
	const char *mnt;	/* on this mount; NULL: a temporary one */
	char *const *words;	/* which of them */
	size_t count;
};

static void print_scenario(const struct wish *wish, const struct known *known,
			   const struct scenario *scenario, int width,
			   struct here *here)
{
	const char *why = wish->here ? here_lack(here, scenario) : NULL;

	printf("%-*s%-9s", width, scenario->name, scenario->writer->pin_case);
	print_verdicts(known, scenario->name);
	printf("%s\n", scenario->help);
	if (why)
		printf("    cannot run here: %s\n", why);
	if (wish->verbose)
		print_more_about(known, scenario);
}

static int list_scenarios(const struct wish *wish)
{
	struct here here = {
		.ground.given = wish->mnt,
		.ground.site_options = { .step_ns = STEP_S * CLOCK_NS_PER_SEC,
					 .dangerous = true },
	};
	struct known *known;
	int width = name_width();
	int status = selection_check(wish->words, wish->count);

	if (status)
		return status;
	if (known_load(wish->known_path, capability_exists, &known))
		return CMD_UNSURE;
	if (wish->here)
		interrupt_setup();
	printf("%-*s%-9s%-24s%s\n", width, "scenario", "CASE", "known",
	       "what happens");
	for (size_t i = 0; i < scenario_count(); i++) {
		const struct scenario *scenario = scenario_at(i);

		if (!wish->count ||
		    selection_has(scenario, wish->words, wish->count))
			print_scenario(wish, known, scenario, width, &here);
	}
	known_destroy(known);
	return here_close(&here) ? CMD_UNSURE : CMD_OK;
}

static int list_manual(const char *known_path)
{
	struct known *known;

	if (known_load(known_path, capability_exists, &known))
		return CMD_UNSURE;
	manual_print(known);
	known_destroy(known);
	return CMD_OK;
}

/* -------------------------------------------------------------- the command */

static void print_more(void)
{
	printf("\n  -v, --verbose     what happens in the kernel; all known "
	       "verdicts, what they\n                    depend on, and their "
	       "grounds\n"
	       "      --here        why it cannot run on this machine, when it "
	       "cannot\n"
	       "      --mnt=DIR     on this mount; default: a temporary one\n"
	       "      --manual      the page pinfs-scenarios(7)\n"
	       "      --known=FILE  known verdicts; default PINFS_KNOWN, then "
	       "known.tsv as installed\n\nOf TABLE:");
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		printf(" %s", tables[i].name);
	printf(". Or of scenarios: those that each SCENARIO means, as of "
	       "'run'; default:\nall.\n");
}

/* Return: false: there is no such table. */
static bool list_table(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (strcmp(tables[i].name, name) == 0) {
			tables[i].list();
			return true;
		}
	}
	return false;
}

static int cmd_list_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "verbose", no_argument, NULL, 'v' },
		{ "known", required_argument, NULL, 'K' },
		{ "manual", no_argument, NULL, 'M' },
		{ "here", no_argument, NULL, 'H' },
		{ "mnt", required_argument, NULL, 'm' },
		{ 0 },
	};
	struct wish wish = { 0 };
	bool manual = false;
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":v", longs, NULL)) >= 0) {
		if (c == 'v')
			wish.verbose = true;
		else if (c == 'K')
			wish.known_path = optarg;
		else if (c == 'H')
			wish.here = true;
		else if (c == 'm')
			wish.mnt = optarg;
		else if (c == 'M')
			manual = true;
		else
			return cmd_usage(&cmd_list, "'%s' is not understood",
					 argv[optind - 1]);
	}
	if (manual)
		return list_manual(wish.known_path);
	if (wish.mnt && !wish.here)
		return cmd_usage(&cmd_list, "--mnt is for --here");
	if (argc - optind == 1 && list_table(argv[optind]))
		return CMD_OK;
	wish.words = argv + optind;
	wish.count = (size_t)(argc - optind);
	return list_scenarios(&wish);
}

const struct cmd cmd_list = {
	.name = "list",
	.args = "[-v | --manual] [--here] [--known=FILE] [TABLE | SCENARIO...]",
	.help = "scenarios, and what is known about each; or another table",
	.run = cmd_list_main,
	.more = print_more,
};
