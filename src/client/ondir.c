/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what is known about the directory of "pinctl run --on". It is opened with
 * O_PATH, so that whoever has to reach it goes by our descriptor: that path has
 * no blanks in it, fits in a step, and stays the same directory. What kind of
 * filesystem it is, is in /proc, and asks nobody either.
 *
 * What the filesystem does is tried by the observer, in a file that has lost its
 * name ("y", its mapping "y", the same with O_DIRECT "z").
 */
#include "client/ondir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/kernellog.h"
#include "client/site.h"
#include "client/trial.h"
#include "common/cleanup.h"
#include "common/fdio.h"

enum {
	SIZE = 2 * SHAPE_PAGE,
	DROPS_MAX = 20,		/* attempts to throw a page out */
};

/* ------------------------------------------------------ which filesystem it is */

/* The number of the mount that a descriptor is on; -1: not told. */
static int mount_number(int fd)
{
	autofree char *text = NULL;
	char path[ONDIR_PATH_SIZE];
	const char *key;
	int number = -1;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (fdio_read_file(path, &text))
		return -1;
	key = strstr(text, "mnt_id:");
	if (key && sscanf(key, "mnt_id: %d", &number) != 1)
		number = -1;
	return number;
}

/* "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS" */
static bool read_mount(const char *line, int number, struct ondir *ondir)
{
	char type[64], source[256];
	const char *dash = strstr(line, " - ");
	int id;

	if (sscanf(line, "%d ", &id) != 1 || id != number || !dash ||
	    sscanf(dash, " - %63s %255s", type, source) != 2)
		return false;
	ondir->type = strdup(type);
	if (strncmp(source, "/dev/", 5) == 0)
		ondir->device = strdup(source + 5);
	return true;
}

static void find_mount(struct ondir *ondir)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	int number = mount_number(ondir->fd);
	autofree char *line = NULL;
	size_t size = 0;

	while (mounts && getline(&line, &size, mounts) > 0)
		if (read_mount(line, number, ondir))
			break;
	if (mounts)
		fclose(mounts);
	if (!ondir->type)
		ondir->type = strdup("a filesystem of unknown type");
}

static int open_dir(const char *dir, struct ondir **ondir_ret)
{
	struct ondir *ondir = calloc(1, sizeof(*ondir));
	int err;

	if (!ondir)
		return -ENOMEM;
	ondir->fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ondir->fd < 0) {
		err = -errno;
		free(ondir);
		return err;
	}
	snprintf(ondir->path, sizeof(ondir->path), "/proc/%d/fd/%d",
		 (int)getpid(), ondir->fd);
	find_mount(ondir);
	if (!ondir->type) {
		ondir_close(ondir);
		return -ENOMEM;
	}
	*ondir_ret = ondir;
	return 0;
}

static int get(struct site *site, struct ondir **ondir_ret)
{
	int err = site->ondir ? 0 : open_dir(site->dir, &site->ondir);

	if (!err)
		*ondir_ret = site->ondir;
	return err;
}

int ondir_get(struct site *site, const struct ondir **ondir_ret)
{
	struct ondir *ondir;
	int err = get(site, &ondir);

	if (!err)
		*ondir_ret = ondir;
	return err;
}

void ondir_close(struct ondir *ondir)
{
	if (!ondir)
		return;
	close(ondir->fd);
	kernellog_close(ondir->log);
	free(ondir->type);
	free(ondir->device);
	free(ondir);
}

/* ------------------------------------------------------------- what it can do */

/* A step that has to work. */
static int must(struct trial *trial, const char *step)
{
	return trial_step(trial, trial->site->observer, NULL, "%s", step);
}

/* One whose failure is an answer. */
static int may(struct trial *trial, const char *step, bool *ok_ret)
{
	struct stepper_result result;
	int err = trial_try(trial, trial->site->observer, &result, "%s", step);

	if (!err)
		*ok_ret = result.ok;
	return err;
}

static int make_file(struct trial *trial, struct ondir *ondir)
{
	struct stepper *observer = trial->site->observer;
	struct stepper_result result = { 0 };
	int err = trial_step(trial, observer, NULL,
			     "create fd=y path=%s/%s size=%d gen=1",
			     ondir->path, trial->target, SIZE);
	int other;

	if (!err)
		err = trial_try(trial, observer, &result,
				"open fd=z path=%s/%s direct", ondir->path,
				trial->target);
	ondir->traits[ONDIR_DIRECT] = result.ok;
	other = trial_try(trial, observer, &result, "unlink path=%s/%s",
			  ondir->path, trial->target);
	if (!err)
		err = other;
	return err ? err : trial_step(trial, observer, NULL,
				      "map mem=y fd=y len=%d", SIZE);
}

