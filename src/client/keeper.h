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

struct stagemount;

/* Where all of a mount with a stage is: absolute paths. */
struct keeper_place {
	const char *dir;	/* has room for more, and is removed at the end */
	const char *mount;
	const char *stage;	/* where it is mounted */
	const char *image;	/* in SOURCE */
	const char *log;	/* what is recorded, see common/requestlog.h */
};

/*
 * Work on a stage, in a process of its own, which may hang, and is killed like
 * the command. Return: a CMD_ status.
 */
typedef int keeper_work(const struct keeper_place *place, const void *context);

struct keeper_plan {
	const char *name;	/* of pinctl's command, for messages */
	const char *source;	/* absolute; NULL: a temporary one, with a stage */
	const char *options;	/* the daemon's -o; NULL: none */
	char **command;		/* ends with NULL */
	uint64_t kill_after_ns;	/* from a signal that asks for the end */
	uint64_t fail_on;	/* classes, see tally.h */
	bool audit;		/* before the mount ends */
	bool quiet;		/* no summary */
	/* The command is on it; NULL: on the mount itself. */
	const struct stagemount *stage;
	bool record;		/* what becomes of its image */
	/*
	 * What is done when the command has ended well: while the stage is still
	 * mounted, and when it is no more. With the second, the exit status is
	 * what they return, and CMD_UNSURE when the command failed. Or NULL.
	 */
	keeper_work *before_end;
	keeper_work *examine;
	const void *context;	/* of both */
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
