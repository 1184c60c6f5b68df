/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instances of tracefs.
 *
 * An open file of an instance keeps it from being removed (kernel/trace/trace.c:
 * __remove_instance(), tr->ref, 6.18); its directory, which carries the lock, does
 * not. The lock is taken after the directory is made, so a sweep in between may
 * take it for a leftover: tracefs_create() then sees that the directory is not the
 * one of that name any more, and makes another.
 */
#include "common/tracefs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"

enum { ATTEMPTS = 4 };

const char *tracefs_root(void)
{
	static const char *const roots[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/instances", roots[i]);
		if (access(path, R_OK | W_OK | X_OK) == 0)
			return roots[i];
	}
	return NULL;
}

/* Is the directory that @fd has open still the one of that path? */
static bool is_there(int fd, const char *path)
{
	struct stat mine;
	struct stat there;

	return fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
	       mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* Open and lock an instance. Return: descriptor, -EBUSY it has an owner, -errno. */
static int lock_instance(const char *path)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (!is_there(fd, path))
		return -ESTALE;
	return steal_fd(&fd);
}

/* End its events first: an instance that cannot be removed costs nothing then. */
static int remove_locked(const char *path)
{
	autofree char *enable = NULL;
	int err = 0;

	if (asprintf(&enable, "%s/events/enable", path) < 0)
		enable = NULL;
	else
		err = fdio_write_file(enable, "0");
	if (rmdir(path) < 0)
		return -errno;
	return err == -ENOENT ? 0 : err;
}

static int sweep_one(const char *path)
{
	autoclose int fd = lock_instance(path);

	return fd < 0 ? fd : remove_locked(path);
}

size_t tracefs_sweep(void)
{
	const char *root = tracefs_root();
	char path[512];
	struct dirent *entry;
	size_t swept = 0;
	DIR *dir;

	if (!root)
		return 0;
	snprintf(path, sizeof(path), "%s/instances", root);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, TRACEFS_OWN, strlen(TRACEFS_OWN)))
			continue;
		snprintf(path, sizeof(path), "%s/instances/%s", root,
			 entry->d_name);
		swept += sweep_one(path) == 0;
	}
	closedir(dir);
	return swept;
}

int tracefs_create(struct tracefs *instance, const char *name)
{
	const char *root = tracefs_root();
	autofree char *path = NULL;
	int fd = -EBUSY;

	if (!root)
		return -ENOENT;
	if (asprintf(&path, "%s/instances/%s", root, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	for (int i = 0; i < ATTEMPTS && fd < 0; i++) {
		if (mkdir(path, 0700) == 0) {
			fd = lock_instance(path);
			continue;
		}
		if (errno != EEXIST)
			return -errno;
		fd = sweep_one(path);
		if (fd == -EBUSY)
			break;
		fd = -EAGAIN;
	}
	if (fd < 0)
		return fd;
	*instance = (struct tracefs){ .fd = fd, .path = steal_ptr(path) };
	return 0;
}

int tracefs_remove(struct tracefs *instance)
{
	int err;

	if (instance->fd < 0)
		return 0;
	err = remove_locked(instance->path);
	close(instance->fd);
	free(instance->path);
	*instance = (struct tracefs){ .fd = -1 };
	return err;
}

int tracefs_set(const struct tracefs *instance, const char *file,
		const char *text)
{
	autofree char *path = NULL;

	if (asprintf(&path, "%s/%s", instance->path, file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return fdio_write_file(path, text);
}

int tracefs_get(const struct tracefs *instance, const char *file,
		char **text_ret)
{
	autofree char *path = NULL;

	if (asprintf(&path, "%s/%s", instance->path, file) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return fdio_read_file(path, text_ret);
}
