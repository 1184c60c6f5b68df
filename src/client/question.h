/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions of the discussion of September 2022 about where pins have to be
 * taken ("[PATCH v2 4/7] iov_iter: new iov_iter_pin_pages*() routines", linux-mm
 * and linux-fsdevel), each with the scenario that answers it.
 */
#ifndef PIN_QUESTION_H
#define PIN_QUESTION_H

#include <stddef.h>

#include "client/verdict.h"

struct question {
	const char *scenario;	/* its name */
	const char *asked;	/* "Is a page stable ...?" */
	const char *claim;	/* what the discussion says about it */
};

enum { QUESTIONS = 4 };

/* @index: below QUESTIONS. */
const struct question *question_at(size_t index);
/* NULL: that scenario answers none. */
const struct question *question_of(const char *scenario);
/* "Yes", "No" or why it cannot be told. */
const char *question_answer(enum verdict verdict);

#endif
