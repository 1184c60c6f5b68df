/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl run: scenarios on a mount, compared with what is known. The exit
 * status is result_status(), through --exit-scheme.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/danger.h"
#include "client/exitscheme.h"
#include "client/ground.h"
#include "client/interrupt.h"
#include "client/known.h"
#include "client/output.h"
#include "client/run.h"
#include "client/selection.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"
#include "common/random.h"

enum {
	STEP_S = 10,		/* default of --timeout */
	REPEAT_MAX = 1000000,
};

/* The command line. */
struct words {
	struct run_options run;
	struct shape shape;	/* of --shape, when it has no name */
	bool endless;		/* no --repeat */
	bool seed_given;
	bool verbose;
	const char *known_path;
	const struct exitscheme *scheme;
	struct ground ground;
	struct output output;
};

/* --------------------------------------------------------- the command line */

static const struct {
	struct option option;
	const char *value;
	const char *help;
} options[] = {
	{ { "mnt", required_argument, NULL, 'm' }, "DIR",
	  "run on this pinfs mount; default: a temporary one" },
	{ { "option", required_argument, NULL, 'o' }, "OPTS",
	  "-o of the temporary mount" },
	{ { "pins-only", no_argument, NULL, 'p' }, NULL,
	  "make it one on which write(2) waits; as root" },
	{ { "repeat", required_argument, NULL, 'n' }, "N",
	  "run each scenario N times, each time in new files" },
	{ { "until-failure", no_argument, NULL, 'u' }, NULL,
	  "stop at the first run that is not as known; without --repeat go "
	  "on until then" },
	{ { "shuffle", no_argument, NULL, 'S' }, NULL,
	  "all runs in an order by chance" },
	{ { "seed", required_argument, NULL, 'd' }, "S",
	  "the order that S gives; default: another each time, which is "
	  "printed" },
	{ { "shape", required_argument, NULL, 'h' }, "SHAPE",
	  "other bytes of other pages: a name of 'pinctl list shapes', or "
	  "pages=, skip=, len=, segments=, place= with commas" },
	{ { "on", required_argument, NULL, 'i' }, "DIR",
	  "what pins do to another filesystem: all of the target 'dir', whose "
	  "file is made there" },
	{ { "matrix", no_argument, NULL, 'M' }, NULL,
	  "each scenario in every shape that it can have" },
	{ { "mutate", required_argument, NULL, 'U' }, "HOW",
	  "put verdicts to the test: elsewhere or plant" },
	{ { "dangerous", no_argument, NULL, 'D' }, NULL,
	  "also scenarios that make the kernel warn ('pinctl list "
	  "@dangerous')" },
	{ { "causes", no_argument, NULL, 'C' }, NULL,
	  "and how good the causes are that events say: a table of what was "
	  "true and what was said (with --json: a line)" },
	{ { "strict", no_argument, NULL, 's' }, NULL,
	  "bad verdicts fail, known or not (pinctl list verdicts)" },
	{ { "ktap", no_argument, NULL, 'k' }, NULL, "KTAP version 1" },
	{ { "tap", required_argument, NULL, 't' }, "13", "TAP version 13" },
	{ { "json", no_argument, NULL, 'j' }, NULL, "JSON Lines" },
	{ { "junit", no_argument, NULL, 'x' }, NULL, "JUnit XML" },
	{ { "exit-scheme", required_argument, NULL, 'e' }, "NAME",
	  "exit statuses of pinctl, automake, ltp or bisect" },
	{ { "timeout", required_argument, NULL, 'T' }, "DURATION",
	  "longest wait for one step; default 10s, at most two thirds of "
	  "hold_max" },
	{ { "keep", no_argument, NULL, 'E' }, NULL,
	  "leave SOURCE, the event log and the files of each run, and say "
	  "where" },
	{ { "known", required_argument, NULL, 'K' }, "FILE",
	  "known verdicts; default PINFS_KNOWN, then known.tsv as installed" },
	{ { "verbose", no_argument, NULL, 'v' }, NULL,
	  "each step and control request on stderr; more about each, and "
	  "how long its phases took" },
	{ { "quiet", no_argument, NULL, 'q' }, NULL,
	  "nothing about what is as known" },
};

static void print_more(void)
{
	printf("\nSCENARIO is WRITER@MOMENT, a pattern (see 'pinctl list') or "
	       "a set ('pinctl\nlist sets'); default: @default.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *option = &options[i].option;
		char text[48];

		snprintf(text, sizeof(text), "--%s%s%s", option->name,
			 options[i].value ? "=" : "",
			 options[i].value ? options[i].value : "");
		printf("  %s %-22s %s\n",
		       option->val == 'o' ? "-o," :
		       option->val == 'v' ? "-v," :
		       option->val == 'q' ? "-q," : "   ",
		       text, options[i].help);
	}
	printf("\nExit status: 0 all as known, 1 not (with --strict also: a "
	       "bad verdict), 2 usage,\n3 could not tell, 4 all skipped.\n");
}

