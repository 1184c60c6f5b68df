/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the names below a sweep's directory. Nothing is moved or removed but
 * directories that have a file of a sweep in them: who names his home directory
 * has everything in it afterwards.
 */
#include "client/sweepdir.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

enum { LONGEST_WISH = 96, NUMBERS = 1000, REMOVE_FDS = 8 };

struct sweepdir {
	char *path;
	int fd;			/* locked */
	unsigned int keep;
	char (*taken)[SWEEPDIR_NAME_SIZE];
	size_t count;
};

int sweepdir_make(const char *path)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *at = part + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(part, 0777) && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	return mkdir(part, 0777) && errno != EEXIST ? -errno : 0;
}

int sweepdir_open(const char *path, unsigned int keep,
		  struct sweepdir **dir_ret)
{
	struct sweepdir *dir = calloc(1, sizeof(*dir));
	int err = dir ? sweepdir_make(path) : -ENOMEM;

	if (err)
		goto out;
	dir->keep = keep;
	dir->path = strdup(path);
	dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!dir->path || dir->fd < 0)
		err = -errno;
	else if (flock(dir->fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
out:
	if (err) {
		log_err("cannot write below '%s': %s", path, err == -EBUSY ?
			"another sweep does" : strerror(-err));
		sweepdir_close(dir);
	} else {
		*dir_ret = dir;
	}
	return err;
}

void sweepdir_close(struct sweepdir *dir)
{
	if (!dir)
		return;
	if (dir->path && dir->fd >= 0)
		close(dir->fd);
	free(dir->path);
	free(dir->taken);
	free(dir);
}

void sweepdir_path(const struct sweepdir *dir, const char *name,
		   const char *file, char path[PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s/%s%s%s", dir->path, name,
		     file ? "/" : "", file ? file : "") >= PATH_MAX)
		*path = '\0';	/* names nothing */
}

/* ':' would make a scheme of what stands before it in a page's reference. */
void sweepdir_name(const char *wish, char name[SWEEPDIR_NAME_SIZE])
{
	snprintf(name, SWEEPDIR_NAME_SIZE, "%.*s", (int)LONGEST_WISH,
		 *wish ? wish : "kernel");
	for (char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("-._+~", *at))
			*at = '_';
	if (*name == '.')
		*name = '_';
	if (strcmp(name, SWEEPDIR_PREVIOUS) == 0 ||
	    strncmp(name, "matrix.", strlen("matrix.")) == 0)
		strcat(name, "_");
}

void sweepdir_clear(const struct sweepdir *dir, const char *name)
{
	static const char *const files[] = {
		"initrd", "initrd.base", "result.json.new",
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[PATH_MAX];

		sweepdir_path(dir, name, files[i], path);
		unlink(path);
	}
}

static bool is_taken(const struct sweepdir *dir, const char *name)
{
	for (size_t i = 0; i < dir->count; i++)
		if (strcmp(dir->taken[i], name) == 0)
			return true;
	return false;
}

static int remove_entry(const char *path, UNUSED const struct stat *st,
			UNUSED int type, UNUSED struct FTW *at)
{
	return remove(path) ? -errno : 0;
}

static int remove_tree(const char *path)
{
	int err = nftw(path, remove_entry, REMOVE_FDS, FTW_DEPTH | FTW_PHYS);

	return err == -1 ? -errno : err;
}

/* Has a sweep made it? An empty one is as good as none. */
static int check_ours(const char *path)
{
	static const char *const files[] = { "result.json", "console.log" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char file[PATH_MAX];

		if (snprintf(file, sizeof(file), "%s/%s", path, files[i]) <
		    (int)sizeof(file) && access(file, F_OK) == 0)
			return 0;
	}
	return rmdir(path) ? -EEXIST : -ENOENT;
}

static void previous_path(const struct sweepdir *dir, const char *name,
			  unsigned int number, char path[PATH_MAX])
{
	char file[SWEEPDIR_NAME_SIZE + 16];

	snprintf(file, sizeof(file), "%s.%u", name, number);
	sweepdir_path(dir, SWEEPDIR_PREVIOUS, file, path);
}

/* From the last place that there is down to the first, which is free then. */
static int shift(const struct sweepdir *dir, const char *name)
{
	char path[PATH_MAX], older[PATH_MAX];

	previous_path(dir, name, dir->keep, older);
	if (access(older, F_OK) == 0) {
		int err = remove_tree(older);

		if (err)
			return err;
	}
	for (unsigned int number = dir->keep; number > 1; number--) {
		previous_path(dir, name, number - 1, path);
		previous_path(dir, name, number, older);
		if (rename(path, older) && errno != ENOENT)
			return -errno;
	}
	return 0;
}

static int put_aside(const struct sweepdir *dir, const char *name)
{
	char path[PATH_MAX], older[PATH_MAX];
	int err;

	sweepdir_path(dir, name, NULL, path);
	err = access(path, F_OK) ? -ENOENT : check_ours(path);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (!dir->keep)
		return remove_tree(path);
	sweepdir_clear(dir, name);
	sweepdir_path(dir, SWEEPDIR_PREVIOUS, NULL, older);
	if (mkdir(older, 0777) && errno != EEXIST)
		return -errno;
	err = shift(dir, name);
	if (err)
		return err;
	previous_path(dir, name, 1, older);
	return rename(path, older) ? -errno : 0;
}

/* A name that nobody has in this sweep. */
static void choose(const struct sweepdir *dir, const char *wish,
		   char name[SWEEPDIR_NAME_SIZE])
{
	char plain[SWEEPDIR_NAME_SIZE];

	sweepdir_name(wish, plain);
	snprintf(name, SWEEPDIR_NAME_SIZE, "%s", plain);
	for (unsigned int number = 2; is_taken(dir, name) && number < NUMBERS;
	     number++)
		snprintf(name, SWEEPDIR_NAME_SIZE, "%.*s-%u",
			 (int)LONGEST_WISH + 2, plain, number);
}

static int add(struct sweepdir *dir, const char *name)
{
	char (*taken)[SWEEPDIR_NAME_SIZE] =
		realloc(dir->taken, (dir->count + 1) * sizeof(*taken));

	if (!taken)
		return -ENOMEM;
	dir->taken = taken;
	snprintf(taken[dir->count++], SWEEPDIR_NAME_SIZE, "%s", name);
	return 0;
}

int sweepdir_take(struct sweepdir *dir, const char *wish,
		  char name_ret[SWEEPDIR_NAME_SIZE])
{
	char name[SWEEPDIR_NAME_SIZE];
	char path[PATH_MAX];
	int err;

	choose(dir, wish, name);
	sweepdir_path(dir, name, NULL, path);
	err = put_aside(dir, name);
	if (!err && mkdir(path, 0777))
		err = -errno;
	if (!err)
		err = add(dir, name);
	if (err)
		log_err("cannot use '%s': %s", path, err == -EEXIST ?
			"it is there, and no sweep has made it" :
			strerror(-err));
	else
		memcpy(name_ret, name, sizeof(name));
	return err;
}
