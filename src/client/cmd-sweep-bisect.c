/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns "pinctl sweep --bisect": one kernel, one question, three answers. git
 * bisect run takes every status from 1 to 127 but 125 for "bad", so nothing but a
 * verdict may become 1, and all that goes wrong becomes 125.
 */
#include "client/cmd-sweep.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"

static int answer(const struct sweepwish *wishes, size_t count,
		  const struct sweepresult *result)
{
	static const int statuses[] = {
		[SWEEPWISH_YES] = CMD_SWEEP_GOOD,
		[SWEEPWISH_NO] = CMD_SWEEP_BAD,
		[SWEEPWISH_UNSURE] = CMD_SWEEP_UNTOLD,
	};
	enum sweepwish_answer worst = SWEEPWISH_YES;

	for (size_t i = 0; i < count; i++) {
		char why[SWEEPWISH_TEXT_SIZE];
		enum sweepwish_answer one =
			sweepwish_ask(&wishes[i], result, why);

		printf("%s: %s: %s, wanted %s\n", result->name,
		       wishes[i].scenario, why, wishes[i].is_outcome ?
		       vm_outcome_name(wishes[i].outcome) :
		       verdict_name(wishes[i].verdict));
		worst = MAX(worst, one);
	}
	return statuses[worst];
}

static int ask(const struct sweepoptions *options,
	       const struct sweepwish *wishes, size_t count)
{
	struct sweepresult_list *list = NULL;
	struct sweep_done done = { 0 };
	int status = CMD_SWEEP_UNTOLD;

	if (sweep_run(&options->sweep, &done))
		return status;
	if (!done.signal && done.count == 1 &&
	    !sweepresult_load(done.dirs, done.count, &list)) {
		if (list->count == 1)
			status = answer(wishes, count, &list->results[0]);
		sweepresult_destroy(list);
	}
	if (done.signal)	/* 128 and more: git bisect run stops */
		cmd_sweep_die(done.signal);
	sweep_done_release(&done);
	return status;
}

static int parse(struct sweepoptions *options, const char *const *texts,
		 size_t count, struct sweepwish *wishes)
{
	for (size_t i = 0; i < count; i++) {
		const char *why = sweepwish_parse(texts[i], &wishes[i]);

		if (why) {
			log_err("--bisect=%s: %s", texts[i], why);
			return CMD_USAGE;
		}
		if (sweepoptions_add(&options->scenarios, wishes[i].scenario))
			return CMD_UNSURE;
	}
	return CMD_OK;
}

int cmd_sweep_bisect(struct sweepoptions *options, const char *const *texts,
		     size_t count)
{
	autofree struct sweepwish *wishes = calloc(count, sizeof(*wishes));

	if (!wishes || parse(options, texts, count, wishes) ||
	    sweepoptions_complete(options))
		return CMD_SWEEP_UNTOLD;
	if (options->sweep.count != 1) {
		log_err("--bisect is about one kernel, not %zu",
			options->sweep.count);
		return CMD_SWEEP_UNTOLD;
	}
	return ask(options, wishes, count);
}
