/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence files: EVENT-INO-BLOCK-NUMBER.json, NUMBER from the clock, so that
 * mounts that use a directory one after the other do not meet. One that is being
 * written has a dot in front.
 *
 * The daemon must never get into its own mount. So what can be opened is opened
 * before the mount is there: the directory, or the one that it will be made in.
 * One made later is entered only where nothing is mounted on it and it is no
 * symbolic link.
 *
 * Room is taken before a file is written and given back when that fails. At a
 * limit the oldest stay: they are closest to the cause. Whoever removes some makes
 * room; that is looked for every RESCAN_S.
 */
#include "daemon/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "daemon/evidence-usage.h"

enum {
	NAME_SIZE = 128,
	RESCAN_S = 10,
};

struct evidence {
	char *path;		/* absolute; NULL: nothing is kept */
	char *name;		/* its last component */
	int parent_fd;		/* -1: dir_fd was there from the start */
	int dir_fd;		/* -1: not made yet */
	bool failed;		/* it can never be made: said once */
	struct evidence_limits limits;
	struct evidence_usage usage;
	uint64_t rescan_ns;	/* not again before */
};

static int take_names(struct evidence *evidence, const char *dir,
		      const char *state)
{
	autofree char *copy = NULL;

	if (asprintf(&evidence->path, "%s%s", dir ? dir : state,
		     dir ? "" : "/evidence") < 0) {
		evidence->path = NULL;
		return -ENOMEM;
	}
	copy = strdup(evidence->path);
	evidence->name = copy ? strdup(basename(copy)) : NULL;
	return evidence->name ? 0 : -ENOMEM;
}

static int open_place(struct evidence *evidence)
{
	enum { FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC };
	autofree char *copy = NULL;

	evidence->dir_fd = open(evidence->path, FLAGS);
	if (evidence->dir_fd >= 0)
		return evidence_usage_scan(&evidence->usage, evidence->dir_fd);
	if (errno != ENOENT)
		return -errno;
	copy = strdup(evidence->path);
	if (!copy)
		return -ENOMEM;
	evidence->parent_fd = open(dirname(copy), FLAGS);
	return evidence->parent_fd < 0 ? -errno : 0;
}

int evidence_create(const char *dir, const char *state,
		    const struct evidence_limits *limits,
		    struct evidence **evidence_ret)
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));
	int err = -ENOMEM;

	if (evidence) {
		evidence->dir_fd = evidence->parent_fd = -1;
		evidence->limits = *limits;
		err = evidence_usage_init(&evidence->usage);
	}
	if (!err && (!dir || *dir))
		err = take_names(evidence, dir, state);
	if (!err && evidence->path)
		err = open_place(evidence);
	if (!err) {
		*evidence_ret = evidence;
		return 0;
	}
	log_err("cannot keep evidence in '%s': %s", dir ? dir : state,
		strerror(-err));
	evidence_destroy(evidence);
	return err;
}

void evidence_destroy(struct evidence *evidence)
{
	if (!evidence)
		return;
	if (evidence->dir_fd >= 0)
		close(evidence->dir_fd);
	if (evidence->parent_fd >= 0)
		close(evidence->parent_fd);
	evidence_usage_deinit(&evidence->usage);
	free(evidence->name);
	free(evidence->path);
	free(evidence);
}

/* ---- files ---- */

/* Return: descriptor or -errno. */
static int make_dir(const struct evidence *evidence)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	long fd;

	if (mkdirat(evidence->parent_fd, evidence->name, 0700) &&
	    errno != EEXIST)
		return -errno;
	fd = syscall(SYS_openat2, evidence->parent_fd, evidence->name, &how,
		     sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

/* Is this an error that another try may not meet? */
static bool may_pass(int err)
{
	return err == -ENOSPC || err == -EDQUOT || err == -ENOMEM ||
	       err == -EMFILE || err == -ENFILE;
}

/* The directory is there, or is made now. Return: 0 or -errno. */
static int enter(struct evidence *evidence)
{
	int fd;

	if (evidence->dir_fd >= 0)
		return 0;
	if (evidence->failed)	/* which has been said */
		return -EDQUOT;
	fd = make_dir(evidence);
	if (fd < 0) {
		evidence->failed = !may_pass(fd);
		return fd;
	}
	evidence->dir_fd = fd;
	return evidence_usage_scan(&evidence->usage, fd);
}

static int check_free(const struct evidence *evidence, uint64_t len)
{
	struct statfs disk;
	uint64_t least;

	if (fstatfs(evidence->dir_fd, &disk) < 0)
		return -errno;
	least = MAX((uint64_t)EVIDENCE_MIN_FREE,
		    (uint64_t)disk.f_blocks * (uint64_t)disk.f_bsize / 100 *
		    EVIDENCE_MIN_FREE_PERCENT);
	return (uint64_t)disk.f_bavail * (uint64_t)disk.f_bsize < least + len ?
		-EDQUOT : 0;
}

/* Room for a file. Return: 0, -EDQUOT, -errno. */
static int take_room(struct evidence *evidence, uint64_t ino, uint64_t len)
{
	int err = check_free(evidence, len);

	if (!err)
		err = evidence_usage_take(&evidence->usage, &evidence->limits,
					  ino, len);
	if (err != -EDQUOT || clock_now_ns() < evidence->rescan_ns)
		return err;
	evidence->rescan_ns = clock_deadline_ns(RESCAN_S * CLOCK_NS_PER_SEC);
	err = evidence_usage_scan(&evidence->usage, evidence->dir_fd);
	if (!err)
		err = check_free(evidence, len);
	return err ? err : evidence_usage_take(&evidence->usage,
					       &evidence->limits, ino, len);
}

/* @name begins with a dot, and loses it when all of the file is there. */
static int write_file(int dir_fd, const char *name, const char *text, size_t len)
{
	autoclose int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL |
				  O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = fd < 0 ? -errno : fdio_write(fd, text, len);

	if (!err && renameat(dir_fd, name, dir_fd, name + 1) < 0)
		err = -errno;
	if (err && fd >= 0)
		unlinkat(dir_fd, name, 0);
	return err;
}

static int say_lost(const struct evidence *evidence, int err)
{
	static struct log_limit limit = LOG_LIMIT(60, 1);
	unsigned int dropped;

	/* That there is a limit is how it is meant. */
	if (err != -EDQUOT && err != -ENODATA && log_allowed(&limit, &dropped))
		log_err("cannot keep evidence in '%s': %s", evidence->path,
			strerror(-err));
	return err;
}

int evidence_keep(struct evidence *evidence, const struct evidence_about *about,
		  const char *text, size_t len, char **path_ret)
{
	autofree char *path = NULL;
	char name[NAME_SIZE];
	int err;

	if (!evidence->path)
		return -ENODATA;
	snprintf(name, sizeof(name),
		 ".%s-%" PRIu64 "-%" PRIu64 "-%" PRIu64 ".json", about->event,
		 about->ino, about->block, clock_now_ns());
	if (asprintf(&path, "%s/%s", evidence->path, name + 1) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	err = enter(evidence);
	if (!err)
		err = take_room(evidence, about->ino, len);
	if (err)
		return say_lost(evidence, err);
	err = write_file(evidence->dir_fd, name, text, len);
	if (err) {
		evidence_usage_give(&evidence->usage, about->ino, len);
		return say_lost(evidence, err);
	}
	*path_ret = steal_ptr(path);
	return 0;
}
