/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mount for one command. A process of its own, the keeper, makes it, runs the
 * command on it, ends both, and says what the mount has found; the process that
 * asked watches over it.
 */
#ifndef PIN_KEEPER_H
#define PIN_KEEPER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct keeper_plan {
	const char *name;	/* of pinctl's command, for messages */
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
 * keeper_watch() - have a keeper do it, and see to it that nothing is left
 * @plan: mask and outer_fd are set here
 * Context: no other thread, and no children.
 * Return: the exit status: that of the command, or a CMD_ status.
 */
int keeper_watch(struct keeper_plan *plan);

#endif
