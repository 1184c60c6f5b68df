/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "pwrite@writeback=STABLE": what somebody wants to hold on a kernel. */
#ifndef PIN_SWEEPWISH_H
#define PIN_SWEEPWISH_H

#include <stdbool.h>

#include "client/scenario.h"
#include "client/sweepresult.h"

struct sweepwish {
	char scenario[SCENARIO_NAME_SIZE];
	bool is_outcome;	/* the machine's is wanted, not a verdict */
	enum verdict verdict;
	enum vm_outcome outcome;
};

enum sweepwish_answer {
	SWEEPWISH_YES,
	SWEEPWISH_NO,
	SWEEPWISH_UNSURE,	/* hides all others */
};

enum { SWEEPWISH_TEXT_SIZE = 512 };

/**
 * sweepwish_parse() - SCENARIO=VERDICT, or =OUTCOME as vm_outcome_name() has it
 * The scenario is one, by its name. A verdict that says that nothing was learned
 * cannot be wanted.
 * Return: NULL, or what is wrong: one sentence, static.
 */
const char *sweepwish_parse(const char *text, struct sweepwish *wish_ret);

/* Does @name mean one scenario, by its name? Return: NULL, or what is wrong. */
const char *sweepwish_check_scenario(const char *name);

/**
 * sweepwish_verdict() - what a kernel says to a scenario
 * Return: an enum verdict; -1: it could not be told: nothing that stands, or a
 * SKIP or ERROR. @why says so in a line.
 */
int sweepwish_verdict(const struct sweepresult *result, const char *scenario,
		      char why[SWEEPWISH_TEXT_SIZE]);
/* Does it hold? @why: what was found, in a line. */
enum sweepwish_answer sweepwish_ask(const struct sweepwish *wish,
				    const struct sweepresult *result,
				    char why[SWEEPWISH_TEXT_SIZE]);

#endif
