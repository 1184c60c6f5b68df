/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What procfs says of other processes' threads and open files, without touching a
 * mount: what of it is needed by those who look for buffers.
 */
#ifndef PIN_PROCFS_H
#define PIN_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

enum { PROCFS_TEXT_SIZE = 1024 };	/* of syscall and fdinfo */

/* A system call that a thread is in, as far as /proc/TID/syscall tells. */
struct procfs_call {
	int number;
	uint64_t args[6];
};

/* A line of /proc/PID/maps. */
struct procfs_map {
	uint64_t start;		/* addresses */
	uint64_t end;
	char perms[5];		/* rw-s */
	uint64_t off;		/* of @start in the file [bytes] */
	unsigned int major;	/* st_dev of the file; 0:0 for memory */
	unsigned int minor;
	uint64_t ino;
	char name[16];		/* the beginning of the path */
};

/* What fdinfo says of an open file. */
struct procfs_file {
	uint64_t pos;
	int flags;		/* of open(2) */
	uint64_t mnt_id;
	uint64_t ino;
};

/* /proc/@tid/@name for reading. Return: a descriptor or -errno. */
int procfs_open(pid_t tid, const char *name) MUST_CHECK;
/* A small file from its beginning, as a string. Return: 0 or -errno. */
int procfs_read(int fd, char text[PROCFS_TEXT_SIZE]) MUST_CHECK;

/**
 * procfs_parse_call() - the text of /proc/TID/syscall
 * Return: 0; -EAGAIN the thread is running; -ENOTSUP it is in no call, or not in
 * one of a 64-bit program, whose numbers mean others.
 */
int procfs_parse_call(const char *text, struct procfs_call *call_ret) MUST_CHECK;
/* Return: 0; -EINVAL it is no line of a maps file. */
int procfs_parse_map(const char *line, struct procfs_map *map_ret) MUST_CHECK;
/* The text of /proc/TID/fdinfo/FD. Return: 0; -ENOTSUP something is missing. */
int procfs_parse_file(const char *text, struct procfs_file *file_ret) MUST_CHECK;
/**
 * procfs_find_mount() - the device of a mount in the text of a mountinfo
 * Return: whether the mount is there, and of that device.
 */
bool procfs_find_mount(const char *text, uint64_t mnt_id, unsigned int major,
		       unsigned int minor);
/**
 * procfs_mount_type() - the type of a mount's filesystem, of a mountinfo's text
 * @type: "ext4", "fuse.pinfs", cut to fit; "" when the mount is not there
 */
void procfs_mount_type(const char *text, uint64_t mnt_id, char *type,
		       size_t size);

#endif
