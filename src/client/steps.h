/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The step language of a test client: one line is one step (open, map, store,
 * pread, splice, ...), answered by one line when it is done. "pinctl client"
 * reads it from a file, the scenarios speak it through stepper.h.
 *
 *   N VERB ok ret=R us=D start=NS end=NS [key=value ...]
 *   N VERB fail errno=ENAME us=D start=NS end=NS [key=value ...]
 *   N VERB started tid=T           ("... &": ok or fail comes later, same N)
 *   N VERB bad message="..."       (not understood, nothing was done)
 *
 * N counts the lines that are neither empty nor comments, from 1. start and end
 * are CLOCK_MONOTONIC around the system call itself, not around preparation.
 * VERB is "?" when the line has no readable one.
 *
 * A step may sleep uninterruptibly as long as a request is held. So a process
 * that runs steps is never joined without a deadline and ends by _exit(2).
 */
#ifndef PIN_STEPS_H
#define PIN_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/compiler.h"

struct steps;
struct steps_call;

/* A row of the table of verbs. */
struct steps_verb {
	const char *name;
	const char *args;	/* synopsis: required= [optional=] [flag] */
	const char *help;	/* one line */
	/* Return: the system call's value (0 or more), or -errno. */
	long (*run)(struct steps_call *call);
};

/* The verbs in the order of the table; NULL behind the last. */
const struct steps_verb *steps_verb_at(size_t index);

struct steps_config {
	int out;			/* answers go here, not owned */
	bool json;			/* as objects with the same words */
	const char *mountpoint;		/* of "mark", absolute; NULL: none */
};

/**
 * steps_create() - an interpreter
 * @config: copied; the mountpoint's string must live as long
 *
 * Context: sets this process's handlers of SIGSEGV and SIGBUS (a store beyond
 * the end of a file is a failed step, not a crash), ignores SIGPIPE, and
 * starts threads for the steps that are started.
 */
int steps_create(const struct steps_config *config, struct steps **steps_ret)
	MUST_CHECK;
/* No step may be running: see steps_wait(). NULL is allowed. */
void steps_destroy(struct steps *steps);

/**
 * steps_line() - run one line up to its answer ("&": up to "started")
 * @line: with or without its newline
 * @len:  bytes of it; a NUL among them makes the line bad
 * Return: 0 (also for a bad or failed step), or -errno of writing the answer.
 */
int steps_line(struct steps *steps, const char *line, size_t len) MUST_CHECK;
/* Every line of @in to its end. Return: 0 or -errno. */
int steps_stream(struct steps *steps, FILE *in) MUST_CHECK;

/* Wait for started steps. Return: how many are still running then. */
unsigned int steps_wait(struct steps *steps, uint64_t deadline_ns);
/* A message for each step that is still running. */
void steps_log_running(struct steps *steps);

/* How it went so far. */
struct steps_totals {
	unsigned int ok;
	unsigned int failed;
	unsigned int bad;
};

struct steps_totals steps_totals(struct steps *steps);

#endif
