/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl replay: a schedule, read from a file and run on a mount. Everything
 * that the text itself can have wrong is found before the mount is touched.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"
#include "client/interrupt.h"
#include "client/replay.h"
#include "client/schedule.h"
#include "client/tempmount.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"

enum {
	TIMEOUT_S = 60,			/* default of --timeout */
	REPEAT_MAX = 1000000,
	TEXT_MAX = 64 << 20,		/* bytes; more than all lines can have */
};

struct options {
	struct replay_config config;
	const char *mount_options;	/* -o of a temporary mount, or NULL */
};

/* --------------------------------------------------------- the command line */

static const struct {
	struct option option;
	const char *value;
	const char *help;
} options_table[] = {
	{ { "repeat", required_argument, NULL, 'n' }, "N",
	  "run the schedule N times, each time with new clients" },
	{ { "timeout", required_argument, NULL, 'T' }, "DURATION",
	  "longest time for one round; default 60s" },
	{ { "option", required_argument, NULL, 'o' }, "OPTS",
	  "-o of the temporary mount" },
	{ { "verbose", no_argument, NULL, 'v' }, NULL,
	  "each line with its time and answer" },
};

static int parse_repeat(struct options *options, const char *text)
{
	uint64_t n;

	if (parse_u64(text, &n) || !n || n > REPEAT_MAX)
		return cmd_usage(&cmd_replay, "--repeat=%s is not a number "
				 "from 1 to %d", text, REPEAT_MAX);
	options->config.repeat = (unsigned int)n;
	return CMD_OK;
}

static int parse_timeout(struct options *options, const char *text)
{
	if (parse_duration(text, &options->config.timeout_ns) ||
	    !options->config.timeout_ns)
		return cmd_usage(&cmd_replay, "--timeout=%s is not a duration",
				 text);
	return CMD_OK;
}

