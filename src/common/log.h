/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for people: one line each, to stderr (foreground), to syslog
 * (background) or to a descriptor. Machine-readable events are not logs: see
 * daemon/event.h. errno survives every call here.
 */
#ifndef PIN_LOG_H
#define PIN_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

enum log_sink {
	LOG_SINK_STDERR,
	LOG_SINK_SYSLOG,
};

/**
 * log_setup() - say who speaks and where to
 * @program: prefix of each line on stderr ("pinfs: ..."), syslog's ident;
 *           must live for ever
 * @sink:    where lines go
 * @debug:   whether log_debug() prints
 *
 * Context: before any thread is started, or with no other thread logging.
 */
void log_setup(const char *program, enum log_sink sink, bool debug);

/**
 * log_leave_terminal() - from now on to syslog
 * Puts /dev/null on descriptors 0 to 2.
 *
 * @program: syslog's ident; must live for ever
 *
 * Context: any thread; others may be logging.
 */
void log_leave_terminal(const char *program);

/**
 * log_before() - call this before each line on stderr; NULL: no more
 * For one who has a line on the terminal that is to be erased first.
 *
 * Context: with no other thread logging. @before must not log.
 */
void log_before(void (*before)(void));

void log_err(const char *fmt, ...) PRINTF(1, 2);
void log_warn(const char *fmt, ...) PRINTF(1, 2);
void log_info(const char *fmt, ...) PRINTF(1, 2);
void log_debug(const char *fmt, ...) PRINTF(1, 2);

/* A limiter for one message: at most @burst in each @interval_ns. */
struct log_limit {
	uint64_t interval_ns;	/* length of an interval [ns] */
	unsigned int burst;	/* messages allowed in one */
	uint64_t start_ns;	/* when the current interval began; atomic */
	unsigned int used;	/* messages since then; atomic */
	unsigned int dropped;	/* not shown since the last that was; atomic */
};

#define LOG_LIMIT(secs, n) \
	{ .interval_ns = (secs) * 1000000000ULL, .burst = (n) }

/**
 * log_allowed() - may this message be printed now?
 * @dropped_ret: how many were not printed before it (0 most of the time)
 *
 * Context: any thread; takes no lock.
 */
bool log_allowed(struct log_limit *limit, unsigned int *dropped_ret);

#endif
