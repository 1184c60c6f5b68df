/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How good the causes are that the daemon says: counted over runs of scenarios,
 * of which it is known who changed the page.
 */
#ifndef PIN_CAUSES_H
#define PIN_CAUSES_H

#include <stdio.h>

#include "common/compiler.h"
#include "common/json.h"

struct scenario;

enum { CAUSES_MAX = 5 };	/* the last is "unknown" */

struct causes {
	unsigned long counts[CAUSES_MAX][CAUSES_MAX];	/* [true][said] */
};

/* The cause of what the writer does; NULL: it is not one of those. */
const char *causes_truth(const struct scenario *scenario);
/* An event said @said of what is @truth. Words that are no causes: "unknown". */
void causes_add(struct causes *causes, const char *truth, const char *said);
/**
 * causes_print() - the table, and each cause's precision and recall
 * Precision: how much of what was said to be it was it. Recall: how much of what
 * was it was said to be it.
 */
void causes_print(const struct causes *causes, FILE *out);
/* {"causes":[{"cause":"pin","true":9,"said":{"pin":8,...},...}]}; NULL: no memory. */
json_t *causes_json(const struct causes *causes) MUST_CHECK;

#endif
