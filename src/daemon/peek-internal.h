/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the peek*.c files share; nobody else includes this. */
#ifndef PIN_PEEK_INTERNAL_H
#define PIN_PEEK_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "daemon/procfs.h"

/* ---- the system call that a thread sleeps in (peek-call.c) ---- */

/* A call that writes to a descriptor. */
struct peek_call {
	int fd;
	uint64_t addr;		/* of the buffer, or of the vector */
	uint64_t count;		/* bytes, or buffers of the vector */
	bool vector;
	bool has_off;		/* else it writes where the file is */
	uint64_t off;
	bool append;
};

/**
 * peek_parse_call() - the text of /proc/TID/syscall
 * Return: 0; -ENOTSUP no call that writes, or the thread is running.
 */
int peek_parse_call(const char *text, struct peek_call *call_ret) MUST_CHECK;
/**
 * peek_locate() - where the bytes of a WRITE begin in what the call writes
 * @total: bytes that the call writes
 * @off:   of the WRITE in the file, @len its bytes
 * Return: 0; -ENOTSUP: they are not the call's, or it is not known where.
 */
int peek_locate(const struct peek_call *call, const struct procfs_file *file,
		uint64_t total, uint64_t off, uint64_t len, uint64_t *at_ret)
	MUST_CHECK;

/* ---- the helper (peek-helper.c) ---- */

enum { PEEK_ROOM = 1 << 20 };	/* bytes of the largest WRITE */

/* In memory that daemon and helper share. */
struct peek_order {
	/* From the daemon. */
	pid_t tid;
	unsigned int major;	/* st_dev of the mount */
	unsigned int minor;
	uint64_t ino;
	uint64_t off;
	uint64_t len;		/* at most PEEK_ROOM */
	/* From the helper. */
	int result;		/* 0; -EPERM not allowed; else void */
	uint8_t bytes[PEEK_ROOM] __attribute__((aligned(4096)));
};

/* In a helper: do what a struct peek_order says. */
void peek_work(void *order);

#endif
