/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which lines of an event log somebody wants: by class, path, cause and time. */
#ifndef PIN_EVENTFILTER_H
#define PIN_EVENTFILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

/* All that is NULL, 0 or the default below lets everything pass. */
struct eventfilter {
	uint64_t classes;	/* bits 1 << place in PINFS_EVENTS; 0: all */
	const char *path;	/* fnmatch(3) pattern; '*' also matches '/' */
	const char *causes;	/* with commas between them */
	int64_t since_us;	/* of CLOCK_REALTIME; inclusive */
	int64_t until_us;	/* exclusive */
};

#define EVENTFILTER_ALL { .since_us = INT64_MIN, .until_us = INT64_MAX }

/**
 * eventfilter_classes() - add events and sets of them
 * @words: names of events, or of tally.h's sets, with commas between them
 * Return: NULL, or a static text with the word that is none.
 */
const char *eventfilter_classes(struct eventfilter *filter, const char *words)
	MUST_CHECK;
/**
 * eventfilter_time() - a moment
 * @text: a duration, so long before @now_us; or as in events, also without the
 *        fraction, the seconds, or the time (then the day's beginning), with a
 *        blank for the 'T', and with +HH:MM for the 'Z'; without a zone it is
 *        local time
 * @now_us: CLOCK_REALTIME [us]
 * Return: 0 or -EINVAL.
 */
int eventfilter_time(const char *text, int64_t now_us, int64_t *us_ret)
	MUST_CHECK;
/**
 * eventfilter_wants() - is this line wanted?
 * @event: an object; one that lacks what the filter asks for is not
 */
bool eventfilter_wants(const struct eventfilter *filter, const json_t *event);

#endif
