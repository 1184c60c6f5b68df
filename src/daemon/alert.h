/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings where others look: a line in the kernel's log, where xfstests,
 * blktests and the like look for "WARNING:" when a test has ended, and one for
 * syslog.
 */
#ifndef PIN_ALERT_H
#define PIN_ALERT_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

struct alert;

/* Where lines go to. */
enum alert_where {
	ALERT_KMSG,
	ALERT_SYSLOG,
	ALERT_SINKS,
};

struct alert_sink {
	uint64_t events;	/* bits 1 << place in PINFS_EVENTS; 0: off */
	int fd;			/* -1: off */
};

/**
 * alert_parse() - names of events and sets (finding, doubt, all)
 * @words:      with commas or colons between them
 * @events_ret: their bits
 * Return: NULL, or a static text with the word that is none.
 */
const char *alert_parse(const char *words, uint64_t *events_ret) MUST_CHECK;

/**
 * alert_open() - open the sinks that are wanted
 * @mountpoint: in each line; must live as long as @alert_ret
 * @events:     of each sink, bits as alert_parse() makes them; 0: not wanted
 * @alert_ret:  NULL when none is
 * Return: 0, or -errno (-EACCES, -EPERM: this user may not, -ENOENT: there is no
 * such sink); a message has been logged.
 */
int alert_open(const char *mountpoint, const uint64_t events[ALERT_SINKS],
	       struct alert **alert_ret) MUST_CHECK;
/**
 * alert_create() - the same with descriptors that are there
 * @sinks: they are taken over, also on failure
 * Return: 0 or -ENOMEM.
 */
int alert_create(const char *mountpoint,
		 const struct alert_sink sinks[ALERT_SINKS],
		 struct alert **alert_ret) MUST_CHECK;
/* Says how many lines there was no room for since the last. NULL is allowed. */
void alert_destroy(struct alert *alert);

/**
 * alert_event() - say that an event has happened, where its class is wanted
 * @alert: NULL: nowhere
 * @seq:   its number in the log
 * @keys:  its own keys; NULL when memory was short
 *
 * Context: one thread at a time (the event log's lock). Waits for nobody but the
 * kernel's printk(): a line that a syslogd has no room for is only counted.
 */
void alert_event(struct alert *alert, const char *name, uint64_t seq,
		 const json_t *keys);

#endif
