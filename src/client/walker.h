/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks the regular files of a mount in a process of its own, because whatever
 * touches a mount may sleep there for good: opens each, says what of it is
 * cached, and makes sure that nothing about it is under way.
 */
#ifndef PIN_WALKER_H
#define PIN_WALKER_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

struct walker;

/* The file that is open. */
struct walker_file {
	char *path;		/* as walked to; walker_file_deinit() frees it */
	uint64_t ino;
};
void walker_file_deinit(struct walker_file *file);

/**
 * walker_create() - fork the process
 * @mountpoint: what does not lie on this mount is not walked
 * @paths:      files and directories, NULL at the end; none: all of the mount
 *
 * Return: 0 or -errno.
 */
int walker_create(const char *mountpoint, char *const paths[],
		  struct walker **walker_ret) MUST_CHECK;
/* Kill it; does not wait for one that sleeps in the kernel. */
void walker_destroy(struct walker *walker);

/*
 * Each of these waits until the deadline. Return: 0, -ETIMEDOUT, -EPIPE the
 * process has ended, or -errno, with walker_why().
 */

/* The next file; -ENOENT: there is none left. */
int walker_next(struct walker *walker, uint64_t deadline_ns,
		struct walker_file *file_ret) MUST_CHECK;
/**
 * walker_cached() - the next stretch of it of which something is cached
 * @off: from here on
 * Return: as above; -ENOENT: there is none left.
 */
int walker_cached(struct walker *walker, uint64_t deadline_ns, uint64_t off,
		  uint64_t *off_ret, uint64_t *len_ret) MUST_CHECK;
/**
 * walker_settle() - let all end that is under way in the file
 * What held the inode's lock has let go of it, then what was dirty has been
 * written back, then a byte was read of each page named.
 * @offsets: array of offsets in the file, or NULL
 */
int walker_settle(struct walker *walker, uint64_t deadline_ns,
		  const json_t *offsets) MUST_CHECK;
/* The sentence that came with the last error; "" when none did. */
const char *walker_why(const struct walker *walker);

#endif
