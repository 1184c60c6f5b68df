/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the loop over all runs: each on a ground that is ready, counted for its
 * scenario, whose result is told when no more of it will come.
 *
 * Pins are counted around each run, not around all runs of a scenario: runs of
 * others may lie between those.
 */
#include "client/run.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/causes.h"
#include "client/cmd.h"
#include "client/ground.h"
#include "client/known.h"
#include "client/order.h"
#include "client/output.h"
#include "client/pinleak.h"
#include "client/progress.h"
#include "client/question.h"
#include "client/scenario.h"
#include "common/clock.h"
#include "common/log.h"

enum { SPOILED_MAX = 3 };	/* then a scenario is not repeated any more */

struct run {
	const struct run_options *options;
	struct ground *ground;
	struct output *output;
	struct known *known;
	struct order order;
	struct ground through;		/* with that cache; made when needed */
	struct choice choice;
	struct result *results;
	unsigned int *spoiled;		/* runs of each that spoiled the site */
	bool *compared;			/* known verdict has been looked for */
	bool *told;
	size_t count;			/* of these four, and of the choice */
	uint64_t number;		/* of the run */
	struct kept kept;		/* with --keep */
	const char *source;		/* SOURCE of this run; NULL: not kept */
	struct result_summary summary;
	struct causes causes;
};

/* --------------------------------------------------------------- the choice */

/* Only who asks the questions gets answers. */
static void note_questions(struct run *run)
{
	const struct choice_rule *rule = &run->options->choice;
	bool asked = false;

	for (size_t i = 0; i < rule->word_count; i++)
		asked |= strcmp(rule->words[i], "@questions") == 0;
	for (size_t i = 0; asked && i < run->count; i++)
		run->results[i].question = question_of(run->results[i].name);
}

/* Return: 0 or -ENOMEM. */
static int init(struct run *run)
{
	const struct run_options *options = run->options;
	size_t most;

	if (choice_make(&options->choice, &run->choice))
		return -ENOMEM;
	run->count = most = run->choice.count;
	run->results = calloc(most + 1, sizeof(*run->results));
	run->spoiled = calloc(most + 1, sizeof(*run->spoiled));
	run->compared = calloc(most + 1, sizeof(*run->compared));
	run->told = calloc(most + 1, sizeof(*run->told));
	if (!run->results || !run->spoiled || !run->compared ||
	    !run->told)
		return -ENOMEM;
	for (size_t i = 0; i < run->count; i++)
		result_init(&run->results[i], run->choice.scenarios[i].name,
			    run->choice.scenarios[i].help);
	note_questions(run);
	return order_init(&run->order, &(struct order_rule){
		.count = run->count,
		.repeat = options->repeat,
		.rounds = options->until_failure,
		.shuffled = options->shuffle,
		.seed = options->seed,
	});
}

static void deinit(struct run *run)
{
	for (size_t i = 0; run->results && i < run->count; i++)
		result_deinit(&run->results[i]);
	order_deinit(&run->order);
	free(run->told);
	free(run->compared);
	free(run->spoiled);
	free(run->results);
	kept_deinit(&run->kept);
	choice_destroy(&run->choice);
}

/* ------------------------------------------------------------------ one run */

/* Of a mount with the cache that its moment needs, if we may make one. */
static struct ground *ground_of(struct run *run, size_t index)
{
	return ground_with_cache(run->ground,
				 run->choice.scenarios[index].moment->cache,
				 &run->through);
}

static void run_on_site(struct run *run, struct ground *ground, size_t index,
			struct scenario_outcome *outcome)
{
	bool skip;

	run->source = kept_source(&run->kept, ground->site);
	scenario_run(&run->choice.scenarios[index], ground->site, outcome);
	skip = outcome->verdicts & VERDICT_BIT(VERDICT_SKIP);
	if (outcome->spoiled) {
		ground_spoiled(ground, outcome->verdicts &
				       VERDICT_BIT(VERDICT_HUNG));
		run->spoiled[index]++;
	}
	if (run->spoiled[index] >= SPOILED_MAX || skip)
		order_drop(&run->order, index);
}

