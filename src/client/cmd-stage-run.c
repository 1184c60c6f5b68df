/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pinctl stage run, pinctl stage crash-points: arguments, and who does it. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/cmd-stage.h"
#include "client/cmd.h"
#include "client/crashpoints.h"
#include "client/keeper.h"
#include "client/leftover.h"
#include "client/stage.h"
#include "client/stage-internal.h"
#include "client/stagemark.h"
#include "client/tally.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"

enum {
	KILL_AFTER_S = 10,	/* default of --kill-after */
	SEEDS_MAX = 10000,
};

struct arguments {
	struct keeper_plan plan;
	struct crashpoints points;
	size_t mkfs_words;
};

#define COMMON_OPTIONS \
	{ "option", required_argument, NULL, 'o' }, \
	{ "size", required_argument, NULL, 's' }, \
	{ "mkfs-opt", required_argument, NULL, 'm' }, \
	{ "mount-opt", required_argument, NULL, 'O' }, \
	{ "kill-after", required_argument, NULL, 'k' }

static const struct option run_options[] = {
	COMMON_OPTIONS,
	{ "fail-on", required_argument, NULL, 'f' },
	{ "quiet", no_argument, NULL, 'q' },
	{ 0 },
};

static const struct option points_options[] = {
	COMMON_OPTIONS,
	{ "kinds", required_argument, NULL, 'K' },
	{ "seeds", required_argument, NULL, 'S' },
	{ "check", required_argument, NULL, 'c' },
	{ "whole", required_argument, NULL, 'w' },
	{ "keep", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ 0 },
};

/* ------------------------------------------------------------- their values */

static int bad_value(const char *option, const char *wanted)
{
	return cmd_usage(&cmd_stage, "%s=%s is no %s", option, optarg, wanted);
}

static int add_mkfs_word(struct arguments *arguments)
{
	if (arguments->mkfs_words == STAGEMOUNT_WORDS)
		return cmd_usage(&cmd_stage, "too many --mkfs-opt");
	arguments->points.stage.mkfs[arguments->mkfs_words++] = optarg;
	return CMD_OK;
}

static int add_whole(struct crashpoints *points)
{
	if (points->nwhole == CRASHPOINTS_NAMES)
		return cmd_usage(&cmd_stage, "too many --whole");
	if (!*optarg || *optarg == '/')
		return bad_value("--whole", "name below the stage");
	points->whole[points->nwhole++] = optarg;
	return CMD_OK;
}

static int parse_kinds(struct crashpoints *points)
{
	memset(points->kinds, 0, sizeof(points->kinds));
	for (const char *at = optarg;;) {
		size_t len = strcspn(at, ",");
		int kind = 0;

		while (kind < CRASHIMAGE_NKINDS &&
		       (strlen(crashimage_kind_name(
				(enum crashimage_kind)kind)) != len ||
			strncmp(at, crashimage_kind_name(
				(enum crashimage_kind)kind), len)))
			kind++;
		if (kind == CRASHIMAGE_NKINDS)
			return bad_value("--kinds", "list of kinds of images");
		points->kinds[kind] = true;
		if (!at[len])
			return CMD_OK;
		at += len + 1;
	}
}

static int parse_seeds(struct crashpoints *points)
{
	uint64_t seeds;

	if (parse_u64(optarg, &seeds) || seeds < 1 || seeds > SEEDS_MAX)
		return bad_value("--seeds", "number of images");
	points->seeds = (unsigned int)seeds;
	return CMD_OK;
}

static int parse_points_option(struct crashpoints *points, int c)
{
	switch (c) {
	case 'K':
		return parse_kinds(points);
	case 'S':
		return parse_seeds(points);
	case 'c':
		points->check = optarg;
		return CMD_OK;
	case 'w':
		return add_whole(points);
	case 'd':
		points->keep = optarg;
		return CMD_OK;
	default:
		points->json = true;
		return CMD_OK;
	}
}

