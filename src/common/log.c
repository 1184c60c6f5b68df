/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for people. A message is put together in a buffer on the stack and
 * leaves in one write(2), so that lines of several threads and processes do
 * not mix. Control characters (a path may hold a newline) become '?', so that
 * a message is one line whatever it quotes. The lines carry no level word:
 * test runners search a daemon's output for words like "error".
 */
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fdio.h"

enum { LINE_SIZE = 2048 };	/* bytes; a longer message is cut */

static struct {
	const char *program;	/* NULL: lines have no prefix */
	_Atomic(enum log_sink) sink;	/* log_leave_terminal() changes it */
	bool debug;
	void (*before)(void);	/* may be NULL */
} state;

void log_setup(const char *program, enum log_sink sink, bool debug)
{
	int saved = errno;

	state.program = program;
	state.sink = sink;
	state.debug = debug;
	if (sink == LOG_SINK_SYSLOG)
		openlog(program, LOG_PID, LOG_DAEMON);
	errno = saved;
}

void log_leave_terminal(const char *program)
{
	int saved = errno;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	openlog(program, LOG_PID, LOG_DAEMON);
	state.sink = LOG_SINK_SYSLOG;
	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	errno = saved;
}

void log_before(void (*before)(void))
{
	state.before = before;
}

/* Bytes now in @buf after @used: what snprintf() returned, or all there is. */
static size_t grown(size_t used, int added, size_t size)
{
	return added < 0 ? used : MIN(used + (size_t)added, size - 1);
}

static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

PRINTF(2, 0)
static void emit(int priority, const char *fmt, va_list args)
{
	int saved = errno;
	char line[LINE_SIZE + 1];	/* one more for the newline */
	size_t used = 0;

	if (state.sink == LOG_SINK_STDERR && state.program)
		used = grown(0, snprintf(line, LINE_SIZE, "%s: ",
					 state.program), LINE_SIZE);
	errno = saved;	/* for %m */
	used = grown(used, vsnprintf(line + used, LINE_SIZE - used, fmt, args),
		     LINE_SIZE);
	line[used] = '\0';
	make_printable(line);

	if (state.sink == LOG_SINK_SYSLOG) {
		syslog(priority, "%s", line);
	} else {
		line[used] = '\n';
		if (state.before)
			state.before();

		/* Nobody is left to be told that stderr is gone. */
		int err UNUSED = fdio_write(STDERR_FILENO, line, used + 1);
	}
	errno = saved;
}

void log_err(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	emit(LOG_ERR, fmt, args);
	va_end(args);
}

void log_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	emit(LOG_WARNING, fmt, args);
	va_end(args);
}

void log_info(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	emit(LOG_INFO, fmt, args);
	va_end(args);
}

void log_debug(const char *fmt, ...)
{
	va_list args;

	if (!state.debug)
		return;
	va_start(args, fmt);
	emit(LOG_DEBUG, fmt, args);
	va_end(args);
}

/*
 * The one who moves start_ns on begins the interval. Whoever counts between
 * that and the reset of the counter counts for the old interval: near a
 * boundary a few messages more or fewer may pass, and none is forgotten.
 * Relaxed order is enough: the counters guard no other memory.
 */
static void begin_interval(struct log_limit *limit)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t start_ns = __atomic_load_n(&limit->start_ns, __ATOMIC_RELAXED);

	/* Another thread may have begun one after we looked at the clock. */
	if (now_ns < start_ns || now_ns - start_ns < limit->interval_ns)
		return;
	if (__atomic_compare_exchange_n(&limit->start_ns, &start_ns, now_ns,
					false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED))
		__atomic_store_n(&limit->used, 0, __ATOMIC_RELAXED);
}

bool log_allowed(struct log_limit *limit, unsigned int *dropped_ret)
{
	begin_interval(limit);
	/* Looked at first, so that a storm cannot make the counter wrap. */
	if (__atomic_load_n(&limit->used, __ATOMIC_RELAXED) >= limit->burst ||
	    __atomic_fetch_add(&limit->used, 1, __ATOMIC_RELAXED) >=
		    limit->burst) {
		__atomic_fetch_add(&limit->dropped, 1, __ATOMIC_RELAXED);
		return false;
	}
	*dropped_ret = __atomic_exchange_n(&limit->dropped, 0,
					   __ATOMIC_RELAXED);
	return true;
}
