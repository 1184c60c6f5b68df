/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of which files descriptors have been closed lately. Each close(2) of one, and
 * the end of a process that has one, sends a FLUSH and waits for its answer
 * (fs/fuse/file.c: fuse_flush(), 6.18). So what a process that is gone has done to
 * a descriptor was not done to a file of which none was closed.
 */
#ifndef PIN_CLOSED_H
#define PIN_CLOSED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/mutex.h"

enum { CLOSED_KEPT = 1024 };	/* that are remembered, the latest */

struct closed {
	struct mutex lock;
	uint64_t count;		/* of all, ever */
	struct {
		uint64_t ino;
		uint64_t time_ns;	/* CLOCK_MONOTONIC */
	} last[CLOSED_KEPT];	/* in a ring */
};

void closed_init(struct closed *closed);
void closed_deinit(struct closed *closed);
/* A FLUSH of a file has come; before it is answered. */
void closed_note(struct closed *closed, uint64_t ino);
/* Has one come since then? True also where that has been forgotten. */
bool closed_since(struct closed *closed, uint64_t ino, uint64_t since_ns);

#endif
