/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios: compositions of a writer, a moment and a target. No part knows
 * another; this file has what each of them is, and what comes of running one.
 *
 * The phases, in this order: probe (all three), make, dirty (target), start
 * (writer), enter (moment), write (writer), look (target) and collect (writer)
 * while the moment lasts, leave (moment), finish, again (moment), settle, audit
 * (target), and undo (writer), destroy (target). A moment that comes first is
 * entered before the writer starts.
 */
#ifndef PIN_SCENARIO_H
#define PIN_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/judge.h"
#include "client/shape.h"
#include "client/trial.h"
#include "common/compiler.h"

/*
 * What a part is, and what it needs of the others: a set of these. Three parts
 * are a scenario when what each needs is there, and nothing of what it cannot
 * stand. Others are not in the list at all.
 */
enum {
	/* Targets. */
	PART_MAPPED_FILE = 1 << 0,	/* a shared mapping of a file "t" */
	PART_ON_MOUNT = 1 << 1,		/* "t" is on the mount: WRITEs come */
	PART_MEMORY_ONLY = 1 << 2,	/* nothing is ever written back */
	PART_COPIED = 1 << 3,		/* private: fork() and writes copy */
	PART_COLLAPSES = 1 << 4,	/* 2 MiB that can become a huge page */
	PART_FREEZABLE = 1 << 5,	/* on a filesystem that nobody else needs */
	PART_STOPPABLE = 1 << 6,	/* its writeback, on its way */
	PART_IN_DIR = 1 << 7,		/* a file in the directory of --on */
	/* Writers. */
	PART_BY_ADDRESS = 1 << 8,	/* into memory, not into the file */
	PART_HOLDS = 1 << 9,		/* has the page from start to write */
	PART_ALOOF = 1 << 10,		/* and its process may go meanwhile */
	PART_MODEL = 1 << 11,		/* stands for all who get at a page so */
	PART_REFUSED = 1 << 12,		/* its pin is what may be refused */
	PART_SOURCE = 1 << 13,		/* the page is what its call reads */
	/* Moments. */
	PART_EVENT = 1 << 14,		/* something happens to the page */
	PART_STOPS = 1 << 15,		/* the writeback of a PART_STOPPABLE */
};

/* What every part has. */
struct scenario_part {
	const char *name;
	const char *help;	/* one line; of a moment: "..., while ..." */
	/*
	 * For pinfs-scenarios(7): what happens in the kernel, by function and
	 * version, and what its verdicts mean to who writes a filesystem.
	 * Sentences, no line breaks.
	 */
	const char *about;
	unsigned int is;	/* PART_ bits */
	unsigned int needs;	/* that one of the three has to be */
	unsigned int rejects;	/* that none of them may be */
	/* Can it run here? -EOPNOTSUPP: no, and trial->trouble says why. */
	int (*probe)(struct trial *trial);
};

/* How the bytes get changed. Each function may be NULL: nothing to do. */
struct scenario_writer {
	struct scenario_part part;
	const char *detail;	/* for its functions: trial->detail; or NULL */
	/* CASE of pin_user_pages.rst; "5/get": by a reference that is no pin. */
	const char *pin_case;
	/* As the event says it; NULL: a pin if it pins, else an overwrite. */
	const char *cause;
	unsigned int pins;	/* pages that a call pins, for each of the target's */
	unsigned int pins_beside;	/* and of other memory */
	int no_page;		/* errno for memory without a page; 0: EFAULT */
	unsigned int granule;	/* [bytes] of place and length; 0: any */
	unsigned int least;	/* that it brings [bytes] */
	bool vectored;		/* brings its bytes in shape->segments pieces */
	bool extends;		/* can write beyond the end of a file */
	/* Take the reference or pin; return once it is taken, proven. */
	int (*start)(struct trial *trial);
	/* Let the bytes land: the call is made, or what it waits for given. */
	int (*write)(struct trial *trial);
	/* PART_SOURCE: what has the other side got? Into facts.passed. */
	int (*collect)(struct trial *trial);
	/* Close what start and write opened, once the call has ended. */
	int (*undo)(struct trial *trial);
};

