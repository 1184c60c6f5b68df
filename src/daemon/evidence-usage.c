/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums over a directory of evidence. A file counts with the blocks that it takes
 * on the disk, as du(1) counts. Whose it is its name says: EVENT-INO-BLOCK-NUMBER;
 * what has another name counts for the sum only.
 */
#include "daemon/evidence-usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DISK_BLOCK = 4096 };

struct file {
	struct htab_node node;
	uint64_t ino;
	unsigned int count;	/* of evidence about it */
};

int evidence_usage_init(struct evidence_usage *usage)
{
	usage->bytes = 0;
	return htab_init(&usage->by_ino);
}

static void forget_all(struct evidence_usage *usage)
{
	struct htab_node *next;

	for (struct htab_node *node = htab_next(&usage->by_ino, NULL); node;
	     node = next) {
		next = htab_next(&usage->by_ino, node);
		htab_remove(&usage->by_ino, node);
		free(container_of(node, struct file, node));
	}
	usage->bytes = 0;
}

void evidence_usage_deinit(struct evidence_usage *usage)
{
	if (usage->by_ino.buckets)
		forget_all(usage);
	htab_deinit(&usage->by_ino);
}

static bool file_has_ino(const struct htab_node *node, const void *key)
{
	return container_of(node, struct file, node)->ino ==
	       *(const uint64_t *)key;
}

static struct file *find_file(const struct evidence_usage *usage, uint64_t ino)
{
	struct htab_node *node = htab_find(&usage->by_ino, ino, file_has_ino,
					   &ino);

	return node ? container_of(node, struct file, node) : NULL;
}

/* Return: NULL without memory. */
static struct file *get_file(struct evidence_usage *usage, uint64_t ino)
{
	struct file *file = find_file(usage, ino);

	if (file)
		return file;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	file->ino = ino;
	htab_insert(&usage->by_ino, &file->node, ino);
	return file;
}

static int count_entry(struct evidence_usage *usage, int dir_fd,
		       const char *name)
{
	struct file *file;
	struct stat attr;
	uint64_t ino;

	if (fstatat(dir_fd, name, &attr, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISREG(attr.st_mode))
		return 0;
	usage->bytes += (uint64_t)attr.st_blocks * 512;
	if (sscanf(name, "%*[a-z]-%" SCNu64 "-", &ino) != 1)
		return 0;
	file = get_file(usage, ino);
	if (!file)
		return -ENOMEM;
	file->count++;
	return 0;
}

int evidence_usage_scan(struct evidence_usage *usage, int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int err = 0;

	if (!stream) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	forget_all(usage);
	while (!err && (entry = readdir(stream)))
		err = count_entry(usage, fd, entry->d_name);
	closedir(stream);
	return err;
}

static uint64_t on_disk(uint64_t len)
{
	return (len + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK;
}

int evidence_usage_take(struct evidence_usage *usage,
			const struct evidence_limits *limits, uint64_t ino,
			uint64_t len)
{
	uint64_t bytes = on_disk(len);
	struct file *file = find_file(usage, ino);

	if (bytes > limits->bytes || usage->bytes > limits->bytes - bytes)
		return -EDQUOT;
	if ((file ? file->count : 0) >= limits->files)
		return -EDQUOT;
	file = get_file(usage, ino);
	if (!file)
		return -ENOMEM;
	file->count++;
	usage->bytes += bytes;
	return 0;
}

void evidence_usage_give(struct evidence_usage *usage, uint64_t ino,
			 uint64_t len)
{
	find_file(usage, ino)->count--;
	usage->bytes -= on_disk(len);
}
