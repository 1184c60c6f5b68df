/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The check "source": a synchronous O_DIRECT write sleeps in its system call
 * until it is answered, and its buffer is read once more just before.
 */
#ifndef PIN_PEEK_H
#define PIN_PEEK_H

#include <stdbool.h>

#include "common/compiler.h"

struct fs;
struct peek;
struct request;

/**
 * peek_create() - the keeper of the helper processes; peek.c has the design
 * Context: before any thread, and before /dev/fuse is opened: neither the keeper
 * nor a helper may hold anything of the mount. Return: 0 or -errno; a message has
 * been logged.
 */
int peek_create(struct peek **peek_ret) MUST_CHECK;
/* Ends the helpers, and waits a moment for that; NULL is allowed. */
void peek_destroy(struct peek *peek);

/**
 * peek_request() - compare what a WRITE brought with its writer's buffer
 * @request: a WRITE that has been stored and is about to be answered
 *
 * Differences are "source" events. What is no synchronous O_DIRECT write is left
 * alone, and with peek=auto what is too young, see pinfs(8).
 *
 * Context: worker or releaser, no locks; waits for a helper, at most
 * PEEK_DEADLINE_MS.
 */
void peek_request(struct fs *fs, const struct request *request);
/* Does -o window= hold this WRITE, which will be looked at in any case? */
bool peek_is_sure(const struct fs *fs, const struct request *request);

#endif