static int drop_file(struct trial *trial, const struct ondir *ondir)
{
	int err = must(trial, "munmap mem=y");

	if (!err)
		err = must(trial, "close fd=y");
	if (!err && ondir->traits[ONDIR_DIRECT])
		err = must(trial, "close fd=z");
	return err;
}

static int look_for_page(struct trial *trial, bool *cached_ret)
{
	struct stepper_result result;
	int err = trial_step(trial, trial->site->observer, &result,
			     "cached mem=y len=%d", SHAPE_PAGE);

	if (!err)
		*cached_ret = result.ret == 1;
	return err;
}

/* Nobody has touched the mapping yet: only the cache has the page. */
static int try_drops(struct trial *trial, bool *drops_ret)
{
	bool cached = true;
	int err = 0;

	for (int i = 0; i < DROPS_MAX && cached && !err; i++) {
		err = must(trial, "fsync fd=y");
		if (!err)
			err = must(trial, "dontneed fd=y");
		if (!err)
			err = look_for_page(trial, &cached);
	}
	*drops_ret = !cached;
	return err;
}

/*
 * A page that is mapped leaves the cache for an O_DIRECT write all the same, by
 * invalidate_inode_pages2_range(); one that falls back to a buffered write ends
 * in invalidate_mapping_pages(), which leaves it (mm/truncate.c, 6.18).
 */
static int try_takes(struct trial *trial, bool *takes_ret)
{
	bool cached = true;
	int err = must(trial, "anon mem=z len=4096");

	if (!err)
		err = must(trial, "store mem=y len=4096 gen=2");
	if (!err)
		err = must(trial, "pwrite fd=z len=4096 from=z");
	if (!err)
		err = look_for_page(trial, &cached);
	if (!err)
		err = must(trial, "munmap mem=z");
	*takes_ret = !cached;
	return err;
}

static int try_all(struct trial *trial, struct ondir *ondir)
{
	bool *traits = ondir->traits;
	int err = make_file(trial, ondir);

	if (!err)
		err = try_drops(trial, &traits[ONDIR_DROPS]);
	if (!err && traits[ONDIR_DIRECT])
		err = try_takes(trial, &traits[ONDIR_TAKES]);
	if (!err)
		err = may(trial, "punch fd=y off=4096 len=4096",
			  &traits[ONDIR_PUNCHES]);
	return err ? err : drop_file(trial, ondir);
}

int ondir_has(struct site *site, enum ondir_trait trait, const char **why_ret)
{
	struct ondir *ondir;
	struct trial trial;
	int err = get(site, &ondir);

	if (err) {
		*why_ret = strerror(-err);
		return err;
	}
	if (!ondir->tried) {
		ondir->tried = true;
		trial_init(&trial, site, shape_at(0));
		ondir->err = try_all(&trial, ondir);
		snprintf(ondir->why, sizeof(ondir->why), "%s", trial.trouble);
	}
	*why_ret = ondir->why;
	return ondir->err ? ondir->err : ondir->traits[trait];
}

/* ---------------------------------------------------------- the kernel's log */

static bool skip(UNUSED const char *text, UNUSED void *context)
{
	return false;
}

void ondir_listen(struct site *site)
{
	struct ondir *ondir;

	if (get(site, &ondir) || !ondir->device)
		return;
	if (!ondir->log && kernellog_open(&ondir->log))
		ondir->log = NULL;
	/* What was lost of it was not about this time. */
	if (ondir->log)
		(void)!kernellog_read(ondir->log, skip, NULL);
}

void ondir_hear(struct site *site, char *line, size_t size)
{
	char words[ONDIR_WHY_SIZE], text[KERNELLOG_TEXT_SIZE];
	struct ondir *ondir = site->ondir;

	*line = '\0';
	if (!ondir || !ondir->log)
		return;
	/* "EXT4-fs (loop0): ...", "XFS (loop0): ...", "... (device loop0): ..." */
	snprintf(words, sizeof(words), "%s)", ondir->device);
	if (kernellog_find(ondir->log, words, text) == 0)
		snprintf(line, size, "%s", text);
}