static void run_somewhere(struct run *run, size_t index,
			  struct scenario_outcome *outcome)
{
	struct ground *ground = ground_of(run, index);
	int err = ground_ready(ground);

	if (!err) {
		run_on_site(run, ground, index, outcome);
		return;
	}
	outcome->verdicts = VERDICT_BIT(err == -EOPNOTSUPP ? VERDICT_SKIP :
							     VERDICT_ERROR);
	snprintf(outcome->note, sizeof(outcome->note), "%s",
		 ground_reason(ground));
	order_drop(&run->order, index);
}

/*
 * @leaked: of the pages that it has pinned
 * Return: its note is now the result's.
 */
static bool add_run(struct result *result,
		    const struct scenario_outcome *outcome, uint64_t leaked)
{
	bool noted = result_add(result, outcome->verdicts, outcome->call_ns,
				outcome->note);
	char note[RESULT_NOTE_SIZE];

	if (!leaked)
		return noted;
	snprintf(note, sizeof(note), "%llu of %u pages stay pinned",
		 (unsigned long long)leaked, outcome->pinned);
	return result_add_leak(result, note) || noted;
}

/* What goes with the note. @source: SOURCE of the mount; NULL: not kept. */
static void add_evidence(struct result *result,
			 const struct scenario_outcome *outcome,
			 const char *source)
{
	char target[PATH_MAX];
	const char *const names[RESULT_FILES] = { target, outcome->source };

	if (outcome->dir && *outcome->target)
		snprintf(target, sizeof(target), "%s/%s", outcome->dir,
			 outcome->target);
	else
		snprintf(target, sizeof(target), "%s", outcome->target);
	memcpy(result->stored, outcome->stored, sizeof(result->stored));
	result_set_phases(result, outcome->phases, outcome->phase_count);
	if (source)
		result_set_files(result, source, names);
}

/* With -v: what begins. Who waits for the end wants to know of what. */
static void trace_begin(const struct run *run, const struct result *result)
{
	const struct site_options *options = &run->ground->site_options;

	if (options->trace)
		options->trace("scenario", result->name, options->trace_arg);
}

/* With -v: how long each phase of this run took. */
static void trace_phases(const struct run *run, const struct result *result,
			 const struct scenario_outcome *outcome)
{
	const struct site_options *options = &run->ground->site_options;
	char phases[RESULT_PHASES_SIZE];
	char line[RESULT_PHASES_SIZE + SCENARIO_NAME_SIZE];

	if (!options->trace || !outcome->phase_count)
		return;
	result_describe_phases(outcome->phases, outcome->phase_count, phases);
	snprintf(line, sizeof(line), "%s, run %u of it: %s", result->name,
		 result->runs, phases);
	options->trace("phases", line, options->trace_arg);
}

/* Has anything been learned that could be compared? */
static bool has_verdict(const struct result *result)
{
	return result->runs > result->counts[VERDICT_SKIP] +
			      result->counts[VERDICT_ERROR];
}

static void find_known(struct run *run, size_t index)
{
	struct result *result = &run->results[index];
	struct ground *ground = ground_of(run, index);

	if (run->compared[index] || !has_verdict(result))
		return;
	run->compared[index] = true;
	/* Without a site, what does not depend on it can still be found. */
	if (ground_ready(ground))
		log_debug("%s: %s", result->name, ground_reason(ground));
	if (known_find(run->known, result->name, capability_has,
		       &ground->capabilities, &result->known))
		log_err("%s: what is known about it depends on what could not "
			"be found out", result->name);
	if (ground->capabilities.spoiled) {
		ground->capabilities.spoiled = false;
		ground_spoiled(ground, true);
	}
}

