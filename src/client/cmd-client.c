/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl client: one test client, its steps from a file or standard input. It
 * ends by _exit(2), because a thread of it may sleep in the kernel for as long
 * as somebody holds its request.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/steps.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mountinfo.h"

#define END_NS (60 * CLOCK_NS_PER_SEC)

struct options {
	const char *directory;	/* --mnt, or NULL */
	const char *file;	/* of the steps, or NULL: standard input */
	bool json;
};

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "mnt", required_argument, NULL, 'm' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:", longs, NULL)) >= 0) {
		if (c == 'm')
			options->directory = optarg;
		else if (c == 'j')
			options->json = true;
		else
			return cmd_bad_option(&cmd_client, c,
					      argv[optind - 1]);
	}
	if (argc - optind > 1)
		return cmd_usage(&cmd_client, "more than one FILE");
	options->file = argv[optind];
	return CMD_OK;
}

/* The file first: its path is not meant to be below the mount. */
static FILE *open_input(const struct options *options)
{
	FILE *in = stdin;

	if (options->file && strcmp(options->file, "-") != 0)
		in = fopen(options->file, "re");
	if (!in)
		log_err("cannot open '%s': %s", options->file, strerror(errno));
	return in;
}

/* @path_ret: absolute, or NULL without --mnt. */
static int enter(const struct options *options, char **path_ret)
{
	int err = 0;

	*path_ret = NULL;
	if (options->directory) {
		err = mountinfo_absolute(options->directory, path_ret);
		if (!err && chdir(*path_ret))
			err = -errno;
	}
	if (err)
		log_err("cannot enter '%s': %s", options->directory,
			strerror(-err));
	return err;
}

/* Run all of @in. Return: the exit status. */
static int run_steps(struct steps *steps, FILE *in)
{
	int err = steps_stream(steps, in);
	struct steps_totals totals;

	if (err)
		log_err("the steps ended early: %s", strerror(-err));
	if (steps_wait(steps, clock_deadline_ns(END_NS)) > 0) {
		steps_log_running(steps);
		return CMD_UNSURE;
	}
	totals = steps_totals(steps);
	if (err)
		return CMD_UNSURE;
	return totals.bad ? CMD_USAGE : totals.failed ? CMD_FOUND : CMD_OK;
}

static int run(int argc, char **argv)
{
	struct options options = { 0 };
	struct steps_config config = { .out = STDOUT_FILENO };
	struct steps *steps = NULL;
	int status = parse_options(argc, argv, &options);
	autofree char *mountpoint = NULL;
	FILE *in;
	int err;

	if (status)
		return status;
	in = open_input(&options);
	if (!in || enter(&options, &mountpoint))
		return CMD_USAGE;
	config.json = options.json;
	config.mountpoint = mountpoint;
	err = steps_create(&config, &steps);
	if (err) {
		log_err("cannot start the client: %s", strerror(-err));
		return CMD_UNSURE;
	}
	_exit(run_steps(steps, in));
}

static void more(void)
{
	const struct steps_verb *verb;

	printf("\nOne step a line; '&' as the last word runs it in a thread. "
	       "Answers:\n"
	       "  N STEP ok ret=R us=D start=NS end=NS [KEY=VALUE...]\n"
	       "  N STEP fail errno=ENAME us=D start=NS end=NS\n"
	       "  N STEP started tid=T\n"
	       "  N STEP bad message=\"...\"\n"
	       "Exit status: 0 all ok, 1 a step failed, 2 a line was not "
	       "understood,\n"
	       "3 a started step did not end.\n\nSteps:\n");
	for (size_t i = 0; (verb = steps_verb_at(i)); i++)
		printf("  %s%s%s\n      %s\n", verb->name,
		       *verb->args ? " " : "", verb->args, verb->help);
}

const struct cmd cmd_client = {
	.name = "client",
	.args = "[--mnt DIR] [--json] [FILE]",
	.help = "run the steps of one test client, from FILE or standard input",
	.run = run,
	.more = more,
};
