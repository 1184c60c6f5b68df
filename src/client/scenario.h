/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios: compositions of a writer, a moment and a target. No part knows
 * another; this file has what each of them is, and what comes of running one.
 *
 * The phases, in this order: make, dirty (target), start (writer), enter
 * (moment), write (writer), look, leave (moment), finish, settle, audit
 * (target), and undo (writer), destroy (target).
 */
#ifndef PIN_SCENARIO_H
#define PIN_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/judge.h"
#include "client/trial.h"
#include "common/compiler.h"

/* How the bytes get changed. Each function may be NULL: nothing to do. */
struct scenario_writer {
	const char *name;
	const char *help;	/* what it does to the page */
	const char *pin_case;	/* CASE of pin_user_pages.rst, "no pin", ... */
	unsigned int pins;	/* pages that a call pins */
	bool dangerous;		/* to the machine: only when asked for */
	/* Take the reference or pin; return once it is taken, proven. */
	int (*start)(struct trial *trial);
	/* Let the bytes land: the call is made, or what it waits for given. */
	int (*write)(struct trial *trial);
	/* Close what start and write opened, once the call has ended. */
	int (*undo)(struct trial *trial);
};

/* What happens to the page while the writer is at work. */
struct scenario_moment {
	const char *name;
	const char *help;	/* "..., while ..." */
	bool window;		/* the WRITE is held from enter to leave */
	/* Bring the page into the state; return once it is there, proven. */
	int (*enter)(struct trial *trial);
	int (*leave)(struct trial *trial);
};

/* The memory written to. */
struct scenario_target {
	const char *name;
	const char *help;
	int (*make)(struct trial *trial);
	int (*dirty)(struct trial *trial);
	/* Which bytes a mapping shows, now. */
	int (*look)(struct trial *trial, enum judge_bytes *bytes_ret);
	/* Writeback again, to its end. */
	int (*settle)(struct trial *trial);
	/* Fill in the end of trial->facts. */
	int (*audit)(struct trial *trial);
	int (*destroy)(struct trial *trial);
};

enum { SCENARIO_NAME_SIZE = 64, SCENARIO_HELP_SIZE = 160 };

struct scenario {
	char name[SCENARIO_NAME_SIZE];	/* WRITER@MOMENT[:TARGET] */
	char help[SCENARIO_HELP_SIZE];	/* one line */
	const struct scenario_writer *writer;
	const struct scenario_moment *moment;
	const struct scenario_target *target;
};

/* What one run gave. */
struct scenario_outcome {
	unsigned int verdicts;	/* set of VERDICT_BITs */
	uint64_t call_ns;	/* how long the call took; 0: no call */
	long pins;		/* seen while it was held; -1: not looked */
	unsigned int pinned;	/* pages that its calls have pinned */
	bool spoiled;		/* things may be held: close the site */
	struct judge_facts facts;	/* valid without HUNG, ERROR, SKIP */
	char note[TRIAL_NOTE_SIZE];
};

/* All scenarios, in the order of writers, then moments. */
size_t scenario_count(void);
const struct scenario *scenario_at(size_t index);
/* The control run of "doctor": the moment writeback, and nobody writes. */
const struct scenario *scenario_control(void);
/* By name, ":pinfs" allowed; NULL: there is none. Also finds the control. */
const struct scenario *scenario_find(const char *name);
/* Does a name or fnmatch(3) pattern of the command line mean it? */
bool scenario_matches(const struct scenario *scenario, const char *pattern);

/**
 * scenario_to_answer() - the phases up to the end of the call, and no further
 * The WRITE has been answered; nothing has been written back since.
 * @trial: from trial_init()
 * Return: as a phase (trial.h).
 */
int scenario_to_answer(const struct scenario *scenario, struct trial *trial)
	MUST_CHECK;
/* Leave a trial that got there: the writer's and the target's last phase. */
int scenario_undo(const struct scenario *scenario, struct trial *trial)
	MUST_CHECK;

/* Run it once. Every wait has a deadline. */
void scenario_run(const struct scenario *scenario, struct site *site,
		  struct scenario_outcome *outcome_ret);

#endif