static int parse_repeat(struct words *words, const char *text)
{
	uint64_t n;

	if (parse_u64(text, &n) || !n || n > REPEAT_MAX)
		return cmd_usage(&cmd_run, "--repeat=%s is not a number from "
				 "1 to %d", text, REPEAT_MAX);
	words->endless = false;
	words->run.repeat = n;
	return CMD_OK;
}

static int parse_seed(struct words *words, const char *text)
{
	if (parse_u64(text, &words->run.seed))
		return cmd_usage(&cmd_run, "--seed=%s is not a number", text);
	words->seed_given = true;
	return CMD_OK;
}

static int parse_timeout(struct words *words, const char *text)
{
	uint64_t ns;

	if (parse_duration(text, &ns) || !ns)
		return cmd_usage(&cmd_run, "--timeout=%s is not a duration",
				 text);
	words->ground.site_options.step_ns = ns;
	return CMD_OK;
}

static int parse_tap(struct words *words, const char *text)
{
	if (strcmp(text, "13") != 0)
		return cmd_usage(&cmd_run, "--tap=%s: only 13 is known", text);
	words->output.format = &output_ktap_format;
	words->output.tap = 13;
	return CMD_OK;
}

static int parse_scheme(struct words *words, const char *text)
{
	const struct exitscheme *scheme = exitscheme_find(text);

	if (!scheme)
		return cmd_usage(&cmd_run, "--exit-scheme=%s is not one of %s",
				 text, exitscheme_names());
	words->scheme = scheme;
	return CMD_OK;
}

static int parse_mutate(struct words *words, const char *text)
{
	static const char *const names[] = {
		[SITE_ELSEWHERE] = "elsewhere",
		[SITE_PLANT] = "plant",
	};

	for (size_t i = SITE_ELSEWHERE; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], text) == 0) {
			words->ground.site_options.mutation =
				(enum site_mutation)i;
			return CMD_OK;
		}
	}
	return cmd_usage(&cmd_run, "--mutate=%s is not elsewhere or plant",
			 text);
}

static int parse_shape(struct words *words, const char *text)
{
	static char name[SCENARIO_NAME_SIZE];
	const char *why;

	words->run.choice.shape = shape_find(text);
	if (words->run.choice.shape && *text)
		return CMD_OK;
	snprintf(name, sizeof(name), "%s", text);
	words->shape = *shape_at(0);
	words->shape.name = name;
	why = shape_parse(text, &words->shape);
	if (why)
		return cmd_usage(&cmd_run, "--shape=%s: %s", text, why);
	words->run.choice.shape = &words->shape;
	return CMD_OK;
}

/* Absolute: the clients are in another directory. */
static int parse_on(struct words *words, const char *text)
{
	static char path[PATH_MAX];

	if (!realpath(text, path))
		return cmd_usage(&cmd_run, "--on=%s: %s", text,
				 strerror(errno));
	words->ground.site_options.dir = path;
	return CMD_OK;
}

static int parse_option(struct words *words, int c)
{
	switch (c) {
	case 'm':
		if (!*optarg)
			return cmd_usage(&cmd_run, "--mnt= names no directory");
		words->ground.given = optarg;
		return CMD_OK;
	case 'o':
		words->ground.options = optarg;
		return CMD_OK;
	case 'p':
		words->ground.pins_only = true;
		return CMD_OK;
	case 'n':
		return parse_repeat(words, optarg);
	case 'u':
		words->run.until_failure = true;
		return CMD_OK;
	case 'S':
		words->run.shuffle = true;
		return CMD_OK;
	case 'd':
		return parse_seed(words, optarg);
	case 'h':
		return parse_shape(words, optarg);
	case 'i':
		return parse_on(words, optarg);
	case 'M':
		words->run.choice.matrix = true;
		return CMD_OK;
	case 'U':
		return parse_mutate(words, optarg);
	case 'D':
		words->run.choice.dangerous = true;
		words->ground.site_options.dangerous = true;
		return CMD_OK;
	case 'C':
		words->run.causes = true;
		words->ground.suspects = true;
		return CMD_OK;
	case 's':
		words->run.strict = true;
		return CMD_OK;
	case 'k':
		words->output.format = &output_ktap_format;
		return CMD_OK;
	case 't':
		return parse_tap(words, optarg);
	case 'j':
		words->output.format = &output_json_format;
		return CMD_OK;
	case 'x':
		words->output.format = &output_junit_format;
		return CMD_OK;
	case 'e':
		return parse_scheme(words, optarg);
	case 'T':
		return parse_timeout(words, optarg);
	case 'E':
		words->ground.site_options.keep = true;
		words->ground.suspects = true;
		return CMD_OK;
	case 'K':
		words->known_path = optarg;
		return CMD_OK;
	case 'v':
		words->verbose = words->output.verbose = true;
		return CMD_OK;
	default:
		words->output.quiet = true;
		return CMD_OK;
	}
}

