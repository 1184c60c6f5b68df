/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision who has changed a page under writeback, from what is known. No
 * state, and nothing is looked at here.
 */
#ifndef PIN_CAUSE_H
#define PIN_CAUSE_H

#include <stdbool.h>

#include "common/json.h"

/* What is known of a block that differs. */
struct cause_facts {
	bool own;		/* the daemon itself has put the bytes there */
	bool through;		/* not under writeback: a write-through WRITE */
	bool stable;		/* the mount has stable writes (pins_only) */
	bool traced;		/* no call in the window can be missing (trace.h) */
	/*
	 * Of suspect_find(), after trace_confirm(): "suspects"; and "resolved", a
	 * boolean: each call that may write into a file could be told to be of
	 * this one or not. Borrowed; NULL: nobody could be looked for.
	 */
	const json_t *around;
};

enum { CAUSE_GROUND_SIZE = 512 };

struct cause {
	const char *name;	/* of cause_names() */
	char ground[CAUSE_GROUND_SIZE];	/* a sentence */
};

/**
 * cause_find() - decide
 * "pin" is said only when a call was seen whose buffer lies in the block, and no
 * write(2), splice(2) or the like into the block can have been there unseen; or
 * when write(2) would have waited. In doubt it is "unknown", and the ground says
 * what is in doubt.
 */
void cause_find(const struct cause_facts *facts, struct cause *cause_ret);
/* All there are: "notify", ..., NULL. */
const char *const *cause_names(void);

#endif
