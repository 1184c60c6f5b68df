/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes below this one, however they got there: children, their
 * children, and, where this process is a subreaper (PR_SET_CHILD_SUBREAPER),
 * those whose parents have ended, in whatever session they are.
 */
#ifndef PIN_OFFSPRING_H
#define PIN_OFFSPRING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/compiler.h"

struct offspring {
	pid_t pid;
	pid_t parent;
	pid_t group;	/* its process group */
	char name[16];	/* may be cut, as the kernel cuts it */
	bool ended;	/* a zombie */
	bool ours;	/* below the process that asks; only such are returned */
	bool spared;	/* ends by itself, see offspring_find() */
};

/**
 * offspring_find() - who is there
 * @spare: this process and those below it are marked as spared; 0: none
 * @list_ret: those that have not ended; caller frees
 *
 * Guards of temporary mounts, with the daemons below them, and supervisors of
 * daemons are spared as well: each ends by itself when what it watches has gone,
 * and if it were killed it would leave that behind.
 *
 * Reads /proc/PID/stat only, which nothing held by a mount can block.
 * Return: how many, or -errno.
 */
ssize_t offspring_find(pid_t spare, struct offspring **list_ret) MUST_CHECK;

/**
 * offspring_signal() - send a signal to all that are not spared
 * @group: only to this process group's; 0: to all
 * Return: how many are not spared (and of that group).
 */
size_t offspring_signal(pid_t spare, pid_t group, int number);

/**
 * offspring_wait() - until all that are not spared have ended
 * @all: the spared ones, too
 * Reaps nothing: a zombie has ended. Return: false at the deadline.
 */
bool offspring_wait(pid_t spare, bool all, int timeout_ms);

#endif