/* What happens to the page while the writer is at work. */
struct scenario_moment {
	struct scenario_part part;
	bool window;		/* the WRITE is held from enter to leave */
	bool freezes;		/* the target is frozen from enter to leave */
	bool first;		/* enter comes before start */
	bool dangerous;		/* to the machine: only when asked for */
	const char *cache;	/* what the mount needs: "through"; NULL: any */
	/* Bring the page into the state; return once it is there, proven. */
	int (*enter)(struct trial *trial);
	int (*leave)(struct trial *trial);
	/* After the call's end, before the last writeback. */
	int (*again)(struct trial *trial);
};

/* The memory written to. */
struct scenario_target {
	struct scenario_part part;
	int (*make)(struct trial *trial);
	int (*dirty)(struct trial *trial);
	/* Which bytes a mapping shows, now. */
	int (*look)(struct trial *trial, enum judge_bytes *bytes_ret);
	/* Writeback again, to its end. */
	int (*settle)(struct trial *trial);
	/* As trial_store_digest(), which calls it; NULL: it is in SOURCE. */
	int (*store)(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE]);
	/* For a moment that asks: see trial->left. */
	int (*left)(struct trial *trial);
	/* Change the page behind everybody's back: TRIAL_PLANT. */
	int (*plant)(struct trial *trial);
	/* Fill in the end of trial->facts. */
	int (*audit)(struct trial *trial);
	int (*destroy)(struct trial *trial);
};

enum {
	/* The longest of the parts' names, and any words of a shape. */
	SCENARIO_NAME_SIZE = 128,
	SCENARIO_HELP_SIZE = 200,
};

struct scenario {
	char name[SCENARIO_NAME_SIZE];	/* WRITER@MOMENT[:TARGET][+SHAPE] */
	char help[SCENARIO_HELP_SIZE];	/* one line */
	const struct scenario_writer *writer;
	const struct scenario_moment *moment;
	const struct scenario_target *target;
	const struct shape *shape;
};

/* What one run gave. */
struct scenario_outcome {
	unsigned int verdicts;	/* set of VERDICT_BITs */
	uint64_t call_ns;	/* how long the call took; 0: no call */
	long pins;		/* seen while it was held; -1: not looked */
	unsigned int pinned;	/* pages that its calls have pinned */
	bool spoiled;		/* things may be held: close the site */
	struct judge_facts facts;	/* valid without HUNG, ERROR, SKIP */
	struct trial_phase phases[TRIAL_PHASES_MAX];	/* of the last try */
	unsigned int phase_count;
	/* The names that its files have in SOURCE; "": it has not begun. */
	char target[TRIAL_NAME_SIZE];
	char source[TRIAL_NAME_SIZE];
	const char *dir;	/* that the first is in; NULL: SOURCE */
	char cause[32];		/* that the unstable event says; "": there is none */
	char stored[TRIAL_DIGESTS_SIZE];	/* digests of it at the end, or "" */
	char note[TRIAL_NOTE_SIZE];
};

/* All scenarios of the plain shape, in the order of writers, then moments. */
size_t scenario_count(void);
const struct scenario *scenario_at(size_t index);
/* The parts, in their order; NULL behind the last. */
const struct scenario_writer *scenario_writer_at(size_t index);
const struct scenario_moment *scenario_moment_at(size_t index);
const struct scenario_target *scenario_target_at(size_t index);
/* The control run of "doctor": the moment writeback, and nobody writes. */
const struct scenario *scenario_control(void);
/* By name, ":pinfs" allowed; NULL: there is none. Also finds the control. */
const struct scenario *scenario_find(const char *name);
/* Does a name or fnmatch(3) pattern of the command line mean it? */
bool scenario_matches(const struct scenario *scenario, const char *pattern);
bool scenario_dangerous(const struct scenario *scenario);
/**
 * scenario_reshape() - the same with another shape
 * @shape: must live as long as @scenario_ret; its name, when it has one, is
 *         added to the scenario's
 * Return: false: they do not go together, @scenario_ret is untouched.
 */
bool scenario_reshape(const struct scenario *scenario,
		      const struct shape *shape, struct scenario *scenario_ret);

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

/**
 * scenario_lack() - why it cannot run on a site, as far as its probes tell
 * @why_ret: one sentence; "" when they find nothing
 * Return: true: it cannot.
 */
bool scenario_lack(const struct scenario *scenario, struct site *site,
		   char why_ret[TRIAL_NOTE_SIZE]);

/* Run it once. Every wait has a deadline. */
void scenario_run(const struct scenario *scenario, struct site *site,
		  struct scenario_outcome *outcome_ret);

#endif