static int take_option(struct options *options, int c, const char *word)
{
	switch (c) {
	case 'n':
		return parse_repeat(options, optarg);
	case 'T':
		return parse_timeout(options, optarg);
	case 'o':
		options->mount_options = optarg;
		return CMD_OK;
	case 'v':
		options->config.verbose = true;
		return CMD_OK;
	default:
		return cmd_bad_option(&cmd_replay, c, word);
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	struct option longs[ARRAY_SIZE(options_table) + 1] = { 0 };
	int status = CMD_OK;
	int c;

	for (size_t i = 0; i < ARRAY_SIZE(options_table); i++)
		longs[i] = options_table[i].option;
	optind = 0;
	opterr = 0;
	while (!status &&
	       (c = getopt_long(argc, argv, ":o:v", longs, NULL)) >= 0)
		status = take_option(options, c, argv[optind - 1]);
	if (status)
		return status;
	if (argc - optind < 1 || argc - optind > 2)
		return cmd_usage(&cmd_replay, "one FILE is needed");
	if (argc - optind == 2)
		options->config.mountpoint = argv[optind];
	options->config.file = argv[argc - 1];
	if (options->config.mountpoint && options->mount_options)
		return cmd_usage(&cmd_replay, "-o is for a temporary mount, "
				 "and MNT is given");
	return CMD_OK;
}

/* ----------------------------------------------------------------- the text */

/* All of a stream. Return: 0, -EFBIG or -errno. */
static int read_all(FILE *in, char **text_ret, size_t *len_ret)
{
	autofree char *text = NULL;
	size_t len = 0, size = 0;

	do {
		char *more;

		if (len == size) {
			size = size ? 2 * size : 4096;
			if (size > TEXT_MAX)
				return -EFBIG;
			more = realloc(text, size);
			if (!more)
				return -ENOMEM;
			text = more;
		}
		len += fread(text + len, 1, size - len, in);
	} while (!feof(in) && !ferror(in));
	if (ferror(in))
		return errno ? -errno : -EIO;
	*text_ret = steal_ptr(text);
	*len_ret = len;
	return 0;
}

static int read_file(const char *file, char **text_ret, size_t *len_ret)
{
	bool standard = strcmp(file, "-") == 0;
	FILE *in = standard ? stdin : fopen(file, "re");
	int err = in ? read_all(in, text_ret, len_ret) : -errno;

	if (in && !standard)
		fclose(in);
	if (err)
		log_err("cannot read '%s': %s", file, strerror(-err));
	return err;
}

/* Return: a CMD_ status. */
static int load(const char *file, struct schedule **schedule_ret)
{
	struct schedule_error error;
	autofree char *text = NULL;
	size_t len = 0;
	int err = read_file(file, &text, &len);

	if (err)
		return CMD_USAGE;
	err = schedule_parse(text, len, schedule_ret, &error);
	if (err == -EINVAL) {
		log_err("%s:%u: %s", file, error.line, error.message);
		return CMD_USAGE;
	}
	if (err)
		log_err("cannot read '%s': %s", file, strerror(-err));
	return err ? CMD_UNSURE : CMD_OK;
}

/* --------------------------------------------------------------- the rounds */

static enum replay_outcome run_rounds(const struct schedule *schedule,
				      const struct replay_config *config)
{
	enum replay_outcome outcome = REPLAY_AS_EXPECTED;
	uint64_t start_ns = clock_now_ns();
	unsigned int round = 0;

	while (outcome == REPLAY_AS_EXPECTED && round < config->repeat)
		outcome = replay_round(schedule, config, ++round);
	printf("%s: %zu lines, %zu clients, ", config->file, schedule->nlines,
	       schedule->nclients);
	if (outcome == REPLAY_AS_EXPECTED)
		printf("%u of %u rounds as expected", round, config->repeat);
	else
		printf("round %u of %u %s", round, config->repeat,
		       outcome == REPLAY_DEVIATES ? "not as expected" :
		       outcome == REPLAY_UNSURE ? "could not be run" :
						  "left a client stuck");
	printf(" (%.2f s)\n", (double)(clock_now_ns() - start_ns) /
	       (double)CLOCK_NS_PER_SEC);
	fflush(stdout);
	return outcome;
}

static int status_of(enum replay_outcome outcome)
{
	switch (outcome) {
	case REPLAY_AS_EXPECTED:
		return CMD_OK;
	case REPLAY_DEVIATES:
		return CMD_FOUND;
	case REPLAY_UNSURE:
	case REPLAY_STUCK:
		break;
	}
	return CMD_UNSURE;
}

static int run_on_temporary(const struct schedule *schedule,
			    struct options *options)
{
	enum replay_outcome outcome;
	struct tempmount *mount;
	int err = tempmount_create(options->mount_options, &mount);

	if (err == -EOPNOTSUPP)
		return CMD_SKIP;
	if (err)
		return err == -EINVAL ? CMD_USAGE : CMD_UNSURE;
	options->config.mountpoint = tempmount_point(mount);
	outcome = run_rounds(schedule, &options->config);
	if (outcome == REPLAY_STUCK)
		tempmount_kill(mount);
	else
		err = tempmount_destroy(mount);
	if (err)
		log_err("the temporary mount did not end as it should: %s",
			strerror(-err));
	return err && outcome == REPLAY_AS_EXPECTED ? CMD_UNSURE :
						      status_of(outcome);
}

/* -------------------------------------------------------------- the command */

static int run(int argc, char **argv)
{
	struct options options = {
		.config.repeat = 1,
		.config.timeout_ns = TIMEOUT_S * CLOCK_NS_PER_SEC,
	};
	struct schedule *schedule = NULL;
	int status = parse_options(argc, argv, &options);

	if (!status)
		status = load(options.config.file, &schedule);
	if (status)
		return status;
	interrupt_setup();
	status = options.config.mountpoint ?
		status_of(run_rounds(schedule, &options.config)) :
		run_on_temporary(schedule, &options);
	schedule_destroy(schedule);
	return status;
}

static void more(void)
{
	const struct schedule_keyword *keyword;

	printf("\nWithout MNT on a temporary mount. The language of schedules "
	       "is in pinctl(1).\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(options_table); i++) {
		const struct option *option = &options_table[i].option;
		char text[48];

		snprintf(text, sizeof(text), "--%s%s%s", option->name,
			 options_table[i].value ? "=" : "",
			 options_table[i].value ? options_table[i].value : "");
		printf("  %s %-20s %s\n",
		       option->val == 'o' ? "-o," :
		       option->val == 'v' ? "-v," : "   ",
		       text, options_table[i].help);
	}
	printf("\nExit status: 0 all as expected, 1 not, 2 usage or a line "
	       "that is not understood\n(nothing was done), 3 could not tell, "
	       "4 nothing can be mounted here.\n\n"
	       "A line is 'NAME: STEP [&] [as LABEL]' (pinctl list steps) or a "
	       "control verb\n(pinctl list verbs), each with '=> OUTCOME' if "
	       "need be, or one of these.\nWords:\n");
	for (size_t i = 0; (keyword = schedule_keyword_at(i)); i++)
		printf("  %s %s\n      %s\n", keyword->name, keyword->args,
		       keyword->help);
}

const struct cmd cmd_replay = {
	.name = "replay",
	.args = "[OPTIONS] [MNT] FILE",
	.help = "run a schedule: steps of several clients, gates, what must come",
	.run = run,
	.more = more,
};
