/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl doctor: can pinfs be trusted on this machine? Every line says how it
 * was found out in this run.
 *
 * Two scenarios decide: a planted change, a pin that writes through writeback
 * (dio-read@writeback), has to be seen; and a planted clean run, the same
 * without a writer, has to be quiet. Exit status 0: both are so; 1: not (a
 * kernel that shows copies, or live=off, or an event out of nothing); 3: it
 * could not be tried; 4: nothing can be mounted here.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "client/diagnosis.h"
#include "client/facts.h"
#include "client/ground.h"
#include "client/interrupt.h"
#include "client/leftover.h"
#include "client/scenario.h"
#include "client/verdict.h"
#include "common/clock.h"
#include "common/log.h"

enum { STEP_S = 10 };

static void print_row(const char *name, const char *value, const char *text)
{
	printf("%-24s %-10s%s%s\n", name, value, *text ? " " : "", text);
}

static void print_facts(void)
{
	struct facts_fact fact;

	for (size_t i = 0; i < facts_count(); i++) {
		facts_look(i, &fact);
		print_row(fact.name, fact.value, fact.text);
	}
}

static void print_capabilities(struct capability_set *set)
{
	for (size_t i = 0; capability_name(i); i++) {
		int answer = capability_has(set, capability_name(i));

		print_row(capability_name(i), answer < 0 ? "unsure" :
			  answer ? "yes" : "no", capability_proof(set, i));
	}
}

/* Return: its verdict, SKIP when there is no mount to run it on. */
static enum verdict check(struct ground *ground, const char *name,
			  const struct scenario *scenario)
{
	struct scenario_outcome outcome;
	enum verdict verdict;
	char text[TRIAL_NOTE_SIZE + SCENARIO_NAME_SIZE + 80];
	char pins[64] = "";

	if (ground_ready(ground))
		return VERDICT_SKIP;
	scenario_run(scenario, ground->site, &outcome);
	verdict = verdict_worst(outcome.verdicts);
	if (outcome.pins >= 0)
		snprintf(pins, sizeof(pins), "; %ld page%s pinned meanwhile",
			 outcome.pins, outcome.pins == 1 ? "" : "s");
	snprintf(text, sizeof(text), "%s: %s%s", scenario->name, outcome.note,
		 pins);
	if (!outcome.spoiled && !outcome.facts.called)
		snprintf(text, sizeof(text), "%s: 1 page written back, %u "
			 "events", scenario->name, outcome.facts.events);
	print_row(name, verdict_name(verdict), text);
	if (outcome.spoiled)
		ground_spoiled(ground, true);
	return verdict;
}

static int examine(struct ground *ground)
{
	uint64_t start_ns = clock_now_ns();
	int err = ground_ready(ground);
	char ms[32];
	struct diagnosis diagnosis;
	enum verdict planted, clean;

	if (err) {
		print_row("mount", "no", ground_reason(ground));
		return err == -EOPNOTSUPP ? CMD_SKIP :
			err == -EINVAL ? CMD_USAGE : CMD_UNSURE;
	}
	snprintf(ms, sizeof(ms), "%.1f ms",
		 (double)(clock_now_ns() - start_ns) / CLOCK_NS_PER_MS);
	print_row("mount", ms, ground->options ? ground->options :
		  "with default options");
	print_capabilities(&ground->capabilities);
	if (ground->capabilities.spoiled)
		ground_spoiled(ground, true);
	planted = check(ground, "planted-change",
			scenario_find("dio-read@writeback"));
	clean = check(ground, "clean-run", scenario_control());
	diagnosis = diagnosis_make(planted, clean);
	printf("\n%s\n", diagnosis.text);
	return diagnosis.status;
}

static void print_more(void)
{
	printf("\n  -o, --option=OPTS  -o of the temporary mount\n\n"
	       "Exit status: 0 a planted change was seen and a clean run was "
	       "quiet, 1 not,\n2 usage, 3 could not tell, 4 nothing can be "
	       "mounted here.\n");
}

static int cmd_doctor_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "option", required_argument, NULL, 'o' },
		{ 0 },
	};
	struct ground ground = {
		.site_options.step_ns = STEP_S * CLOCK_NS_PER_SEC,
	};
	int c, status;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:", longs, NULL)) >= 0) {
		if (c != 'o')
			return cmd_usage(&cmd_doctor, "'%s' is not understood",
					 argv[optind - 1]);
		ground.options = optarg;
	}
	if (argv[optind])
		return cmd_usage(&cmd_doctor, "'%s' is not understood",
				 argv[optind]);
	leftover_remove();
	interrupt_setup();
	print_facts();
	status = examine(&ground);
	fflush(stdout);
	if (ground_close(&ground) && status == CMD_OK)
		status = CMD_UNSURE;
	return status;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.args = "[-o OPTS]",
	.help = "what pinfs can see on this machine, and how that is known",
	.run = cmd_doctor_main,
	.more = print_more,
};
