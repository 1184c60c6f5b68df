/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk of "pinctl scrub", by fts(3): it changes the working directory, so
 * that no depth and no length of a path stops it, and needs few descriptors.
 *
 * What is mounted below is told by the mount's number, not by st_dev: subvolumes
 * of btrfs have one of their own and belong to SOURCE.
 */
#include "client/scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "common/htab.h"
#include "common/log.h"

/* An inode that may come again. */
struct seen {
	struct htab_node node;
	dev_t dev;
	ino_t ino;
};

struct walk {
	struct scrub *scrub;
	scrub_file_fn *fn;
	bool open;
	bool remember_all;	/* paths may overlap */
	uint64_t mount_id;
	struct htab seen;
};

/* ---- each inode once ---- */

static bool is_same(const struct htab_node *node, const void *key)
{
	const struct seen *seen = container_of(node, struct seen, node);
	const struct stat *attr = key;

	return seen->dev == attr->st_dev && seen->ino == attr->st_ino;
}

/* Return: whether it has been there before; -ENOMEM. */
static int was_seen(struct walk *walk, const struct stat *attr)
{
	uint64_t words[] = { attr->st_dev, attr->st_ino };
	uint64_t hash = digest_bytes(words, sizeof(words));
	struct seen *seen;

	if (attr->st_nlink < 2 && !walk->remember_all)
		return false;
	if (htab_find(&walk->seen, hash, is_same, attr))
		return true;
	seen = malloc(sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	seen->dev = attr->st_dev;
	seen->ino = attr->st_ino;
	htab_insert(&walk->seen, &seen->node, hash);
	return false;
}

static void forget_seen(struct walk *walk)
{
	struct htab_node *next;

	for (struct htab_node *node = htab_next(&walk->seen, NULL); node;
	     node = next) {
		next = htab_next(&walk->seen, node);
		htab_remove(&walk->seen, node);
		free(container_of(node, struct seen, node));
	}
	htab_deinit(&walk->seen);
}

/* ---- what fts(3) comes to ---- */

/* All begin with "." (make_roots()). */
static const char *path_of(const FTSENT *entry)
{
	return entry->fts_path[1] ? entry->fts_path + 1 : "/";
}

static int get_mount_id(const char *path, uint64_t *id_ret)
{
	struct statx attr;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
		  STATX_MNT_ID, &attr))
		return -errno;
	*id_ret = attr.stx_mask & STATX_MNT_ID ? attr.stx_mnt_id : 0;
	return 0;
}

static bool is_to_enter(const struct walk *walk, const FTSENT *entry)
{
	const struct scrub_offline *offline = walk->scrub->offline;
	uint64_t id;

	return !get_mount_id(entry->fts_accpath, &id) && id == walk->mount_id &&
	       !(offline && scrub_offline_is_state(offline, entry->fts_statp));
}

/* Return: a descriptor; -ENOENT when it is no regular file any more; -errno. */
static int open_file(const char *path, struct stat *attr_ret)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			  O_CLOEXEC;
	int fd = open(path, flags | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = open(path, flags);
	if (fd < 0)
		return errno == ELOOP ? -ENOENT : -errno;
	if (fstat(fd, attr_ret) || !S_ISREG(attr_ret->st_mode)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

static int visit(struct walk *walk, const FTSENT *entry)
{
	struct scrub_file file = {
		.path = path_of(entry), .fd = -1, .attr = *entry->fts_statp,
	};
	uint64_t id;
	int ret = was_seen(walk, &file.attr);

	if (ret)
		return ret < 0 ? ret : 0;
	if (get_mount_id(entry->fts_accpath, &id) || id != walk->mount_id)
		return 0;
	if (walk->open)
		file.fd = open_file(entry->fts_accpath, &file.attr);
	if (walk->open && file.fd < 0) {
		/* What has gone meanwhile is not missed. */
		if (file.fd != -ENOENT)
			scrub_report_error(walk->scrub, file.path, file.fd);
		return 0;
	}
	ret = walk->fn(walk->scrub, &file);
	if (file.fd >= 0)
		close(file.fd);
	return ret;
}

static int step(struct walk *walk, FTS *tree, FTSENT *entry)
{
	switch (entry->fts_info) {
	case FTS_D:
		if (!is_to_enter(walk, entry))
			fts_set(tree, entry, FTS_SKIP);
		return 0;
	case FTS_F:
		return S_ISREG(entry->fts_statp->st_mode) ?
			visit(walk, entry) : 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		if (entry->fts_errno != ENOENT && walk->open)
			scrub_report_error(walk->scrub, path_of(entry),
					   -entry->fts_errno);
		return 0;
	default:
		return 0;
	}
}

/* ---- the walk ---- */

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* "./" in front of each, as fts(3) makes it of ".". Return: malloc'ed. */
static char **make_roots(char *const *paths)
{
	size_t count = 0;
	char **roots;

	while (paths[count])
		count++;
	roots = calloc(MAX(count, 1) + 1, sizeof(*roots));
	for (size_t i = 0; roots && i < MAX(count, 1); i++)
		if (asprintf(&roots[i], count ? "./%s" : ".",
			     count ? paths[i] + strspn(paths[i], "/") : "") < 0)
			roots[i] = NULL;
	return roots;
}

static int walk_tree(struct walk *walk, char **roots)
{
	FTS *tree = fts_open(roots, FTS_PHYSICAL, by_name);
	FTSENT *entry;
	int ret = 0;

	if (!tree)
		return -errno;
	while (!ret && (entry = fts_read(tree)))
		ret = scrub_is_over() ? -EINTR : step(walk, tree, entry);
	if (!ret && errno)
		ret = -errno;
	fts_close(tree);
	return ret;
}

int scrub_walk(struct scrub *scrub, bool open_files, scrub_file_fn *fn)
{
	struct walk walk = {
		.scrub = scrub, .fn = fn, .open = open_files,
		.remember_all = scrub->options.paths[0] &&
				scrub->options.paths[1],
	};
	autoclose int root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char **roots = make_roots(scrub->options.paths);
	int ret = root < 0 ? -errno : htab_init(&walk.seen);

	if (!ret) {
		ret = get_mount_id(".", &walk.mount_id);
		if (!ret && roots)
			ret = walk_tree(&walk, roots);
		forget_seen(&walk);
		if (fchdir(root) && !ret)
			ret = -errno;
	}
	for (char **at = roots; at && *at; at++)
		free(*at);
	free(roots);
	return ret;
}

int scrub_check_paths(const struct scrub_options *options)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_XDEV,
	};

	for (char *const *path = options->paths; *path; path++) {
		const char *below = *path + strspn(*path, "/");
		long fd = syscall(SYS_openat2, AT_FDCWD, *below ? below : ".",
				  &how, sizeof(how));

		if (fd < 0) {
			int err = -errno;

			log_err("'%s' below '%s': %s", *path, options->root,
				err == -EXDEV ? "it is not of that filesystem" :
				err == -ELOOP ? "a symbolic link" :
				strerror(-err));
			return err;
		}
		close((int)fd);
	}
	return 0;
}
