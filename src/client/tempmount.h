/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pinfs mount of pinctl's own, for one run: an empty SOURCE and a mount point
 * in a new directory under $TMPDIR or /tmp, and a daemon. All of it goes away
 * with pinctl, however pinctl ends; all but the mount itself may be kept.
 */
#ifndef PIN_TEMPMOUNT_H
#define PIN_TEMPMOUNT_H

#include <sys/types.h>

#include "common/compiler.h"

struct tempmount;

/**
 * tempmount_create() - start a daemon and wait until it serves
 * @options: for its -o; NULL: none
 *
 * The daemon is $PINFS, or the pinfs beside this program, or the one in PATH.
 *
 * Return: 0; -EOPNOTSUPP this machine or user cannot mount; -ETIMEDOUT; -EIO
 * the daemon refused; -EINVAL it did not understand @options; -errno. A message
 * has been logged, tempmount_reason() has it too.
 */
int tempmount_create(const char *options, struct tempmount **mount_ret)
	MUST_CHECK;
/**
 * tempmount_create_over() - the same over a SOURCE that is there
 * @source: a directory; not ours, it stays
 */
int tempmount_create_over(const char *source, const char *options,
			  struct tempmount **mount_ret) MUST_CHECK;
/**
 * tempmount_create_kept() - as tempmount_create(), and its directory stays
 * From when it serves: SOURCE, with what the daemon has in it, and the daemon's
 * messages. The mount point goes away.
 */
int tempmount_create_kept(const char *options, struct tempmount **mount_ret)
	MUST_CHECK;
/**
 * tempmount_create_stage() - as tempmount_create(), and a directory for a stage
 * On which the caller may mount a filesystem whose image is on the mount; the
 * guard unmounts it before the mount ends. leftover_remove() knows such
 * directories. In a mount namespace that is the caller's own.
 */
int tempmount_create_stage(const char *options, struct tempmount **mount_ret)
	MUST_CHECK;
/**
 * tempmount_destroy() - end the daemon, unmount, remove the directory
 * Nothing of ours may be using the mount any more.
 * Return: 0; -ETIMEDOUT the daemon did not end, and was aborted; -EIO it ended
 * with an error (its messages are on stderr); -EOWNERDEAD the guard had been
 * killed, and its work was done from here.
 */
int tempmount_destroy(struct tempmount *mount);
/* The same for one that is stuck: kills the daemon, which aborts the mount. */
void tempmount_kill(struct tempmount *mount);

/* Why the last tempmount_create() returned an error: one sentence; static. */
const char *tempmount_reason(void);

/* Absolute path of SOURCE. */
const char *tempmount_source(const struct tempmount *mount);
/* Absolute path of the mount point. */
const char *tempmount_point(const struct tempmount *mount);
/* The names of a mount with a stage, below its directory. */
#define TEMPMOUNT_SOURCE "source"
#define TEMPMOUNT_POINT "mnt"
#define TEMPMOUNT_STAGE "stage"

/* Where such directories are made: $TMPDIR or /tmp. */
const char *tempmount_base(void);
/* Absolute path of the directory that all of it is in, without a given SOURCE. */
const char *tempmount_dir(const struct tempmount *mount);
/* Absolute path of the directory for a stage; NULL: there is none. */
const char *tempmount_stage(const struct tempmount *mount);
/* The guard and, below it, the daemon. */
pid_t tempmount_guard(const struct tempmount *mount);
pid_t tempmount_daemon(const struct tempmount *mount);

#endif
