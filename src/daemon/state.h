/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state directory, and the lock that keeps a second daemon out of it. */
#ifndef PIN_STATE_H
#define PIN_STATE_H

#include <stdint.h>
#include <sys/stat.h>

#include "common/compiler.h"

struct state_dir;

/**
 * state_open() - make the state directory if need be, and lock it
 * umount(8) returns before the old daemon has ended, so the lock is waited for.
 *
 * @source_fd:   SOURCE, where @path is NULL: SOURCE/.pinfs
 * @source_path: its resolved path
 * @path:        -o state=, or NULL
 * @wait_ns:     longest wait for the lock [ns]
 * @mountpoint:  goes into the lock file, for whoever finds it locked
 *
 * Return: 0 or -errno (-EBUSY: locked by another daemon); a message has been
 * logged.
 */
int state_open(int source_fd, const char *source_path, const char *path,
	       uint64_t wait_ns, const char *mountpoint,
	       struct state_dir **state_ret) MUST_CHECK;
void state_close(struct state_dir *state);

const char *state_path(const struct state_dir *state);	/* absolute */
int state_fd(const struct state_dir *state);	/* the directory */
const struct stat *state_stat(const struct state_dir *state);

#endif
