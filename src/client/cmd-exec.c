/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pinctl exec: a command on a mount of its own, which a keeper.h keeps. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"
#include "client/keeper.h"
#include "client/tally.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"

enum { KILL_AFTER_S = 10 };	/* default of --kill-after */

static const struct option longs[] = {
	{ "option", required_argument, NULL, 'o' },
	{ "fail-on", required_argument, NULL, 'f' },
	{ "kill-after", required_argument, NULL, 'k' },
	{ "audit", no_argument, NULL, 'a' },
	{ "quiet", no_argument, NULL, 'q' },
	{ 0 },
};

static void print_more(void)
{
	printf("\nCMD has the mount as its working directory, and its path in "
	       "PINFS_MNT.\n\n"
	       "  -o, --option=OPTS      -o of the daemon\n"
	       "      --fail-on=CLASSES  status 1 when such events came\n"
	       "      --kill-after=DURATION\n"
	       "                         from SIGTERM to SIGKILL, default 10s\n"
	       "      --audit            look for lost blocks before unmounting\n"
	       "  -q, --quiet            no summary\n\n"
	       "CLASSES are names of events, \"dropped\" and sets of these, "
	       "with commas:\n");
	tally_print_sets();
	printf("\nExit status: that of CMD (128 and its number when it died of "
	       "a signal), 1 by\nfail-on, 2 usage, 3 the mount could not be "
	       "made, or not be kept to the end.\n");
}

/* ------------------------------------------------------------ the arguments */

static int parse_option(struct keeper_plan *plan, int c)
{
	const char *bad;

	switch (c) {
	case 'o':
		plan->options = optarg;
		return CMD_OK;
	case 'f':
		bad = tally_parse(optarg, &plan->fail_on);
		return !bad ? CMD_OK :
			cmd_usage(&cmd_exec, "--fail-on: '%s' is no class of "
				  "events", bad);
	case 'k':
		return !parse_duration(optarg, &plan->kill_after_ns) ? CMD_OK :
			cmd_usage(&cmd_exec, "--kill-after=%s is not a "
				  "duration", optarg);
	case 'a':
		plan->audit = true;
		return CMD_OK;
	default:
		plan->quiet = true;
		return CMD_OK;
	}
}

/* What is behind "--" is CMD's. */
static int find_command(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return argc;
}

/* @source_ret: as it was given. */
static int parse_arguments(struct keeper_plan *plan, int argc, char **argv,
			   const char **source_ret)
{
	int end = find_command(argc, argv);
	int c, status;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(end, argv, ":o:q", longs, NULL)) >= 0) {
		if (c == ':' || c == '?')
			return cmd_bad_option(&cmd_exec, c, argv[optind - 1]);
		status = parse_option(plan, c);
		if (status)
			return status;
	}
	if (end - optind != 1)
		return cmd_usage(&cmd_exec, "one SOURCE is needed");
	if (end + 1 >= argc)
		return cmd_usage(&cmd_exec, "'--' and a CMD are needed");
	*source_ret = argv[optind];
	plan->command = argv + end + 1;
	return CMD_OK;
}

static int run(int argc, char **argv)
{
	struct keeper_plan plan = {
		.name = "exec",
		.kill_after_ns = KILL_AFTER_S * CLOCK_NS_PER_SEC,
	};
	autofree char *source = NULL;
	const char *given = NULL;
	int status = parse_arguments(&plan, argc, argv, &given);

	if (status)
		return status;
	source = realpath(given, NULL);
	if (!source) {
		log_err("cannot open SOURCE '%s': %s", given, strerror(errno));
		return CMD_UNSURE;
	}
	plan.source = source;
	return keeper_watch(&plan);
}

const struct cmd cmd_exec = {
	.name = "exec",
	.args = "[OPTIONS] SOURCE -- CMD [ARGUMENT...]",
	.help = "run a command on a mount of its own, and say what it found",
	.run = run,
	.more = print_more,
};