static int check_causes(const struct words *words)
{
	if (words->run.causes && !words->output.format->causes)
		return cmd_usage(&cmd_run, "--causes is for the table and for "
				 "--json");
	return CMD_OK;
}

static int check_shuffle(const struct words *words)
{
	if (words->seed_given && !words->run.shuffle)
		return cmd_usage(&cmd_run, "--seed is for --shuffle");
	return CMD_OK;
}

/* Who names a directory and no scenario wants to know all about it. */
static void choose_dir(struct choice_rule *rule)
{
	static char pattern[] = "*:dir";
	static char *words[] = { pattern };

	rule->words = words;
	rule->word_count = ARRAY_SIZE(words);
}

static int parse_options(struct words *words, int argc, char **argv)
{
	struct option longs[ARRAY_SIZE(options) + 1] = { 0 };
	int c, status;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		longs[i] = options[i].option;
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":o:vq", longs, NULL)) >= 0) {
		if (c == ':')
			return cmd_usage(&cmd_run, "'%s' needs a value",
					 argv[optind - 1]);
		if (c == '?')
			return cmd_usage(&cmd_run, "'%s' is not understood",
					 argv[optind - 1]);
		status = parse_option(words, c);
		if (status)
			return status;
	}
	if (words->ground.given && words->ground.options)
		return cmd_usage(&cmd_run, "-o is for a temporary mount, not "
				 "for --mnt");
	if (words->ground.given && words->ground.pins_only)
		return cmd_usage(&cmd_run, "--pins-only is for a temporary "
				 "mount, not for --mnt");
	words->run.choice.words = argv + optind;
	words->run.choice.word_count = (size_t)(argc - optind);
	if (words->ground.site_options.dir && optind == argc)
		choose_dir(&words->run.choice);
	status = check_causes(words);
	return status ? status : check_shuffle(words);
}

/* -------------------------------------------------------------- the command */

static void trace(const char *name, const char *line, UNUSED void *arg)
{
	fprintf(stderr, "# %s: %s\n", name, line);
}

/* Short, for it will be typed; nobody has to be unable to guess it. */
static uint64_t chosen_seed(void)
{
	uint64_t state = clock_now_ns() ^ (uint64_t)getpid() << 32;

	return random_next(&state) >> 32;
}

static bool colour_welcome(void)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (!none || !*none) && term &&
	       strcmp(term, "dumb") != 0;
}

static int check_words(const struct words *words)
{
	const struct choice_rule *rule = &words->run.choice;
	int status = selection_check(rule->words, rule->word_count);
	const char *word;

	if (status)
		return status;
	if (rule->dangerous)
		return selection_any_dangerous(rule->words, rule->word_count) &&
		       danger_tell() ? CMD_USAGE : CMD_OK;
	word = selection_only_dangerous(rule->words, rule->word_count);
	if (!word)
		return CMD_OK;
	log_err("'%s' makes the kernel print a WARNING, on which some machines "
		"panic: it is run with --dangerous only", word);
	return CMD_USAGE;
}

/* What only the whole command line tells. */
static void complete(struct words *words)
{
	if (words->endless)
		words->run.repeat = words->run.until_failure ? 0 : 1;
	words->run.progress = !words->output.quiet && !words->verbose;
	words->output.colour = colour_welcome();
	if (words->verbose)
		words->ground.site_options.trace = trace;
	if (words->run.shuffle && !words->seed_given) {
		words->run.seed = chosen_seed();
		log_info("--seed=%llu", (unsigned long long)words->run.seed);
	}
}

static int cmd_run_main(int argc, char **argv)
{
	struct words words = {
		.endless = true,
		.scheme = exitscheme_find("pinctl"),
		.output = { .format = &output_table_format, .out = stdout },
		.ground.site_options.step_ns = STEP_S * CLOCK_NS_PER_SEC,
	};
	struct known *known = NULL;
	int status = parse_options(&words, argc, argv);

	if (!status)
		status = check_words(&words);
	if (!status && known_load(words.known_path, capability_exists, &known))
		status = CMD_UNSURE;
	if (!status) {
		complete(&words);
		interrupt_setup();
		status = run_all(&words.run, &words.ground, &words.output,
				 known);
	}
	known_destroy(known);
	ground_close(&words.ground);
	if (cmd_output_lost())
		status = CMD_UNSURE;
	return exitscheme_map(words.scheme, status);
}

const struct cmd cmd_run = {
	.name = "run",
	.args = "[OPTIONS] [SCENARIO...]",
	.help = "run scenarios and compare their verdicts with what is known",
	.run = cmd_run_main,
	.more = print_more,
};
