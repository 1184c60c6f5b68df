/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence files: EVENT-INO-BLOCK-NUMBER.bin, NUMBER from the clock, so that
 * mounts that use a directory one after the other do not meet.
 *
 * The daemon must never get into its own mount. So what can be opened is opened
 * before the mount is there: the directory, or the one that it will be made in.
 * One made later is entered only where nothing is mounted on it and it is no
 * symbolic link.
 *
 * A place is taken before the file is written and given back when that fails.
 */
#include "daemon/evidence.h"

#include <dirent.h>
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
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/mutex.h"
#include "daemon/inode.h"

enum { NAME_SIZE = 128 };

struct evidence {
	char *path;		/* absolute; NULL: nothing is kept */
	char *name;		/* its last component */
	int parent_fd;		/* -1: dir_fd was there from the start */
	struct mutex lock;
	int dir_fd GUARDED_BY(lock);	/* -1: not made yet */
	unsigned int nfiles GUARDED_BY(lock);
	bool failed GUARDED_BY(lock);	/* it can never be made: said once */
};

static unsigned int count_files(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	unsigned int count = 0;

	if (!stream) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((entry = readdir(stream)))
		count += entry->d_name[0] != '.';
	closedir(stream);
	return count;
}

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
	if (evidence->dir_fd >= 0) {
		evidence->nfiles = count_files(evidence->dir_fd);
		return 0;
	}
	if (errno != ENOENT)
		return -errno;
	copy = strdup(evidence->path);
	if (!copy)
		return -ENOMEM;
	evidence->parent_fd = open(dirname(copy), FLAGS);
	return evidence->parent_fd < 0 ? -errno : 0;
}

int evidence_create(const char *dir, const char *state,
		    struct evidence **evidence_ret)
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));
	int err = -ENOMEM;

	if (evidence) {
		evidence->dir_fd = evidence->parent_fd = -1;
		mutex_init(&evidence->lock);
		err = dir && !*dir ? 0 : take_names(evidence, dir, state);
	}
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
	mutex_deinit(&evidence->lock);
	free(evidence->name);
	free(evidence->path);
	free(evidence);
}

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

/* A place for one more file. Return: the directory, or -errno. */
static int take_place(struct evidence *evidence)
{
	int fd = -ENOSPC;
	int made = -1;

	/* A race of two makers ends with one directory, and one of two fds. */
	mutex_lock(&evidence->lock);
	if (evidence->dir_fd < 0 && !evidence->failed) {
		mutex_unlock(&evidence->lock);
		made = make_dir(evidence);
		mutex_lock(&evidence->lock);
		if (made < 0) {
			evidence->failed = !may_pass(made);
			fd = made;
		} else if (evidence->dir_fd < 0) {
			evidence->dir_fd = steal_fd(&made);
		}
	}
	if (evidence->dir_fd >= 0 && evidence->nfiles < EVIDENCE_MAX_FILES) {
		evidence->nfiles++;
		fd = evidence->dir_fd;
	}
	mutex_unlock(&evidence->lock);
	if (made >= 0)
		close(made);
	return fd;
}

static void give_back(struct evidence *evidence)
{
	mutex_lock(&evidence->lock);
	evidence->nfiles--;
	mutex_unlock(&evidence->lock);
}

static int write_file(int dir_fd, const char *name, const void *bytes,
		      size_t len)
{
	autoclose int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL |
				  O_CLOEXEC | O_NOFOLLOW, 0600);
	int err = fd < 0 ? -errno : fdio_write(fd, bytes, len);

	if (err && fd >= 0)
		unlinkat(dir_fd, name, 0);
	return err;
}

static void say_lost(const struct evidence *evidence, int err)
{
	static struct log_limit limit = LOG_LIMIT(60, 1);
	unsigned int dropped;

	if (log_allowed(&limit, &dropped))
		log_err("cannot keep evidence in '%s': %s", evidence->path,
			strerror(-err));
}

static int keep(struct evidence *evidence, const char *name, const void *bytes,
		size_t len)
{
	int dir_fd = take_place(evidence);
	int err;

	if (dir_fd < 0) {
		err = dir_fd;
	} else {
		err = write_file(dir_fd, name, bytes, len);
		if (err)
			give_back(evidence);
	}
	/* That there is no more room is how it is meant. */
	if (err && dir_fd != -ENOSPC)
		say_lost(evidence, err);
	return err;
}

json_t *evidence_json(struct evidence *evidence, const char *event,
		      const struct inode *inode, uint64_t block,
		      const void *bytes, size_t len)
{
	autofree char *path = NULL;
	char name[NAME_SIZE];

	if (!evidence->path)
		return json_null();
	snprintf(name, sizeof(name), "%s-%" PRIu64 "-%" PRIu64 "-%" PRIu64 ".bin",
		 event, inode_ino(inode), block, clock_now_ns());
	if (keep(evidence, name, bytes, len))
		return json_null();
	if (asprintf(&path, "%s/%s", evidence->path, name) < 0) {
		path = NULL;
		return json_null();
	}
	return json_text(path);
}
