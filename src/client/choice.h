/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which scenarios "pinctl run" runs: words of the command line, and shapes. */
#ifndef PIN_CHOICE_H
#define PIN_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/scenario.h"
#include "client/shape.h"
#include "common/compiler.h"

struct choice_rule {
	char *const *words;	/* as for selection_has() */
	size_t word_count;
	bool matrix;		/* each in every shape of the table */
	const struct shape *shape;	/* each in this one; NULL: the plain */
};

struct choice {
	struct scenario *scenarios;
	size_t count;
};

/* Return: 0 or -ENOMEM. No scenario may be left: that is 0 as well. */
int choice_make(const struct choice_rule *rule, struct choice *choice_ret)
	MUST_CHECK;
void choice_destroy(struct choice *choice);

#endif
