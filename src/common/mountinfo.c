/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is mounted on a path, from /proc/self/mountinfo alone.
 *
 * The same mount point can stand in several lines: one mount covers another,
 * or a whole tree with mounts in it has been covered. The order of the lines
 * does not say which one a path leads to, the parents do. So the path is
 * walked as the kernel walks it: from the root mount, always on to the child
 * whose mount point comes first on the path, until there is none.
 */
#include "common/mountinfo.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

struct mount {
	unsigned long id;
	unsigned long parent;
	struct mountinfo info;
};

struct table {
	struct mount *mounts;
	size_t count;
};

void mountinfo_deinit(struct mountinfo *info)
{
	free(info->mountpoint);
	free(info->fstype);
	free(info->source);
	free(info->super_options);
	memset(info, 0, sizeof(*info));
}

static void table_free(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		mountinfo_deinit(&table->mounts[i].info);
	free(table->mounts);
}

static bool is_octal(const char *c)
{
	return c[0] >= '0' && c[0] <= '3' && c[1] >= '0' && c[1] <= '7' &&
	       c[2] >= '0' && c[2] <= '7';
}

/* A copy with each \ooo as its byte (fs/seq_file.c:mangle_path(), v6.18). */
static char *unescape(const char *field)
{
	char *text = strdup(field);
	char *to = text;

	for (const char *from = text; from && *from;) {
		if (from[0] == '\\' && is_octal(from + 1)) {
			*to++ = (char)((from[1] - '0') << 6 |
				       (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	if (to)
		*to = '\0';
	return text;
}

/*
 * 36 35 98:0 /root /mount/point rw,noatime shared:1 - ext3 /dev/root rw
 * (proc_pid_mountinfo(5)); any number of optional fields before the dash, and
 * a source that may be empty.
 */
static int parse_mount(char *line, struct mount *mount)
{
	char *rest = strstr(line, " - ");
	int point_begin = 0, point_end = 0;

	memset(mount, 0, sizeof(*mount));
	if (!rest ||
	    sscanf(line, "%lu %lu %u:%u %*s %n%*s%n", &mount->id,
		   &mount->parent, &mount->info.major, &mount->info.minor,
		   &point_begin, &point_end) != 4 || point_end == 0)
		return -EINVAL;
	rest += strlen(" - ");
	line[point_end] = '\0';
	rest[strcspn(rest, "\n")] = '\0';

	char *fstype = strsep(&rest, " ");
	char *source = strsep(&rest, " ");

	mount->info.mountpoint = unescape(line + point_begin);
	mount->info.fstype = unescape(fstype);
	mount->info.source = unescape(source ? source : "");
	mount->info.super_options = strdup(rest ? rest : "");
	if (mount->info.mountpoint && mount->info.fstype &&
	    mount->info.source && mount->info.super_options)
		return 0;
	mountinfo_deinit(&mount->info);
	return -ENOMEM;
}

static int table_add(struct table *table, char *line)
{
	struct mount mount;
	int err = parse_mount(line, &mount);

	if (err)
		return err;

	/* Room for 16, 32, 64, ... */
	if (table->count == 0 ||
	    (table->count >= 16 && (table->count & (table->count - 1)) == 0)) {
		size_t size = MAX(2 * table->count, (size_t)16);
		struct mount *mounts = reallocarray(table->mounts, size,
						    sizeof(*mounts));

		if (!mounts) {
			mountinfo_deinit(&mount.info);
			return -ENOMEM;
		}
		table->mounts = mounts;
	}
	table->mounts[table->count++] = mount;
	return 0;
}

static int table_read(struct table *table)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	autofree char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return -errno;
	while (!err && getline(&line, &size, file) > 0)
		err = table_add(table, line);
	if (!err && ferror(file))
		err = -EIO;
	fclose(file);
	return err;
}

/* Is @dir the same as @path or above it? Both are absolute and clean. */
static bool leads_to(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	if (len == 1)
		return true;
	return strncmp(path, dir, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0');
}

/* The root mount's parent is not in the table, or is the mount itself. */
static bool is_child(const struct table *table, const struct mount *mount,
		     const struct mount *of)
{
	if (of)
		return mount != of && mount->parent == of->id;
	if (mount->parent == mount->id)
		return true;
	for (size_t i = 0; i < table->count; i++)
		if (table->mounts[i].id == mount->parent)
			return false;
	return true;
}

/* Where the walk along @path goes from @from (NULL: outside of all). */
static struct mount *next_mount(const struct table *table,
				const struct mount *from, const char *path)
{
	struct mount *next = NULL;

	for (size_t i = 0; i < table->count; i++) {
		struct mount *mount = &table->mounts[i];

		if (leads_to(mount->info.mountpoint, path) &&
		    is_child(table, mount, from) &&
		    (!next || strlen(mount->info.mountpoint) <
			      strlen(next->info.mountpoint)))
			next = mount;
	}
	return next;
}

/* Each step leads to a child, so at most count steps: mounts form a tree. */
static struct mount *walk(const struct table *table, const char *path)
{
	struct mount *at = NULL;

	for (size_t i = 0; i < table->count; i++) {
		struct mount *next = next_mount(table, at, path);

		if (!next)
			break;
		at = next;
	}
	return at;
}

int mountinfo_find(const char *path, struct mountinfo *info_ret)
{
	autofree char *absolute = NULL;
	struct table table = { 0 };
	int err = mountinfo_absolute(path, &absolute);

	if (err)
		return err;
	err = table_read(&table);
	if (!err) {
		struct mount *mount = walk(&table, absolute);

		if (mount && strcmp(mount->info.mountpoint, absolute) == 0) {
			*info_ret = mount->info;
			memset(&mount->info, 0, sizeof(mount->info));
		} else {
			err = -ENOENT;
		}
	}
	table_free(&table);
	return err;
}

/* Take slashes and "/." off the end: they would mean to enter the mount. */
static void trim(char *path)
{
	size_t len = strlen(path);

	for (;;) {
		if (len > 1 && path[len - 1] == '/')
			len--;
		else if (len > 1 && path[len - 1] == '.' &&
			 path[len - 2] == '/')
			len--;
		else
			break;
		path[len] = '\0';
	}
}

static int resolved(const char *path, char **path_ret)
{
	*path_ret = realpath(path, NULL);
	return *path_ret ? 0 : -errno;
}

static int working_directory(char **path_ret)
{
	*path_ret = getcwd(NULL, 0);
	return *path_ret ? 0 : -errno;
}

int mountinfo_absolute(const char *path, char **path_ret)
{
	autofree char *copy = strdup(path);
	autofree char *parent = NULL;
	int err;

	if (!copy)
		return -ENOMEM;
	trim(copy);

	char *slash = strrchr(copy, '/');
	const char *last = slash ? slash + 1 : copy;

	if (!*copy)
		return -ENOENT;
	if (strcmp(last, "..") == 0 || strcmp(copy, "/") == 0)
		return resolved(copy, path_ret);
	if (strcmp(copy, ".") == 0)
		return working_directory(path_ret);

	if (slash)
		*slash = '\0';
	if (slash)
		err = resolved(slash == copy ? "/" : copy, &parent);
	else
		err = working_directory(&parent);
	if (err)
		return err;
	if (asprintf(path_ret, "%s/%s", parent[1] ? parent : "", last) < 0)
		return -ENOMEM;
	return 0;
}
