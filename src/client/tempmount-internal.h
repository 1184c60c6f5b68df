/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of a temporary mount share: pinctl's, and the guard's. */
#ifndef PIN_TEMPMOUNT_INTERNAL_H
#define PIN_TEMPMOUNT_INTERNAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "client/tempmount.h"
#include "common/compiler.h"

/* What the guard is told; anything else, and nothing, is "end it". */
enum { TEMPMOUNT_KILL = 'K' };

/* The guard's exit status. */
enum {
	TEMPMOUNT_CLEAN,
	TEMPMOUNT_DAEMON_FAILED,
	TEMPMOUNT_DAEMON_USAGE,
	TEMPMOUNT_ABORTED,
};

struct tempmount {
	char *dir;		/* $TMPDIR/pinctl-XXXXXX */
	char *source;
	char *point;
	char *messages;		/* file with what the daemon says */
	char *stage;		/* where another filesystem, whose image is on
				 * the mount, may be mounted; NULL: nowhere */
	int lock_fd;		/* of a directory with a stage; else -1 */
	pid_t guard;
	int guard_fd;		/* its end of the pipe tells the guard */
	bool source_given;	/* not ours: neither made nor removed */
	bool with_stage;	/* make such a directory */
	bool keep;		/* remove the mount point only */
	bool served;		/* it was there; pinctl's half only */
	pid_t daemon;		/* 0: not known yet */
	int daemon_fd;		/* pidfd of it */
};

/**
 * tempmount_guard_main() - be the guard: start the daemon, wait, end it
 * @tell_fd:  readable when the mount has to end
 * @ready_fd: the daemon's process id comes there, as a pid_t, and READY
 */
NORETURN void tempmount_guard_main(const struct tempmount *mount,
				   const char *options, int tell_fd,
				   int ready_fd);
/* In pinctl, without a guard: what that would have done. */
void tempmount_end_unguarded(const struct tempmount *mount);
/*
 * Remove the directory, or of one that is kept the mount point; never below
 * something that is still mounted.
 */
void tempmount_remove_dir(const struct tempmount *mount);
/* Until @fd is readable (a pidfd: has ended). Return: false at the deadline. */
bool tempmount_wait_readable(int fd, int timeout_ms);
/* Between fork(2) and the moment when parent or child can deal with them. */
void tempmount_block_signals(int how);

#endif
