/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the composition of writers, moments and targets: the tables of the
 * parts, the list of scenarios, the order of the phases, and the way from a
 * trial to an outcome.
 */
#include "client/scenario.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ctlclient.h"
#include "client/errname.h"
#include "client/eventlog.h"
#include "client/interrupt.h"
#include "client/moments/moments.h"
#include "client/targets/targets.h"
#include "client/verdict.h"
#include "client/writers/writers.h"
#include "common/clock.h"

static const struct scenario_writer *const writers[] = {
	&store_writer, &copy_to_user_writer, &pwrite_writer, &splice_in_writer,
	&sendfile_in_writer, &copy_range_in_writer, &dio_read_writer,
	&aio_read_writer, &uring_read_writer,
};

static const struct scenario_moment *const moments[] = {
	&writeback_moment, &after_writeback_moment,
};

static const struct scenario_target *const targets[] = {
	&pinfs_target,		/* the first: a name leaves it out */
};

enum {
	SCENARIOS = ARRAY_SIZE(writers) * ARRAY_SIZE(moments) *
		    ARRAY_SIZE(targets),
	TRIES = 3,		/* while the kernel is faster */
};

/* ----------------------------------------------------------------- the list */

static void compose(struct scenario *scenario,
		    const struct scenario_writer *writer,
		    const struct scenario_moment *moment,
		    const struct scenario_target *target)
{
	bool plain = target == targets[0];

	scenario->writer = writer;
	scenario->moment = moment;
	scenario->target = target;
	snprintf(scenario->name, sizeof(scenario->name), "%s@%s%s%s",
		 writer->name, moment->name, plain ? "" : ":",
		 plain ? "" : target->name);
	snprintf(scenario->help, sizeof(scenario->help), "%s, %s",
		 writer->help, moment->help);
}

static const struct scenario *list(void)
{
	static struct scenario scenarios[SCENARIOS];
	struct scenario *at = scenarios;

	if (scenarios[0].writer)
		return scenarios;
	for (size_t w = 0; w < ARRAY_SIZE(writers); w++)
		for (size_t m = 0; m < ARRAY_SIZE(moments); m++)
			for (size_t t = 0; t < ARRAY_SIZE(targets); t++)
				compose(at++, writers[w], moments[m],
					targets[t]);
	return scenarios;
}

size_t scenario_count(void)
{
	return SCENARIOS;
}

const struct scenario *scenario_at(size_t index)
{
	return &list()[index];
}

const struct scenario *scenario_control(void)
{
	static struct scenario control;

	if (!control.writer)
		compose(&control, &none_writer, &writeback_moment, targets[0]);
	return &control;
}

/* "pwrite@writeback:pinfs" means what "pwrite@writeback" means. */
static void long_name(const struct scenario *scenario,
		      char name[SCENARIO_NAME_SIZE])
{
	snprintf(name, SCENARIO_NAME_SIZE, "%.20s@%.20s:%.20s",
		 scenario->writer->name, scenario->moment->name,
		 scenario->target->name);
}

bool scenario_matches(const struct scenario *scenario, const char *pattern)
{
	char name[SCENARIO_NAME_SIZE];

	long_name(scenario, name);
	return fnmatch(pattern, scenario->name, 0) == 0 ||
	       fnmatch(pattern, name, 0) == 0;
}

const struct scenario *scenario_find(const char *name)
{
	const struct scenario *control = scenario_control();
	char other[SCENARIO_NAME_SIZE];

	for (size_t i = 0; i < SCENARIOS; i++) {
		const struct scenario *scenario = scenario_at(i);

		long_name(scenario, other);
		if (strcmp(scenario->name, name) == 0 ||
		    strcmp(other, name) == 0)
			return scenario;
	}
	return strcmp(control->name, name) == 0 ? control : NULL;
}

/* --------------------------------------------------------------- the phases */

typedef int phase_fn(struct trial *trial);

static int phase(struct trial *trial, phase_fn *run)
{
	return run ? run(trial) : 0;
}

/* While the WRITE is still held: what has become of the bytes? */
static int look(const struct scenario *scenario, struct trial *trial)
{
	if (!scenario->moment->window || !trial->call.ended)
		return 0;
	return scenario->target->look(trial, &trial->facts.shown);
}

enum { SYNC_S = 5 };	/* of writing the event log [s] */

/* Was the event only counted? That is written by "sync" at the latest. */
static int read_suppressed(struct trial *trial, const char *path,
			   struct eventlog_unstable *found)
{
	long err = ctlclient_ask(trial->site->control,
				 clock_deadline_ns(SYNC_S * CLOCK_NS_PER_SEC),
				 NULL, "sync");

