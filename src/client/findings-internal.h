/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What findings.c keeps of a log while it reads it. */
#ifndef PIN_FINDINGS_INTERNAL_H
#define PIN_FINDINGS_INTERNAL_H

#include "client/findings.h"
#include "common/htab.h"

struct findings_keep {
	struct findings *findings;
	size_t size;		/* of the ring */
	bool last;		/* a new one takes the place of the oldest */
	struct htab by_block;	/* entries, each the newest of its block */
	json_t *mark;		/* redacted: the last of this mount, or NULL */
	json_t *mount;		/* redacted: this mount's line, or NULL */
};

int findings_keep_init(struct findings_keep *keep, struct findings *findings,
		       const struct findings_query *query) MUST_CHECK;
void findings_keep_deinit(struct findings_keep *keep);
/* Take finding number findings->matched. Return: 0 or -ENOMEM. */
int findings_keep_add(struct findings_keep *keep, enum tally_class class,
		      json_t *event) MUST_CHECK;
/* A line that may be about the block of one of them. Return: 0 or -ENOMEM. */
int findings_keep_later(struct findings_keep *keep, json_t *event) MUST_CHECK;
/* Bring them into the order of the log. Return: 0 or -ENOMEM. */
int findings_keep_finish(struct findings_keep *keep) MUST_CHECK;
/* Free findings->items. */
void findings_keep_release(struct findings *findings);

#endif
