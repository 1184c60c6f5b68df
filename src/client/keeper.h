/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that keeps a mount for one command: makes it, runs the command on
 * it, ends both, and says what the mount has found.
 */
#ifndef PIN_KEEPER_H
#define PIN_KEEPER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

struct keeper_plan {
	const char *source;	/* absolute */
	const char *options;	/* the daemon's -o; NULL: none */
	char **command;		/* ends with NULL */
	uint64_t kill_after_ns;	/* from a signal that asks for the end */
	uint64_t fail_on;	/* classes, see tally.h */
	bool audit;		/* before the mount ends */
	bool quiet;		/* no summary */
	const sigset_t *mask;	/* the signal mask that the command gets */
	int outer_fd;		/* ends with the process that has forked us */
};

/**
 * keeper_main() - be the keeper; the exit status is that of "pinctl exec"
 * Context: a new child, with its signals blocked; it has no other thread.
 */
NORETURN void keeper_main(const struct keeper_plan *plan);

/**
 * keeper_open_signals() - block those that ask for an end, and SIGCHLD
 * @before_ret: the mask until now; may be NULL
 * One that is ignored stays so. Return: a signalfd(2) that does not block, or -1.
 */
int keeper_open_signals(sigset_t *before_ret);

#endif
