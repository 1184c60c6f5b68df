/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A system call of somebody, as far as it matters to pages of a file: one that
 * has the kernel write into memory that it names (a pin), or into a file that it
 * names. Who knows of such calls: the trace (calls that may have ended), and
 * procfs (calls that threads are in).
 */
#ifndef PIN_CALL_H
#define PIN_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CALL_ARGS = 6 };

/*
 * The name of the processes that look for calls in procfs, by thousands of calls
 * of their own, which are not worth a place in a trace.
 */
#define CALL_SEARCHER "pinfs-suspects"

struct call {
	pid_t tid;
	int number;			/* SYS_..., of this machine's 64-bit calls */
	uint64_t args[CALL_ARGS];	/* as the kernel got them */
	uint64_t enter_ns;		/* CLOCK_MONOTONIC; 0: not known */
	uint64_t exit_ns;		/* the same; 0: it had not ended */
	int64_t result;			/* valid when it has ended; -errno */
};

/* What the kernel does in such a call. */
enum call_kind {
	CALL_OTHER,		/* none of our business */
	CALL_PIN,		/* writes into the memory of args[@memory] */
	CALL_OVERWRITE,		/* writes into the file of args[@file] */
	CALL_ASYNCHRONOUS,	/* starts work that goes on after it, or that is
				 * named by memory: what it does cannot be told */
};

/* What the arguments are; -1: there is no such one. */
struct call_shape {
	int number;
	const char *name;	/* pread64 */
	enum call_kind kind;
	bool vector;		/* @memory is of struct iovec, @length counts them */
	int memory;		/* address */
	int length;		/* of it, in bytes or vectors */
	int file;		/* the descriptor that it is about: what is read by a
				 * CALL_PIN, what is written by a CALL_OVERWRITE */
	int offset;		/* value of the file offset */
	int offset_pointer;	/* pointer to it (splice, copy_file_range) */
	int from;		/* the descriptor that an overwrite reads from */
	int process;		/* whose memory (process_vm_writev) */
};

/**
 * call_shape() - what a call's arguments are
 * Return: a constant; NULL for a call that is none of our business.
 */
const struct call_shape *call_shape(int number);
/**
 * call_shapes() - all that there are, for a filter
 * @count_ret: how many
 */
const struct call_shape *call_shapes(size_t *count_ret);

#endif
