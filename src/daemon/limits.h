/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel does to a mount, or to the machine, when requests are held too
 * long, and how long that is.
 */
#ifndef PIN_LIMITS_H
#define PIN_LIMITS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct fs;

/* Part of struct fs. */
struct limits {
	const char *proc_sys;		/* directory of the sysctls */
	uint64_t request_timeout_ns;	/* the connection's; 0: none */
	/*
	 * The longest time from a request's arrival to its answer [ns]; 0: any.
	 * Relaxed: whoever holds by an older value holds as one
	 * that came a moment earlier.
	 */
	atomic_uint_fast64_t life_max_ns;
};

/* No limits yet. */
void limits_init(struct limits *limits);
/**
 * limits_take() - learn them, and warn of a hold_max= that is beyond
 * Context: after the kernel's INIT has been answered, which is when it decides on
 * the request timeout (fs/fuse/inode.c: process_init_reply(), 6.18).
 */
void limits_take(struct fs *fs);
/* The longest hold that is safe: hold_max=, or less [ns]. */
uint64_t limits_hold_max_ns(const struct fs *fs);
/**
 * limits_cut() - the deadline of a hold, earlier where the kernel would not wait
 * @arrival_ns:  when the request arrived (CLOCK_MONOTONIC)
 * @deadline_ns: what was asked for
 */
uint64_t limits_cut(const struct fs *fs, uint64_t arrival_ns,
		    uint64_t deadline_ns);
/**
 * limits_check_hold() - may a gate be armed, now?
 * Reads again what can have changed since the mount was made.
 * @deadline_ns: of its holds, as asked for [ns]; 0: not asked for, hold_max=
 * @message:     a warning, or why not; "" when there is nothing to say
 *
 * Context: any thread; reads files of procfs. Return: 0, -ERANGE the kernel would
 * abort the connection before the deadline that was asked for.
 */
int limits_check_hold(struct fs *fs, uint64_t deadline_ns, char *message,
		      size_t size) MUST_CHECK;

#endif
