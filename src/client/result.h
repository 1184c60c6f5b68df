/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runs of one scenario gave: counted verdicts, how long the writer's
 * call took, and how that compares with what is known. And what all scenarios
 * of "pinctl run" gave together.
 */
#ifndef PIN_RESULT_H
#define PIN_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/kept.h"
#include "client/known.h"
#include "client/question.h"
#include "client/trial.h"
#include "client/verdict.h"
#include "common/compiler.h"

/* In the order in which a person wants to see them, the last first. */
enum result_outcome {
	RESULT_AS_KNOWN,
	RESULT_SKIPPED,
	RESULT_NOT_KNOWN,	/* no known verdict to compare with */
	RESULT_UNSURE,		/* ERROR: nothing was learned */
	RESULT_NOT_ACCEPTED,	/* as known, but --strict does not accept it */
	RESULT_DEVIATES,
	RESULT_OUTCOMES,
};

enum {
	RESULT_NOTE_SIZE = 256,
	RESULT_TEXT_SIZE = 256,
	RESULT_PHASES_SIZE = 512,
	RESULT_FILES = 2,		/* of a run: the target's, the source's */
};

struct result {
	const char *name;	/* the scenario's */
	const char *help;
	const struct question *question;	/* that it was run for, or NULL */
	const struct known_row *known;	/* NULL: none fits */
	enum result_outcome outcome;	/* valid after result_compare() */
	unsigned int runs;
	unsigned int counts[VERDICT_COUNT];	/* of the runs' verdicts */
	unsigned int also[VERDICT_COUNT];	/* less bad, of the same runs */
	enum verdict worst;
	char note[RESULT_NOTE_SIZE];	/* of the first run with the worst */
	/* Of the same run: */
	struct trial_phase phases[TRIAL_PHASES_MAX];
	unsigned int phase_count;
	char *files[RESULT_FILES];	/* those that were kept, then NULL */
	char stored[TRIAL_DIGESTS_SIZE];	/* what is in the first, or "" */
	uint64_t *call_ns;	/* how long each call took; calls of them */
	size_t calls;
	uint64_t duration_ns;	/* of all runs, as the caller has taken it */
};

/* @name, @help: not copied. */
void result_init(struct result *result, const char *name, const char *help);
void result_deinit(struct result *result);

/**
 * result_add() - one run
 * @set:     its verdicts
 * @call_ns: how long the writer's call took [ns]; 0: there was none
 * @note:    one line for people; may be ""
 * Return: it is the first with the worst verdict so far: @note is the result's.
 */
bool result_add(struct result *result, unsigned int set, uint64_t call_ns,
		const char *note);
/**
 * result_add_leak() - the pin counters do not balance after the run
 * @note: one line
 * Return: @note is the result's.
 */
bool result_add_leak(struct result *result, const char *note);
/* The phases of the run that the note is about. */
void result_set_phases(struct result *result, const struct trial_phase *phases,
		       unsigned int count);
/* Its files that are there: names in @dir, or absolute; "": it has none. */
void result_set_files(struct result *result, const char *dir,
		      const char *const names[RESULT_FILES]);
/* It has not run at all. @note: why not, one line. */
void result_leave_out(struct result *result, const char *note);
/* Set outcome. Call when all runs and result->known are there. */
void result_compare(struct result *result, bool strict);

/* "UNSTABLE", "498 UNSTABLE, 2 BLOCKED", "LOST (also UNSTABLE)". */
void result_describe(const struct result *result, char text[RESULT_TEXT_SIZE]);
/* "make 0.412 ms, dirty 0.018 ms"; "": none. */
void result_describe_phases(const struct trial_phase *phases,
			    unsigned int count, char text[RESULT_PHASES_SIZE]);
/* Median of call_ns; 0 without any. Sorts call_ns. */
uint64_t result_median_ns(struct result *result);

/* The run that --until-failure stopped at. */
struct result_stop {
	const char *scenario;	/* NULL: it did not stop */
	uint64_t run;		/* its number, from 1, of all runs */
	unsigned int nth;	/* and of its scenario's */
	enum verdict verdict;
};

/* All scenarios. */
struct result_summary {
	size_t scenarios;
	unsigned int runs;
	size_t outcomes[RESULT_OUTCOMES];
	uint64_t duration_ns;	/* of the whole run */
	struct result_stop stop;
	const struct kept *kept;	/* NULL: nothing is kept */
};

/* "as known", "deviates", ... */
const char *result_outcome_name(enum result_outcome outcome);
/* "run 9: store@writeback, run 2 of it: TORN". @stop: one that did stop. */
void result_describe_stop(const struct result_stop *stop,
			  char text[RESULT_TEXT_SIZE]);
void result_count(struct result_summary *summary, const struct result *result);
/* The CMD_ status of a run. */
int result_status(const struct result_summary *summary);

#endif