	if (!err)
		err = eventlog_unstable(trial->site->events, path, 0, found);
	return err ? trial_fail(trial, (int)err, "cannot read the event log: %s",
				strerror((int)-err)) : 0;
}

static int read_events(struct trial *trial)
{
	struct eventlog_unstable found;
	char path[TRIAL_NAME_SIZE + 1];
	int err;

	snprintf(path, sizeof(path), "/%s", trial->target);
	err = eventlog_unstable(trial->site->events, path, 0, &found);
	if (err)
		return trial_fail(trial, err, "cannot read the event log: %s",
				  strerror(-err));
	if (!found.count && trial->facts.shown == JUDGE_NEW)
		err = read_suppressed(trial, path, &found);
	if (err)
		return err;
	if (!found.count && found.suppressed)
		return trial_fail(trial, -ENODATA, "events of '%s' are "
				  "suppressed: event_limit= is too small",
				  path);
	trial->facts.events = found.count;
	trial->facts.arrived = trial_bytes(trial, found.arrival);
	snprintf(trial->cause, sizeof(trial->cause), "%s", found.cause);
	return 0;
}

int scenario_undo(const struct scenario *scenario, struct trial *trial)
{
	int err = phase(trial, scenario->writer->undo);

	return err ? err : phase(trial, scenario->target->destroy);
}

int scenario_to_answer(const struct scenario *scenario, struct trial *trial)
{
	const struct scenario_writer *writer = scenario->writer;
	const struct scenario_moment *moment = scenario->moment;
	const struct scenario_target *target = scenario->target;
	int err = eventlog_mark(trial->site->events);

	if (!err)
		err = phase(trial, target->make);
	if (!err)
		err = phase(trial, target->dirty);
	if (!err)
		err = phase(trial, writer->start);
	if (!err)
		err = phase(trial, moment->enter);
	if (!err)
		err = phase(trial, writer->write);
	if (!err)
		err = trial_watch_call(trial);
	if (!err)
		err = look(scenario, trial);
	if (!err)
		err = phase(trial, moment->leave);
	return err ? err : trial_finish_call(trial);
}

static int run_phases(const struct scenario *scenario, struct trial *trial)
{
	const struct scenario_target *target = scenario->target;
	int err = scenario_to_answer(scenario, trial);

	if (!err)
		err = phase(trial, target->settle);
	if (!err)
		err = phase(trial, target->audit);
	if (!err)
		err = read_events(trial);
	return err ? err : scenario_undo(scenario, trial);
}

/* -------------------------------------------------------------- the outcome */

/* What the call says about itself. -EIO: it did less than it was asked to. */
static int judge_result(const struct scenario *scenario, struct trial *trial)
{
	const struct stepper_result *result = &trial->call.result;
	struct judge_facts *facts = &trial->facts;

	facts->window = scenario->moment->window;
	if (!facts->called)
		return 0;
	facts->err = result->ok ? 0 : result->err;
	facts->in_window = facts->window && result->end_ns < trial->let_go_ns;
	if (result->ok && result->ret != TRIAL_LEN)
		return trial_fail(trial, -EIO, "the call did %ld of %d bytes",
				  result->ret, TRIAL_LEN);
	return 0;
}

static const char *bytes_name(enum judge_bytes bytes)
{
	static const char *const names[] = {
		[JUDGE_UNSEEN] = "unseen",
		[JUDGE_OLD] = "old",
		[JUDGE_NEW] = "new",
		[JUDGE_MIXED] = "mixed",
	};

	return names[bytes];
}

static void note_end(const struct judge_facts *facts, const char *what,
		     char *note)
{
	snprintf(note, TRIAL_NOTE_SIZE,
		 "%s: mapping %s, read(2) %s, store %s%s", what,
		 bytes_name(facts->mapping), bytes_name(facts->file),
		 bytes_name(facts->store), facts->dirty ? ", still dirty" : "");
}

static void note_error(const struct trial *trial, char *note)
{
	const struct judge_facts *facts = &trial->facts;
	const struct trial_call *call = &trial->call;

	if (facts->err)
		snprintf(note, TRIAL_NOTE_SIZE, "the call failed: %s",
			 errname_from(facts->err));
	else if (facts->called && facts->window && !facts->in_window &&
		 !facts->stuck)
		snprintf(note, TRIAL_NOTE_SIZE, "could not tell whether the "
			 "call waits: state %c%s%s before the WRITE was let go",
			 call->state ? call->state : '?',
			 *call->place ? " in " : "", call->place);
	else
		note_end(facts, "not settled", note);
}