/* @size_ret: untouched without --size */
static int parse_option(struct arguments *arguments, int c, uint64_t *size_ret)
{
	struct keeper_plan *plan = &arguments->plan;

	switch (c) {
	case 'o':
		plan->options = optarg;
		return CMD_OK;
	case 's':
		return parse_size(optarg, size_ret) ?
			bad_value("--size", "size") : CMD_OK;
	case 'm':
		return add_mkfs_word(arguments);
	case 'O':
		arguments->points.stage.options = optarg;
		return CMD_OK;
	case 'k':
		return parse_duration(optarg, &plan->kill_after_ns) ?
			bad_value("--kill-after", "duration") : CMD_OK;
	case 'f':
		return tally_parse(optarg, &plan->fail_on) ?
			bad_value("--fail-on", "class of events") : CMD_OK;
	case 'q':
		plan->quiet = true;
		return CMD_OK;
	default:
		return parse_points_option(&arguments->points, c);
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

static int parse_kind(struct arguments *arguments, const char *name,
		      uint64_t size)
{
	struct stagemount *stage = &arguments->points.stage;

	if (stagemount_kind(stage, name))
		return cmd_usage(&cmd_stage, "'%s' is no KIND of filesystem",
				 name);
	if (size)
		stage->image_bytes = size;
	arguments->plan.stage = stage;
	return CMD_OK;
}

static int parse_arguments(struct arguments *arguments, int argc, char **argv,
			   const struct option *options)
{
	int end = find_command(argc, argv);
	uint64_t size = 0;
	int c, status;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(end, argv, options == run_options ? ":o:q" :
				":o:", options, NULL)) >= 0) {
		if (c == ':' || c == '?')
			return cmd_bad_option(&cmd_stage, c, argv[optind - 1]);
		status = parse_option(arguments, c, &size);
		if (status)
			return status;
	}
	if (end - optind != 1)
		return cmd_usage(&cmd_stage, "one KIND is needed");
	if (end + 1 >= argc)
		return cmd_usage(&cmd_stage, "'--' and a CMD are needed");
	arguments->plan.command = argv + end + 1;
	return parse_kind(arguments, argv[optind], size);
}

/* ------------------------------------------------------------------ the work */

/* What others have left, and what is missing here. */
static int prepare(const struct arguments *arguments)
{
	char why[STAGE_WHY_SIZE];

	leftover_remove();
	if (!stage_lack(arguments->points.stage.kind->name, why))
		return CMD_OK;
	log_err("%s", why);
	return CMD_UNSURE;
}

int cmd_stage_run(int argc, char **argv)
{
	struct arguments arguments = {
		.plan = {
			.name = "stage run",
			.kill_after_ns = KILL_AFTER_S * CLOCK_NS_PER_SEC,
		},
	};
	int status = parse_arguments(&arguments, argc, argv, run_options);

	if (!status)
		status = prepare(&arguments);
	return status ? status : keeper_watch(&arguments.plan);
}

/* How the files are at the end of the command, and that this is it. */
static int set_marks(const struct keeper_place *place, const void *context)
{
	const struct crashpoints *points = context;
	int err = stagemark_set_own(place->mount, place->stage, STAGEMARK_END,
				    NULL);

	for (size_t i = 0; !err && i < points->nwhole; i++)
		err = stagemark_set_own(place->mount, place->stage,
					STAGEMARK_WHOLE, points->whole[i]);
	return err ? CMD_UNSURE : CMD_OK;
}

static int examine(const struct keeper_place *place, const void *context)
{
	return crashpoints_examine(context, place->log, place->stage,
				   place->dir);
}

int cmd_stage_crash_points(int argc, char **argv)
{
	struct arguments arguments = {
		.plan = {
			.name = "stage crash-points",
			.kill_after_ns = KILL_AFTER_S * CLOCK_NS_PER_SEC,
			.quiet = true,
			.record = true,
			.before_end = set_marks,
			.examine = examine,
		},
		.points = {
			.kinds = {
				[CRASHIMAGE_ORDERED] = true,
				[CRASHIMAGE_FLUSHED] = true,
				[CRASHIMAGE_SUBSET] = true,
			},
			.seeds = 1,
		},
	};
	int status = parse_arguments(&arguments, argc, argv, points_options);

	arguments.plan.context = &arguments.points;
	if (!status)
		status = prepare(&arguments);
	if (!status)
		status = keeper_watch(&arguments.plan);
	return status;
}
