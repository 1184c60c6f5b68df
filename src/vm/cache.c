/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the cache's directories, its locks, and the entries' coming and going. */
#include "vm/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "vm/kernel.h"
#include "vm/manifest.h"

enum { SPARE_MIB = 64 };	/* what others shall still have */

int vm_cache_make_dir(const char *path)
{
	char part[PATH_MAX];

	if (snprintf(part, sizeof(part), "%s", path) >= (int)sizeof(part))
		return -ENAMETOOLONG;
	for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(part, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int remove_one(const char *path, const struct stat *st UNUSED,
		      int type UNUSED, struct FTW *ftw UNUSED)
{
	(void)remove(path);
	return 0;
}

void vm_cache_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static bool choose_dir(char dir[PATH_MAX])
{
	const char *given = getenv("PINFS_VM_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int n;

	if (given && *given)
		n = snprintf(dir, PATH_MAX, "%s", given);
	else if (xdg && *xdg == '/')
		n = snprintf(dir, PATH_MAX, "%s/pinfs/vm", xdg);
	else if (geteuid() == 0)
		n = snprintf(dir, PATH_MAX, "/var/cache/pinfs/vm");
	else if (home && *home == '/')
		n = snprintf(dir, PATH_MAX, "%s/.cache/pinfs/vm", home);
	else
		return false;
	return n < PATH_MAX;
}

/* Absolute: programs run in other directories. */
const char *vm_cache_dir(void)
{
	static char dir[PATH_MAX];
	char chosen[PATH_MAX];
	int err;

	if (!choose_dir(chosen)) {
		log_err("there is no place for a cache: set PINFS_VM_CACHE");
		return NULL;
	}
	err = vm_cache_make_dir(chosen);
	if (!err && !realpath(chosen, dir))
		err = -errno;
	if (err) {
		log_err("cannot make the cache '%s': %s", chosen,
			strerror(-err));
		return NULL;
	}
	return dir;
}

char *vm_cache_place(const char *cache, const char *part)
{
	autofree char *path = NULL;
	char *real;
	int err = 0;

	if (!cache)
		cache = vm_cache_dir();
	if (!cache)
		return NULL;
	if (asprintf(&path, "%s/%s", cache, part) < 0)
		path = NULL;
	else
		err = vm_cache_make_dir(path);
	if (path && !err) {
		real = realpath(path, NULL);
		if (real)
			return real;
		err = -errno;
	}
	log_err("cannot use the cache '%s': %s", cache,
		strerror(path ? -err : ENOMEM));
	return NULL;
}

int vm_cache_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		log_info("waiting for another process with '%s'", path);
	while (flock(fd, LOCK_EX) < 0) {
		int err = -errno;

		if (err == -EINTR)
			continue;
		close(fd);
		return err;
	}
	return fd;
}

int vm_cache_room(const char *dir, uint64_t bytes)
{
	struct statvfs fs;
	uint64_t free_bytes;

	if (statvfs(dir, &fs) < 0)
		return 0;
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (free_bytes >= bytes + ((uint64_t)SPARE_MIB << 20))
		return 0;
	log_err("'%s' has %llu MiB of room, and %llu are needed", dir,
		(unsigned long long)(free_bytes >> 20),
		(unsigned long long)(bytes >> 20) + SPARE_MIB);
	return -ENOSPC;
}

static int name_entry(const char *cache, const char *key,
		      struct vm_cache_entry *entry, char **lock_ret)
{
	autofree char *dir = vm_cache_place(cache, "kernels");

	if (!dir)
		return -EIO;
	if (asprintf(&entry->path, "%s/%s", dir, key) < 0)
		entry->path = NULL;
	if (asprintf(&entry->making, "%s/%s.tmp", dir, key) < 0)
		entry->making = NULL;
	if (asprintf(lock_ret, "%s/%s.lock", dir, key) < 0)
		*lock_ret = NULL;
	return entry->path && entry->making && *lock_ret ? 0 : -ENOMEM;
}

/* Whoever holds the lock is the only one that touches KEY and KEY.tmp. */
static int look_or_begin(struct vm_cache_entry *entry)
{
	int err = vm_manifest_check(entry->path, &entry->package,
				    &entry->version);

	vm_cache_remove(entry->making);
	if (!err) {
		entry->there = true;
		return 0;
	}
	if (err == -ENOMEM)
		return err;
	if (err != -ENOENT) {
		log_warn("'%s' is spoilt, and made again", entry->path);
		vm_cache_remove(entry->path);
	}
	return vm_cache_make_dir(entry->making);
}

/* NAME.tmp, whose lock nobody holds: whoever made it is no more. */
static void remove_if_abandoned(const char *dir, const char *name)
{
	static const char end[] = ".tmp";
	size_t len = strlen(name);
	char making[PATH_MAX], lock[PATH_MAX];

	if (len <= strlen(end) || strcmp(name + len - strlen(end), end) != 0 ||
	    snprintf(making, sizeof(making), "%s/%s", dir, name) >=
		    (int)sizeof(making) ||
	    snprintf(lock, sizeof(lock), "%s/%.*s.lock", dir,
		     (int)(len - strlen(end)), name) >= (int)sizeof(lock))
		return;

	autoclose int fd = open(lock, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		vm_cache_remove(making);
}

/*
 * What is half made is large, and its own key may never be asked for again: of
 * kernels that were just built each has another.
 */
static void remove_abandoned(const struct vm_cache_entry *entry)
{
	autofree char *path = strdup(entry->path);
	DIR *dir = path ? opendir(dirname(path)) : NULL;

	if (!dir)
		return;
	for (struct dirent *at; (at = readdir(dir));)
		remove_if_abandoned(path, at->d_name);
	closedir(dir);
}

int vm_cache_begin(const char *cache, const char *key,
		   struct vm_cache_entry *entry)
{
	autofree char *lock = NULL;
	int err;

	*entry = (struct vm_cache_entry){ .lock = -1 };
	err = name_entry(cache, key, entry, &lock);
	if (!err) {
		entry->lock = vm_cache_lock(lock);
		err = entry->lock < 0 ? entry->lock : look_or_begin(entry);
		if (!err && !entry->there)
			remove_abandoned(entry);
		if (err)
			log_err("cannot make '%s': %s", entry->path,
				strerror(-err));
	}
	if (err)
		vm_cache_end(entry);
	return err;
}

int vm_cache_commit(struct vm_cache_entry *entry)
{
	int err = vm_manifest_write(entry->making, entry->package,
				    entry->version);

	if (!err && rename(entry->making, entry->path) < 0)
		err = -errno;
	if (err)
		log_err("cannot make '%s': %s", entry->path, strerror(-err));
	else
		entry->there = true;
	return err;
}

void vm_cache_end(struct vm_cache_entry *entry)
{
	if (entry->lock >= 0) {
		if (!entry->there)
			vm_cache_remove(entry->making);
		close(entry->lock);
	}
	free(entry->path);
	free(entry->making);
	free(entry->package);
	free(entry->version);
	*entry = (struct vm_cache_entry){ .lock = -1 };
}
