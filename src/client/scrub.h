/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run of "pinctl scrub": a tree is walked (scrub-walk.c), its files are
 * compared with their checksums on a mount (scrub-mount.c) or offline
 * (scrub-offline.c), and what was found is told (scrub-report.c), with a bar
 * while it lasts (scrub-bar.c).
 */
#ifndef PIN_SCRUB_H
#define PIN_SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "client/statusline.h"
#include "common/compiler.h"

struct scrub_offline;

struct scrub_options {
	const char *root;	/* a mount point, or SOURCE */
	char *const *paths;	/* below it, NULL at the end; none: all of it */
	const char *state;	/* state directory of SOURCE */
	bool state_given;	/* so it has to be there */
	bool adopt;
	bool json;
	bool quiet;
};

/* Sums of a run: name in the output, meaning. */
#define SCRUB_SUMS(X) \
	X(files, "regular files, each counted once") \
	X(blocks, "blocks with data, the sum of the next five") \
	X(verified, "match their checksum") \
	X(adopted, "had none, and have got one") \
	X(unverified, "have none") \
	X(untrusted, "did not match, and nobody can be blamed: now unverified") \
	X(bad, "do not match") \
	X(changed_files, "files changed while pinfs was not there") \
	X(damaged_files, "files whose checksums could not be read as such") \
	X(errors, "files and directories that could not be looked at")

struct scrub_sums {
#define SCRUB_FIELD(name, help) uint64_t name;
	SCRUB_SUMS(SCRUB_FIELD)
#undef SCRUB_FIELD
};

/* The progress bar. */
struct scrub_bar {
	struct statusline line;
	uint64_t start_ns;
	uint64_t total;		/* that all files have [bytes of SOURCE] */
	uint64_t done;		/* of it */
};

struct scrub {
	struct scrub_options options;
	struct scrub_offline *offline;	/* NULL: on a mount */
	struct scrub_sums sums;
	struct scrub_bar bar;
	bool told;		/* a mismatch, to the JSON array */
};

/* Has a signal asked for the end? */
bool scrub_is_over(void);
void scrub_catch_signals(void);

/* ---- scrub-walk.c ---- */

/* A regular file. */
struct scrub_file {
	const char *path;	/* below the root, from its "/" on */
	int fd;			/* open for reading; -1: not wanted */
	struct stat attr;
};

/* Return: 0; -errno ends the walk. */
typedef int scrub_file_fn(struct scrub *scrub, const struct scrub_file *file);

/**
 * scrub_walk() - call @fn for each regular file, once
 * Symbolic links are not followed, other mounts not entered, nor the state
 * directory. What cannot be looked at is counted and told. The working directory
 * is the root, and is so again afterwards.
 * @open: whether files are opened
 *
 * Return: 0; -EINTR it is over; what @fn returned.
 */
int scrub_walk(struct scrub *scrub, bool open, scrub_file_fn *fn) MUST_CHECK;
/* Does each path lie below the root? Return: 0 or -errno, after a message. */
int scrub_check_paths(const struct scrub_options *options) MUST_CHECK;

/* ---- scrub-mount.c, scrub-offline.c ---- */

/**
 * scrub_mount_file() - a file of a mount, by its daemon
 * Return: 0; -ENOTTY the daemon cannot; what concerns the file only is told.
 */
int scrub_mount_file(struct scrub *scrub, const struct scrub_file *file);

/**
 * scrub_offline_open() - the state directory of the SOURCE that is the working
 * directory, and the checksums in it, with the daemon's lock
 * Nothing is made unless scrub->options.adopt.
 * @offline_ret: without checksums when there are none
 *
 * Return: 0 or -errno (-EBUSY: a daemon has it), after a message.
 */
int scrub_offline_open(const struct scrub_options *options,
		       struct scrub_offline **offline_ret) MUST_CHECK;
/* Ends the session in order; NULL is allowed. */
void scrub_offline_close(struct scrub_offline *offline);
/* Is this directory the state directory? */
bool scrub_offline_is_state(const struct scrub_offline *offline,
			    const struct stat *attr);
/* Return: 0. What concerns the file only is told. */
int scrub_offline_file(struct scrub *scrub, const struct scrub_file *file);

/**
 * scrub_lock() - take the lock of a state directory, as the daemon does
 * A daemon that is unmounted already is waited for.
 * @create: the lock file
 * @fd_ret: to be kept open; -1: there is no lock file
 *
 * Return: 0; -EBUSY or -errno, after a message.
 */
int scrub_lock(int state_fd, const char *state_path, bool create, int *fd_ret)
	MUST_CHECK;

/* ---- scrub-report.c ---- */

void scrub_report_begin(struct scrub *scrub);
void scrub_report_mismatch(struct scrub *scrub, const char *path,
			   uint64_t block, uint64_t stored, uint64_t found);
/* Its checksums were given up: it was changed, or (@damaged) they were. */
void scrub_report_given_up(struct scrub *scrub, const char *path, bool damaged);
void scrub_report_error(struct scrub *scrub, const char *path, int err);
void scrub_report_end(struct scrub *scrub);

/* ---- scrub-bar.c ---- */

/* Is there a terminal to draw on? */
void scrub_bar_begin(struct scrub_bar *bar);
/* The files have been counted, and are compared from now on. */
void scrub_bar_start(struct scrub_bar *bar);
/* Somebody is going to write on the terminal, or it is the end. */
void scrub_bar_erase(struct scrub_bar *bar);
/* Before the sum is known. */
void scrub_bar_count(struct scrub *scrub, const struct scrub_file *file);
/* Blocks up to @block, exclusively, of this file are done. */
void scrub_bar_at(struct scrub *scrub, const struct scrub_file *file,
		  uint64_t block);
void scrub_bar_file_done(struct scrub *scrub, const struct scrub_file *file);

#endif
