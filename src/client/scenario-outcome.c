/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the way from a trial to an outcome, and its line for people. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/errname.h"
#include "client/scenario-internal.h"
#include "client/verdict.h"

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
	if (facts->storeless)
		snprintf(note, TRIAL_NOTE_SIZE, "%s: memory %s", what,
			 bytes_name(facts->mapping));
	else
		snprintf(note, TRIAL_NOTE_SIZE,
			 "%s: mapping %s, read(2) %s, store %s%s", what,
			 bytes_name(facts->mapping), bytes_name(facts->file),
			 bytes_name(facts->store),
			 facts->dirty ? ", still dirty" : "");
}

static void note_error(const struct trial *trial, char *note)
{
	const struct judge_facts *facts = &trial->facts;
	const struct trial_call *call = &trial->call;

	if (facts->err)
		snprintf(note, TRIAL_NOTE_SIZE, "the call failed: %s",
			 errname_from(facts->err));
	else if (facts->called && (facts->window || facts->frozen) &&
		 !facts->in_window && !facts->stuck)
		snprintf(note, TRIAL_NOTE_SIZE, "could not tell whether the "
			 "call waits: state %c%s%s before the %s",
			 call->state ? call->state : '?',
			 *call->place ? " in " : "", call->place,
			 facts->frozen ? "thaw" : "WRITE was let go");
	else
		note_end(facts, "not settled", note);
}

static void note_change(const struct trial *trial, char *note)
{
	const struct judge_facts *facts = &trial->facts;

	if (facts->events)
		snprintf(note, TRIAL_NOTE_SIZE, "block %llu changed under "
			 "writeback, cause %s; a later WRITE carried the new "
			 "bytes", (unsigned long long)trial->base / SHAPE_PAGE +
			 trial->cause_block, trial->cause);
	else if (facts->frozen)
		snprintf(note, TRIAL_NOTE_SIZE, "the device had %s bytes while "
			 "its filesystem was frozen",
			 bytes_name(facts->beneath));
	else if (facts->queued)
		snprintf(note, TRIAL_NOTE_SIZE, "fsync(2) has returned, and "
			 "%s", trial->left_note);
	else
		snprintf(note, TRIAL_NOTE_SIZE, "the page changed behind the "
			 "call: the other side has %s bytes%s",
			 bytes_name(facts->passed), facts->reports ?
			 ", and the daemon says so" : "");
}

/* One line for people about the worst verdict. */
static void describe(const struct trial *trial, enum verdict verdict,
		     char *note)
{
	const struct judge_facts *facts = &trial->facts;
	const struct trial_call *call = &trial->call;

	switch (verdict) {
	case VERDICT_STABLE:
		snprintf(note, TRIAL_NOTE_SIZE, "%s%s%s", facts->storeless ?
			 "the bytes are in the memory" :
			 "cache and store agree", facts->queued ?
			 "; when fsync(2) had returned, " : "",
			 trial->left_note);
		break;
	case VERDICT_BLOCKED:
		snprintf(note, TRIAL_NOTE_SIZE, "slept in %s until the %s",
			 *call->place ? call->place : "the kernel",
			 facts->frozen ? "filesystem was thawed" :
					 "WRITE was answered");
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
		note_change(trial, note);
		break;
	case VERDICT_ERROR:
		note_error(trial, note);
		break;
	default:
		note_end(facts, "at the end", note);
	}
}

/* Seen by the kernel's counters while the call had its pages. */
static void note_pins(long pins, char *note)
{
	size_t used = strlen(note);

	if (pins > 0)
		snprintf(note + used, TRIAL_NOTE_SIZE - used,
			 "; %ld page%s pinned", pins, pins == 1 ? "" : "s");
}

/* By the filesystem itself, and of how it was looked at. */
static void note_said(const struct trial *trial, char *note)
{
	size_t used = strlen(note);

	if (*trial->said)
		snprintf(note + used, TRIAL_NOTE_SIZE - used, "; %s",
			 trial->said);
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
	outcome->spoiled = trial->made;
	snprintf(outcome->note, sizeof(outcome->note), "%s",
		 *trial->trouble ? trial->trouble : strerror(-err));
}

static void judge_trial(const struct trial *trial,
			struct scenario_outcome *outcome)
{
	const struct stepper_result *result = &trial->call.result;

	outcome->facts = trial->facts;
	outcome->pins = trial->pins;
	memcpy(outcome->stored, trial->stored, sizeof(trial->stored));
	if (trial->facts.called && trial->call.ended)
		outcome->call_ns = result->end_ns - result->start_ns;
	outcome->verdicts = judge_verdicts(&trial->facts);
	describe(trial, verdict_worst(outcome->verdicts), outcome->note);
	note_pins(trial->pins, outcome->note);
	note_said(trial, outcome->note);
}

void scenario_judge(const struct trial *trial, int err,
		    struct scenario_outcome *outcome)
{
	memcpy(outcome->phases, trial->phases, sizeof(outcome->phases));
	outcome->phase_count = trial->phase_count;
	memcpy(outcome->cause, trial->cause, sizeof(outcome->cause));
	if (trial->made) {
		memcpy(outcome->target, trial->target, sizeof(trial->target));
		memcpy(outcome->source, trial->source, sizeof(trial->source));
		outcome->dir = trial->home ? trial->site->dir : NULL;
	}
	if (err)
		judge_failure(trial, err, outcome);
	else
		judge_trial(trial, outcome);
}
