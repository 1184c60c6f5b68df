/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what counts as an answer when somebody asks a kernel a question, as git
 * bisect does. A kernel that panics has not said anything about a verdict; that
 * it panics is an answer only for who has asked for that.
 */
#include "client/sweepwish.h"

#include <stdio.h>
#include <string.h>

#include "client/selection.h"

const char *sweepwish_check_scenario(const char *name)
{
	char copy[SCENARIO_NAME_SIZE];
	char *words[] = { copy };

	if (!*name || *name == '@' || strpbrk(name, "*?[]"))
		return "not one scenario, by its name";
	if (snprintf(copy, sizeof(copy), "%s", name) >= (int)sizeof(copy) ||
	    selection_check(words, 1))
		return "there is no such scenario";
	return NULL;
}

/* A verdict that stands for something that was learned. */
static bool tells(enum verdict verdict)
{
	return verdict != VERDICT_SKIP && verdict != VERDICT_ERROR;
}

static const char *parse_wanted(const char *text, struct sweepwish *wish)
{
	if (!verdict_parse(text, &wish->verdict))
		return tells(wish->verdict) ? NULL :
		       "SKIP and ERROR are no answers";
	if (!vm_outcome_find(text, &wish->outcome))
		return "neither a verdict ('pinctl list verdicts') nor what "
		       "becomes of a machine";
	wish->is_outcome = true;
	return wish->outcome == VM_COMPLETE || wish->outcome == VM_HARNESS ?
	       "that says nothing about a kernel" : NULL;
}

const char *sweepwish_parse(const char *text, struct sweepwish *wish_ret)
{
	struct sweepwish wish = { 0 };
	const char *sign = strrchr(text, '=');
	const char *why;

	if (!sign || (size_t)(sign - text) >= sizeof(wish.scenario))
		return "not SCENARIO=VERDICT";
	memcpy(wish.scenario, text, (size_t)(sign - text));
	why = sweepwish_check_scenario(wish.scenario);
	if (!why)
		why = parse_wanted(sign + 1, &wish);
	if (!why)
		*wish_ret = wish;
	return why;
}

int sweepwish_verdict(const struct sweepresult *result, const char *scenario,
		      char why[SWEEPWISH_TEXT_SIZE])
{
	const struct sweepresult_case *found =
		sweepresult_find(result, scenario);

	if (!sweepresult_stands(result)) {
		snprintf(why, SWEEPWISH_TEXT_SIZE, "%s: %s",
			 vm_outcome_name(result->outcome), result->reason);
		return -1;
	}
	if (!found) {
		snprintf(why, SWEEPWISH_TEXT_SIZE, "it was not run%s%s",
			 result->skipped ? ": " : "",
			 result->skipped ? result->skipped : "");
		return -1;
	}
	snprintf(why, SWEEPWISH_TEXT_SIZE, "%s%s%s",
		 verdict_name(found->verdict), *found->note ? ": " : "",
		 found->note);
	return tells(found->verdict) ? (int)found->verdict : -1;
}

static enum sweepwish_answer ask_outcome(const struct sweepwish *wish,
					 const struct sweepresult *result,
					 char why[SWEEPWISH_TEXT_SIZE])
{
	snprintf(why, SWEEPWISH_TEXT_SIZE, "%s: %s",
		 vm_outcome_name(result->outcome), result->reason);
	if (result->outcome == wish->outcome)
		return SWEEPWISH_YES;
	return sweepresult_stands(result) ? SWEEPWISH_NO : SWEEPWISH_UNSURE;
}

enum sweepwish_answer sweepwish_ask(const struct sweepwish *wish,
				    const struct sweepresult *result,
				    char why[SWEEPWISH_TEXT_SIZE])
{
	int verdict;

	if (wish->is_outcome)
		return ask_outcome(wish, result, why);
	verdict = sweepwish_verdict(result, wish->scenario, why);
	if (verdict < 0)
		return SWEEPWISH_UNSURE;
	return verdict == (int)wish->verdict ? SWEEPWISH_YES : SWEEPWISH_NO;
}
