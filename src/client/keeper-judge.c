/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the judgement: what the exit status is, and the line that says why. */
#include "client/keeper-internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "client/cmd.h"

enum { STATUS_SIGNAL = 128 };

/* Return: CMD's status, and @text says what it is. */
static int judge_command(const struct keeper *keeper, char *text, size_t size)
{
	int status = keeper->command_status;

	if (!keeper->command_ended) {
		snprintf(text, size, "CMD did not end");
		return CMD_UNSURE;
	}
	if (!WIFSIGNALED(status)) {
		snprintf(text, size, "CMD ended with %d", WEXITSTATUS(status));
		return WEXITSTATUS(status);
	}
	snprintf(text, size, "CMD died of signal %d", WTERMSIG(status));
	return STATUS_SIGNAL + WTERMSIG(status);
}

/* Why it cannot be told, NULL: it can. */
static const char *find_doubt(const struct keeper *keeper)
{
	if (keeper->why == KEEPER_WHY_DAEMON)
		return "the mount ended before CMD";
	if (keeper->guard_lost)
		return "the guard was killed";
	if (keeper->unclean)
		return "the mount did not end as it should";
	if (keeper->plan->audit && !keeper->audited)
		return "the audit could not tell";
	return NULL;
}

/* Findings are certain; that there are none is so after a clean end only. */
static int judge(const struct keeper *keeper, char *reason, size_t size)
{
	uint64_t found = tally_found(&keeper->tally, keeper->plan->fail_on);
	const char *doubt = find_doubt(keeper);
	char command[64], names[256];
	int status = judge_command(keeper, command, sizeof(command));

	if (found) {
		tally_names(found, names, sizeof(names));
		snprintf(reason, size, "%s (--fail-on); %s", names, command);
		return CMD_FOUND;
	}
	if (doubt) {
		snprintf(reason, size, "%s; %s", doubt, command);
		return CMD_UNSURE;
	}
	snprintf(reason, size, "%s", command);
	if (!keeper->plan->examine)
		return status;
	if (!status && keeper->examined == CMD_UNSURE)
		snprintf(reason, size, "not all was looked at");
	return status ? CMD_UNSURE : keeper->examined;
}

int keeper_judge(const struct keeper *keeper)
{
	char text[512], reason[512];
	int status = judge(keeper, reason, sizeof(reason));

	tally_describe(&keeper->tally, text, sizeof(text));
	if (!keeper->plan->quiet ||
	    (keeper->plan->examine && status == CMD_UNSURE))
		fprintf(stderr, "pinctl %s: %s%s%s; exit %d: %s\n",
			keeper->plan->name, text,
			strcmp(keeper->live, "proven") ? ", live: " : "",
			strcmp(keeper->live, "proven") ? keeper->live : "",
			status, reason);
	return status;
}
