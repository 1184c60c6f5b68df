/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of procfs: how they are read, and what they mean. */
#include "daemon/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int procfs_open(pid_t tid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int procfs_read(int fd, char text[PROCFS_TEXT_SIZE])
{
	ssize_t n = pread(fd, text, PROCFS_TEXT_SIZE - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : NULL;
}

/* The number behind "NAME:" at the beginning of a line. */
static bool read_field(const char *text, const char *name, int base,
		       uint64_t *value_ret)
{
	size_t len = strlen(name);

	for (const char *line = text; line; line = next_line(line)) {
		if (strncmp(line, name, len) || line[len] != ':')
			continue;
		*value_ret = strtoull(line + len + 1, NULL, base);
		return true;
	}
	return false;
}

int procfs_parse_file(const char *text, struct procfs_file *file_ret)
{
	struct procfs_file file;
	uint64_t flags;

	if (!read_field(text, "pos", 10, &file.pos) ||
	    !read_field(text, "flags", 8, &flags) ||
	    !read_field(text, "mnt_id", 10, &file.mnt_id) ||
	    !read_field(text, "ino", 10, &file.ino))
		return -ENOTSUP;
	file.flags = (int)flags;
	*file_ret = file;
	return 0;
}

bool procfs_find_mount(const char *text, uint64_t mnt_id, unsigned int major,
		       unsigned int minor)
{
	for (const char *line = text; line; line = next_line(line)) {
		unsigned int line_major;
		unsigned int line_minor;
		uint64_t id;

		if (sscanf(line, "%" SCNu64 " %*u %u:%u ", &id, &line_major,
			   &line_minor) == 3 && id == mnt_id)
			return line_major == major && line_minor == minor;
	}
	return false;
}
