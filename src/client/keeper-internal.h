/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the keeper share. Its processes and their ends: keeper.c. */
#ifndef PIN_KEEPER_INTERNAL_H
#define PIN_KEEPER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/keeper.h"
#include "client/tally.h"
#include "common/compiler.h"

struct ctlclient;
struct tempmount;

enum { KEEPER_KILLED_MS = 3000 };	/* after SIGKILL; longer only when held */

/* Why CMD has to end before it does by itself. */
enum keeper_why {
	KEEPER_WHY_NOT,
	KEEPER_WHY_ASKED,	/* by a signal */
	KEEPER_WHY_OUTER,	/* pinctl was killed */
	KEEPER_WHY_DAEMON,	/* the mount has ended */
	KEEPER_WHY_GUARD,	/* the guard was killed */
};

struct keeper {
	const struct keeper_plan *plan;
	struct tempmount *mount;
	struct ctlclient *control;
	int signal_fd;
	int log_fd;		/* -1: the log is no file */
	off_t log_mark;
	char live[16];
	pid_t command;
	bool command_ended;
	int command_status;	/* of waitpid(2), once it has ended */
	enum keeper_why why;
	uint64_t deadline_ns;	/* then all below is killed */
	bool killed;		/* with all that is below */
	bool guard_lost;
	bool audited;
	bool unclean;		/* the end of the mount was */
	struct keeper_place place;	/* with a stage */
	bool stage_ended;	/* it is unmounted */
	int examined;		/* CMD_ status of the plan's work */
	struct tally tally;
};

/**
 * keeper_main() - be the keeper; the exit status is what keeper_watch() returns
 * Context: a new child, with its signals blocked; it has no other thread.
 */
NORETURN void keeper_main(const struct keeper_plan *plan);

/**
 * keeper_open_signals() - block those that ask for an end, and SIGCHLD
 * @before_ret: the mask until now; may be NULL
 * One that is ignored stays so. Return: a signalfd(2) that does not block, or -1.
 */
int keeper_open_signals(sigset_t *before_ret);

/*
 * Start the command, wait for it, and end what it has left. One that is asleep
 * in a held request may still be there, killed.
 */
void keeper_run_command(struct keeper *keeper);
/* After the end of the mount: it, and what it has left, can only go now. */
void keeper_reap_command(struct keeper *keeper);
/**
 * keeper_task() - have a child do the plan's work, until something ends that
 * Return: its CMD_ status; CMD_UNSURE it was ended.
 */
int keeper_task(struct keeper *keeper, keeper_work *work);
/* What the signals' descriptor and the pipe of the watching process have. */
void keeper_take_signals(struct keeper *keeper, bool signals, bool outer);

/* Return: 0; -errno, a message has been logged where it is -ECANCELED. */
int keeper_begin_stage(struct keeper *keeper) MUST_CHECK;
/* After the command, also one that cannot be unmounted: the guard ends it. */
void keeper_end_stage(struct keeper *keeper);

/* Look for lost blocks; nothing uses the mount meanwhile. */
void keeper_audit(struct keeper *keeper);
/* Print the summary. Return: the exit status. */
int keeper_judge(const struct keeper *keeper);

#endif
