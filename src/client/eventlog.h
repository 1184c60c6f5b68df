/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a mount's event log from where one begins to look, for what it says
 * about one file. The line of a finding comes a little after its WRITE has been
 * answered: site_settle_events() or the verb sync before the log is read.
 */
#ifndef PIN_EVENTLOG_H
#define PIN_EVENTLOG_H

#include "common/compiler.h"
#include "common/digest.h"
#include "common/json.h"

struct eventlog;

/* What the log says about a block. */
struct eventlog_unstable {
	unsigned int count;		/* "unstable" events */
	unsigned int suppressed;	/* such of the file that were only counted */
	/* Of the first of them: */
	unsigned long long block;
	char arrival[DIGEST_HEX_SIZE];
	char recheck[DIGEST_HEX_SIZE];
	char cause[32];
};

int eventlog_open(const char *path, struct eventlog **log_ret) MUST_CHECK;
void eventlog_close(struct eventlog *log);
/* From now on look at what comes after the present end. */
int eventlog_mark(struct eventlog *log) MUST_CHECK;
/**
 * eventlog_each() - each complete line since the mark, in their order
 * @fn: gets an object, or NULL for a line that is none
 */
int eventlog_each(struct eventlog *log,
		  void (*fn)(const json_t *event, void *arg), void *arg)
	MUST_CHECK;
/**
 * eventlog_unstable() - the unstable events of some blocks since the mark
 * @path: of the file, as in events: below the mount, with a leading slash
 */
int eventlog_unstable(struct eventlog *log, const char *path,
		      unsigned long long first, unsigned int blocks,
		      struct eventlog_unstable *found_ret) MUST_CHECK;

#endif
