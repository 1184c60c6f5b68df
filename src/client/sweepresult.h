/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a sweep has left behind: the result.json of each kernel, read and put
 * into the order of versions. What cannot be read, or does not hold together,
 * is a kernel that could not be told, and never one that has passed.
 */
#ifndef PIN_SWEEPRESULT_H
#define PIN_SWEEPRESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "client/result.h"
#include "client/verdict.h"
#include "common/compiler.h"
#include "common/json.h"
#include "vm/outcome.h"

/* A scenario on one kernel: an object of "pinctl run --json". */
struct sweepresult_case {
	const char *scenario;
	enum result_outcome outcome;
	enum verdict verdict;
	unsigned int runs;
	const char *known;	/* the known verdict; NULL: there is none */
	const char *note;	/* why, in one line; may be "" */
	const json_t *json;	/* all of it */
};

/* What a kernel said in its log that it should not have. */
struct sweepresult_alarm {
	const char *kind;	/* "warn", "oops", ... */
	const char *text;	/* its first line */
	const char *scenario;	/* that ran then; NULL: not known */
};

/* A kernel. Strings are its own, valid as long as it is. */
struct sweepresult {
	char *dir;		/* that result.json is in */
	char *real;		/* the same, absolute and without symbolic links */
	char *label;		/* short, for a column: no other has it */
	char *name;		/* no other has it either */
	char *reason;		/* one sentence about the outcome */
	const char *spec;	/* NULL: not told, also below */
	const char *release;	/* uname -r */
	const char *package;
	const char *version;	/* of the package */
	const char *time;	/* when it ran, ISO 8601; NULL */
	enum vm_outcome outcome;
	const char *stage;	/* the last that was heard of */
	const char *running;	/* scenario that ran when it ended badly */
	const char *skipped;	/* why nothing could run there; NULL: it did */
	int status;		/* of "pinctl run"; -1: none */
	struct sweepresult_case *cases;	/* by the scenarios' names */
	size_t case_count;
	struct sweepresult_alarm *alarms;	/* in the order of the log */
	size_t alarm_count;
	json_t *json;		/* all of result.json; NULL: not readable */
};

struct sweepresult_list {
	struct sweepresult *results;	/* oldest version first */
	size_t count;
	char **notes;		/* for people: what was left out, and why */
	size_t note_count;
};

/**
 * sweepresult_load() - read what sweeps have left
 * @paths: result.json files, directories with one in them, or directories of
 *         such directories (what --out named)
 * @list_ret: sweepresult_destroy() frees it; may be empty
 *
 * A kernel may come from several sweeps: the latest is taken, and a note says so.
 * Two that have one name, and differ in release or version, are of one sweep (side
 * by side in a directory), or of which one does not say when it ran, are both
 * taken, and named apart. A directory in
 * which a kernel has run and that has no result.json is a kernel that could not
 * be told, as one whose result.json is not understood.
 *
 * Return: 0; -ENOENT, -ENOTDIR, ...: a path is not there, or has nothing to do
 * with a sweep (message logged); -ENOMEM.
 */
int sweepresult_load(char *const *paths, size_t count,
		     struct sweepresult_list **list_ret) MUST_CHECK;
void sweepresult_destroy(struct sweepresult_list *list);

/* Is what it says an answer: vm_outcome_stands(). */
bool sweepresult_stands(const struct sweepresult *result);
/* NULL: the scenario has no result there. */
const struct sweepresult_case *
sweepresult_find(const struct sweepresult *result, const char *scenario);

#endif