/* One line for people about the worst verdict. */
static void describe(const struct trial *trial, enum verdict verdict,
		     char *note)
{
	const struct judge_facts *facts = &trial->facts;
	const struct trial_call *call = &trial->call;

	switch (verdict) {
	case VERDICT_STABLE:
		snprintf(note, TRIAL_NOTE_SIZE, "cache and store agree");
		break;
	case VERDICT_BLOCKED:
		snprintf(note, TRIAL_NOTE_SIZE, "slept in %s until the WRITE "
			 "was answered", *call->place ? call->place :
			 "the kernel");
		break;
	case VERDICT_REFUSED:
		snprintf(note, TRIAL_NOTE_SIZE, "%s",
			 errname_from(facts->err));
		break;
	case VERDICT_HIDDEN:
		snprintf(note, TRIAL_NOTE_SIZE, "%s", facts->live ?
			 "a mapping showed the new bytes, the second look did "
			 "not" : trial->site->live_reason);
		break;
	case VERDICT_UNSTABLE:
		snprintf(note, TRIAL_NOTE_SIZE, "block 0 changed under "
			 "writeback, cause %s; a later WRITE carried the new "
			 "bytes", trial->cause);
		break;
	case VERDICT_ERROR:
		note_error(trial, note);
		break;
	default:
		note_end(facts, "at the end", note);
	}
}

/* A trial that did not come to its end. */
static void judge_failure(const struct trial *trial, int err,
			  struct scenario_outcome *outcome)
{
	enum verdict verdict = VERDICT_ERROR;

	if (err == -ETIMEDOUT)
		verdict = VERDICT_HUNG;
	else if (err == -EOPNOTSUPP)
		verdict = VERDICT_SKIP;
	outcome->verdicts = VERDICT_BIT(verdict);
	outcome->spoiled = true;
	snprintf(outcome->note, sizeof(outcome->note), "%s",
		 *trial->trouble ? trial->trouble : strerror(-err));
}

static void judge_trial(const struct trial *trial,
			struct scenario_outcome *outcome)
{
	const struct stepper_result *result = &trial->call.result;

	outcome->facts = trial->facts;
	outcome->pins = trial->pins;
	if (trial->facts.called)
		outcome->call_ns = result->end_ns - result->start_ns;
	outcome->verdicts = judge_verdicts(&trial->facts);
	describe(trial, verdict_worst(outcome->verdicts), outcome->note);
}

/* What a signal would have to remove from SOURCE. */
static void name_files(const struct trial *trial)
{
	static char target[PATH_MAX], source[PATH_MAX];

	interrupt_set_files(NULL, NULL);
	snprintf(target, sizeof(target), "%s/%s", trial->site->source,
		 trial->target);
	snprintf(source, sizeof(source), "%s/%s", trial->site->source,
		 trial->source);
	interrupt_set_files(target, source);
}

static int run_once(const struct scenario *scenario, struct trial *trial,
		    struct site *site)
{
	int err;

	trial_init(trial, site);
	name_files(trial);
	err = run_phases(scenario, trial);
	interrupt_set_files(NULL, NULL);
	return err ? err : judge_result(scenario, trial);
}

/* Leave the site as it was, after a trial that the kernel was too fast for. */
static int abandon(const struct scenario *scenario, struct trial *trial)
{
	int err = trial_drop_gates(trial);

	if (!err)
		err = trial_finish_call(trial);
	return err ? err : scenario_undo(scenario, trial);
}

/* Of a trial that ended early. In SOURCE: the mount may not answer. */
static void remove_files(const struct trial *trial)
{
	const char *const names[] = { trial->target, trial->source };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", trial->site->source,
			 names[i]);
		unlink(path);
	}
}

void scenario_run(const struct scenario *scenario, struct site *site,
		  struct scenario_outcome *outcome_ret)
{
	unsigned int pins = scenario->writer->pins;
	struct scenario_outcome outcome = { .pins = -1, .pinned = pins };
	struct trial trial;
	int err = run_once(scenario, &trial, site);

	for (int again = 1; err == -EAGAIN && again < TRIES; again++) {
		if (abandon(scenario, &trial))
			break;
		outcome.pinned += pins;
		err = run_once(scenario, &trial, site);
	}
	if (err) {
		judge_failure(&trial, err, &outcome);
		remove_files(&trial);
	} else {
		judge_trial(&trial, &outcome);
	}
	*outcome_ret = outcome;
}
