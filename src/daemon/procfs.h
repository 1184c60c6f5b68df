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

/* The text of /proc/TID/fdinfo/FD. Return: 0; -ENOTSUP something is missing. */
int procfs_parse_file(const char *text, struct procfs_file *file_ret) MUST_CHECK;
/**
 * procfs_find_mount() - the device of a mount in the text of a mountinfo
 * Return: whether the mount is there, and of that device.
 */
bool procfs_find_mount(const char *text, uint64_t mnt_id, unsigned int major,
		       unsigned int minor);

#endif
