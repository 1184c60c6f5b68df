/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disposable processes for what may block for as long as a request is held:
 * looking at other processes' memory, or asking the kernel about it. helper.c has
 * the design.
 */
#ifndef PIN_HELPER_H
#define PIN_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct helper;
struct helper_pool;

enum { HELPER_MAX = 4 };	/* of a pool */

/* What a pool's helpers do. Constant, and outlives the pool. */
struct helper_kind {
	const char *name;	/* of the processes; at most 15 bytes */
	const char *purpose;	/* "writers' buffers are not looked at": what is
				 * so when there are no helpers any more */
	size_t count;		/* at the same time, 1..HELPER_MAX */
	size_t max_lost;	/* helpers given up before all asking stops */
	size_t order_size;	/* bytes of memory that both sides have */
	/* In a helper: do what @order says, and write the answer to it. */
	void (*work)(void *order);
};

/**
 * helper_pool_create() - the keeper, which forks the helpers
 * Context: before any thread, and before /dev/fuse is opened: neither the keeper
 * nor a helper may hold anything of the mount. Return: 0 or -errno; a message has
 * been logged.
 */
int helper_pool_create(const struct helper_kind *kind,
		       struct helper_pool **pool_ret) MUST_CHECK;
/* Ends the helpers, and waits a moment for that; NULL is allowed. */
void helper_pool_destroy(struct helper_pool *pool);

/**
 * helper_take() - one for the caller alone
 * Context: any thread; waits while all are in use.
 * Return: 0, then helper_give() follows; -ETIMEDOUT none was free in time;
 * -ESHUTDOWN asking has stopped; -errno none could be had.
 */
int helper_take(struct helper_pool *pool, uint64_t deadline_ns,
		struct helper **helper_ret) MUST_CHECK;
void helper_give(struct helper_pool *pool, struct helper *helper);
/* Its memory; what is left of the order before is in it. */
void *helper_order(const struct helper *helper);
/**
 * helper_ask() - hand the order over and wait
 * A helper that does not answer is given up. Its memory stays until
 * helper_give(), and the helper may write to it meanwhile.
 *
 * Return: 0 it has answered; -ETIMEDOUT; -errno.
 */
int helper_ask(struct helper_pool *pool, struct helper *helper,
	       uint64_t deadline_ns) MUST_CHECK;

/* No more asking; logged once, with the reason. */
void helper_stop(struct helper_pool *pool, const char *reason);
bool helper_stopped(const struct helper_pool *pool);

/* In the keeper (helper-keeper.c): until the daemon's end of @fd is closed. */
NORETURN void helper_keeper_main(const struct helper_kind *kind, int fd);

#endif
