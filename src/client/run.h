/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runs of "pinctl run": which scenarios, in which order, until when. */
#ifndef PIN_RUN_H
#define PIN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/choice.h"
#include "common/compiler.h"

struct ground;
struct known;
struct output;

struct run_options {
	uint64_t repeat;	/* runs of each scenario; 0: without end */
	bool strict;		/* bad verdicts fail */
	bool until_failure;	/* stop at the first run that is not as known */
	bool shuffle;
	uint64_t seed;		/* of the shuffle */
	bool progress;		/* show how far it is, on a terminal */
	struct choice_rule choice;	/* of scenarios */
	bool causes;		/* tell how good the causes of events are */
};

/**
 * run_all() - run them, and tell the results
 * @ground: given, or to be made; closed afterwards
 * Return: a CMD_ status.
 */
int run_all(const struct run_options *options, struct ground *ground,
	    struct output *output, struct known *known) MUST_CHECK;

#endif
