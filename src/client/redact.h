/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaving out of events and evidence what its owner may not want to give away.
 *
 * Everything that a report is made of goes through here as JSON before anything
 * else sees it, so that each form of the report (text, page, bundle) is redacted
 * alike. What is let through is a list: a key that is not in it is dropped, so
 * that one added later cannot carry content by accident.
 */
#ifndef PIN_REDACT_H
#define PIN_REDACT_H

#include "common/compiler.h"
#include "common/json.h"

enum redact_level {
	REDACT_NONE,
	REDACT_CONTENT,		/* bytes of files outside the differing ranges */
	REDACT_ALL,		/* and names: paths, command lines, marks, hosts */
};

/* What stands in the place of a text that was left out. */
extern const char redact_left_out[];

/* Which names stand for which: the same within one run, others in the next. */
struct redact {
	enum redact_level level;
	unsigned char salt[16];	/* of the names; random */
};

/* Return: 0; -errno: no randomness for the salt. */
int redact_init(struct redact *redact, enum redact_level level) MUST_CHECK;

/**
 * redact_event() - what may be shown of a line of the log
 * Return: a new reference (@event itself for REDACT_NONE); NULL without memory.
 */
json_t *redact_event(const struct redact *redact, json_t *event) MUST_CHECK;
/**
 * redact_evidence() - the same of an evidence file
 * Its images lose "bytes" and get "ranges" instead, [offset in the image,
 * base64] pairs of what differs; an image that has nothing to be compared with
 * gets none.
 */
json_t *redact_evidence(const struct redact *redact, json_t *evidence)
	MUST_CHECK;
/* The same of a reply to "status". */
json_t *redact_status(const struct redact *redact, json_t *status) MUST_CHECK;

#endif