/* Would this run alone be told with --quiet? Then it is where one stops. */
static void look_for_failure(struct run *run, size_t index,
			     const struct scenario_outcome *outcome,
			     uint64_t leaked)
{
	struct result *result = &run->results[index];
	struct result alone;

	find_known(run, index);
	result_init(&alone, result->name, result->help);
	add_run(&alone, outcome, leaked);
	alone.known = result->known;
	result_compare(&alone, run->options->strict);
	if (alone.outcome > RESULT_SKIPPED)
		run->summary.stop = (struct result_stop){
			.scenario = result->name,
			.run = run->number,
			.nth = result->runs,
			.verdict = alone.worst,
		};
	result_deinit(&alone);
}

static void count_cause(struct run *run, size_t index, const char *said)
{
	const char *truth = causes_truth(&run->choice.scenarios[index]);

	if (truth && *said)
		causes_add(&run->causes, truth, said);
}

static void run_one(struct run *run, size_t index)
{
	struct result *result = &run->results[index];
	struct scenario_outcome outcome = { 0 };
	uint64_t start_ns = clock_now_ns();
	struct pinleak leak;
	uint64_t leaked;

	run->number++;
	run->source = NULL;
	progress_at(run->number, run->options->repeat * run->count,
		    result->name);
	trace_begin(run, result);
	pinleak_begin(&leak);
	run_somewhere(run, index, &outcome);
	leaked = pinleak_end(&leak, outcome.pinned);
	if (add_run(result, &outcome, leaked))
		add_evidence(result, &outcome, run->source);
	count_cause(run, index, outcome.cause);
	trace_phases(run, result, &outcome);
	result->duration_ns += clock_now_ns() - start_ns;
	if (run->options->until_failure)
		look_for_failure(run, index, &outcome, leaked);
}

/* ------------------------------------------------------------- all the runs */

/* No more of it will run. */
static void tell(struct run *run, size_t index)
{
	struct result *result = &run->results[index];

	find_known(run, index);
	result_compare(result, run->options->strict);
	result_count(&run->summary, result);
	progress_erase();
	run->output->format->result(run->output, result);
	run->told[index] = true;
}

static void tell_the_rest(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		if (run->told[i])
			continue;
		if (!run->results[i].runs)
			result_leave_out(&run->results[i],
					 "stopped before it ran");
		tell(run, i);
	}
}

static void run_chosen(struct run *run)
{
	uint64_t start_ns = clock_now_ns();
	size_t index;

	run->output->format->begin(run->output, run->count);
	if (run->options->progress)
		progress_begin();
	while (!run->summary.stop.scenario &&
	       order_next(&run->order, &index)) {
		run_one(run, index);
		if (order_is_over(&run->order, index))
			tell(run, index);
	}
	tell_the_rest(run);
	progress_end();
	run->summary.duration_ns = clock_now_ns() - start_ns;
	run->summary.kept = &run->kept;
	run->output->format->end(run->output, run->results, run->count,
				 &run->summary);
	if (run->options->causes && run->output->format->causes)
		run->output->format->causes(run->output, &run->causes);
}

static int run_on_ground(struct run *run)
{
	int err = ground_ready(run->ground);
	int status;

	if (err == -EOPNOTSUPP) {
		run->output->format->skip(run->output,
					  ground_reason(run->ground));
		return CMD_SKIP;
	}
	if (err)
		return err == -EINVAL ? CMD_USAGE : CMD_UNSURE;
	run_chosen(run);
	status = result_status(&run->summary);
	if (ground_close(&run->through) && status == CMD_OK)
		status = CMD_UNSURE;
	if (ground_close(run->ground) && status == CMD_OK)
		status = CMD_UNSURE;
	return status;
}

int run_all(const struct run_options *options, struct ground *ground,
	    struct output *output, struct known *known)
{
	struct run run = { .options = options, .ground = ground,
			   .output = output, .known = known };
	int status;

	if (ground->site_options.keep)
		ground->kept = &run.kept;
	status = init(&run) ? CMD_UNSURE : run_on_ground(&run);
	ground->kept = NULL;
	deinit(&run);
	return status;
}
