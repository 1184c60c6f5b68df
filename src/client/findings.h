/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an event log has found, as a report tells it: sums over the whole log,
 * and the findings that were asked for, each with what the log says of its block
 * later. finding.h has the rest of one finding, its evidence.
 *
 * The log is read once, from its beginning to its end, a line at a time; what is
 * kept of it is bounded by findings_query.keep, however long it is. All keys of
 * a line are optional: logs of older daemons are read as well.
 */
#ifndef PIN_FINDINGS_H
#define PIN_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/redact.h"
#include "client/tally.h"
#include "common/clock.h"
#include "common/compiler.h"
#include "common/json.h"

struct findingsplace;

enum {
	FINDINGS_KEEP = 10000,		/* default of findings_query.keep */
	FINDINGS_CAUSES = 32,		/* sums by cause; more are "other" */
	FINDINGS_CAUSE_SIZE = 32,
	FINDINGS_LATER = 16,		/* later lines kept of one finding */
};

/* Which findings; the sums of the log are not touched by it. */
struct findings_query {
	uint64_t classes;	/* bits 1 << enum tally_class; 0: the set "finding" */
	const char *path;	/* pattern as of fnmatch(3); NULL: all */
	size_t keep;		/* how many at most; 0: FINDINGS_KEEP */
	bool last;		/* the last of them, not the first */
	struct redact redact;
};

/* One finding. All JSON is redacted, and owned by the item. */
struct findings_item {
	size_t number;		/* from 1, among those that the query selects */
	enum tally_class class;
	json_t *event;		/* its line */
	json_t *mount;		/* line of the mount it belongs to; NULL: none */
	json_t *mark;		/* the last "mark" line before it, or NULL */
	json_t *later;		/* array: lines about its block after it, or NULL */
	uint64_t later_dropped;	/* such that did not fit */
};

/* A sum of findings. */
struct findings_cause {
	enum tally_class class;
	char cause[FINDINGS_CAUSE_SIZE];	/* "-": the class has none */
	uint64_t count;
};

struct findings {
	/* Of the whole log. */
	uint64_t counts[TALLY_CLASSES];	/* lines; of suppressed, dropped: sums */
	struct findings_cause causes[FINDINGS_CAUSES];
	size_t ncauses;
	uint64_t lines;
	uint64_t bad_lines;	/* that are no JSON objects with an "event" */
	bool cut;		/* the last line has no end: being written, or cut */
	uint64_t mounts;	/* lines "mount" */
	bool ended;		/* the last mount has its "unmount" line */
	uint64_t writes;	/* of "unmount" lines, or the daemon's counter */
	uint64_t live_writes;
	char first_time[CLOCK_RFC3339_SIZE];	/* "": none */
	char last_time[CLOCK_RFC3339_SIZE];
	json_t *mount;		/* line of the last mount; NULL: none */
	json_t *status;		/* the daemon's, redacted; NULL: it was not asked */
	/* Of the query. */
	uint64_t matched;
	struct findings_item **items;	/* in the order of the log */
	size_t count;
	/* Where it is from. */
	const struct findingsplace *place;
	struct redact redact;
	enum redact_level left_out;	/* by redact, or when a bundle was made */
};

/**
 * findings_read() - read a log
 * @place:    where it is, see findingsplace.h; it must outlive the findings
 * @findings_ret: findings_free() it
 * Return: 0 or -errno; a message has been logged.
 */
int findings_read(const struct findingsplace *place,
		  const struct findings_query *query,
		  struct findings **findings_ret) MUST_CHECK;
void findings_free(struct findings *findings);	/* NULL is allowed */

/* A class's name, as in the log. */
const char *findings_class_name(enum tally_class class);
/* Members of an event; "" and 0 when it has none such. */
const char *findings_text(const json_t *object, const char *key);
int64_t findings_number(const json_t *object, const char *key);
/* Findings that the log has: those of the set "finding". */
uint64_t findings_total(const struct findings *findings);

#endif
