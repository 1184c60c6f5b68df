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

/*
 * Number, arguments, stack pointer and program counter; without the arguments
 * outside of calls (fs/proc/base.c: proc_pid_syscall(), 6.18). A 32-bit program
 * has its stack below 4 GiB.
 */
int procfs_parse_call(const char *text, struct procfs_call *call_ret)
{
	struct procfs_call call;
	uint64_t *args = call.args;
	uint64_t stack;

	if (strncmp(text, "running", 7) == 0)
		return -EAGAIN;
	if (sscanf(text, "%d %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		   " %" SCNx64 " %" SCNx64 " %" SCNx64, &call.number, &args[0],
		   &args[1], &args[2], &args[3], &args[4], &args[5],
		   &stack) != 8 || call.number < 0 || stack <= UINT32_MAX)
		return -ENOTSUP;
	*call_ret = call;
	return 0;
}

int procfs_parse_map(const char *line, struct procfs_map *map_ret)
{
	struct procfs_map map = { .name = "" };

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64
		   " %15s", &map.start, &map.end, map.perms, &map.off,
		   &map.major, &map.minor, &map.ino, map.name) < 7 ||
	    map.end <= map.start)
		return -EINVAL;
	*map_ret = map;
	return 0;
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

void procfs_mount_type(const char *text, uint64_t mnt_id, char *type,
		       size_t size)
{
	*type = '\0';
	for (const char *line = text; line; line = next_line(line)) {
		const char *fields;
		uint64_t id;
		size_t len;

		if (sscanf(line, "%" SCNu64 " ", &id) != 1 || id != mnt_id)
			continue;
		/* Spaces in paths are written as \040. */
		fields = strstr(line, " - ");
		if (!fields)
			return;
		len = strcspn(fields + 3, " \n");
		snprintf(type, size, "%.*s", (int)len, fields + 3);
		return;
	}
}
