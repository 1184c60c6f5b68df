/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl run: scenarios on a mount, compared with what is known. The exit
 * status is result_status(), through --exit-scheme.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/exitscheme.h"
#include "client/ground.h"
#include "client/interrupt.h"
#include "client/known.h"
#include "client/output.h"
#include "client/pinleak.h"
#include "client/scenario.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"

enum {
	STEP_S = 10,		/* default of --timeout */
	SPOILED_MAX = 3,	/* then a scenario is not repeated any more */
	REPEAT_MAX = 1000000,
};

struct run {
	/* The command line. */
	unsigned int repeat;
	bool strict;
	bool verbose;
	const char *known_path;
	const struct exitscheme *scheme;
	char **patterns;		/* none: all scenarios */
	size_t npatterns;
	/* The run. */
	struct ground ground;
	struct output output;
	struct known *known;
	const struct scenario **chosen;
	struct result *results;
	size_t count;			/* of both */
	struct result_summary summary;
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
	{ { "strict", no_argument, NULL, 's' }, NULL,
	  "bad verdicts fail, known or not (pinctl list verdicts)" },
	{ { "ktap", no_argument, NULL, 'k' }, NULL, "KTAP version 1" },
	{ { "tap", required_argument, NULL, 't' }, "13", "TAP version 13" },
	{ { "json", no_argument, NULL, 'j' }, NULL, "JSON Lines" },
	{ { "exit-scheme", required_argument, NULL, 'e' }, "NAME",
	  "exit statuses of pinctl, automake, ltp or bisect" },
	{ { "timeout", required_argument, NULL, 'T' }, "DURATION",
	  "longest wait for one step; default 10s, at most two thirds of "
	  "hold_max" },
	{ { "known", required_argument, NULL, 'K' }, "FILE",
	  "known verdicts; default PINFS_KNOWN, then known.tsv as installed" },
	{ { "verbose", no_argument, NULL, 'v' }, NULL,
	  "each step and control request on stderr; more about each" },
	{ { "quiet", no_argument, NULL, 'q' }, NULL,
	  "nothing about what is as known" },
};

static void print_more(void)
{
	printf("\nSCENARIO is WRITER@MOMENT or a pattern (see 'pinctl "
	       "list'); default: all.\n\n");
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

static int parse_repeat(struct run *run, const char *text)
{
	uint64_t n;

	if (parse_u64(text, &n) || !n || n > REPEAT_MAX)
		return cmd_usage(&cmd_run, "--repeat=%s is not a number from "
				 "1 to %d", text, REPEAT_MAX);
	run->repeat = (unsigned int)n;
	return CMD_OK;
}

static int parse_timeout(struct run *run, const char *text)
{
	uint64_t ns;

	if (parse_duration(text, &ns) || !ns)
		return cmd_usage(&cmd_run, "--timeout=%s is not a duration",
				 text);
	run->ground.site_options.step_ns = ns;
	return CMD_OK;
}

static int parse_tap(struct run *run, const char *text)
{
	if (strcmp(text, "13") != 0)
		return cmd_usage(&cmd_run, "--tap=%s: only 13 is known", text);
	run->output.format = &output_ktap_format;
	run->output.tap = 13;
	return CMD_OK;
}

static int parse_scheme(struct run *run, const char *text)
{
	const struct exitscheme *scheme = exitscheme_find(text);

	if (!scheme)
		return cmd_usage(&cmd_run, "--exit-scheme=%s is not one of %s",
				 text, exitscheme_names());
	run->scheme = scheme;
	return CMD_OK;
}

static int parse_option(struct run *run, int c)
{
	switch (c) {
	case 'm':
		if (!*optarg)
			return cmd_usage(&cmd_run, "--mnt= names no directory");
		run->ground.given = optarg;
		return CMD_OK;
	case 'o':
		run->ground.options = optarg;
		return CMD_OK;
	case 'p':
		run->ground.pins_only = true;
		return CMD_OK;
	case 'n':
		return parse_repeat(run, optarg);
	case 's':
		run->strict = true;
		return CMD_OK;
	case 'k':
		run->output.format = &output_ktap_format;
		return CMD_OK;
	case 't':
		return parse_tap(run, optarg);
	case 'j':
		run->output.format = &output_json_format;
		return CMD_OK;
	case 'e':
		return parse_scheme(run, optarg);
	case 'T':
		return parse_timeout(run, optarg);
	case 'K':
		run->known_path = optarg;
		return CMD_OK;
	case 'v':
		run->verbose = run->output.verbose = true;
		return CMD_OK;
	default:
		run->output.quiet = true;
		return CMD_OK;
	}
}

static int parse_options(struct run *run, int argc, char **argv)
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
		status = parse_option(run, c);
		if (status)
			return status;
	}
	if (run->ground.given && run->ground.options)
		return cmd_usage(&cmd_run, "-o is for a temporary mount, not "
				 "for --mnt");
	if (run->ground.given && run->ground.pins_only)
		return cmd_usage(&cmd_run, "--pins-only is for a temporary "
				 "mount, not for --mnt");
	run->patterns = argv + optind;
	run->npatterns = (size_t)(argc - optind);
	return CMD_OK;
}

/* --------------------------------------------------------------- the choice */

static bool wanted(const struct run *run, const struct scenario *scenario)
{
	for (size_t i = 0; i < run->npatterns; i++)
		if (scenario_matches(scenario, run->patterns[i]))
			return true;
	return run->npatterns == 0;
}

/* A pattern that means nothing is a mistake of who wrote it. */
static int check_patterns(const struct run *run)
{
	for (size_t i = 0; i < run->npatterns; i++) {
		bool any = false;

		for (size_t s = 0; s < scenario_count(); s++)
			any |= scenario_matches(scenario_at(s),
						run->patterns[i]);
		if (!any) {
			log_err("there is no scenario '%s'; 'pinctl list' "
				"shows them", run->patterns[i]);
			return CMD_USAGE;
		}
	}
	return CMD_OK;
}

static int choose(struct run *run)
{
	int status = check_patterns(run);

	if (status)
		return status;
	run->chosen = calloc(scenario_count(), sizeof(*run->chosen));
	run->results = calloc(scenario_count(), sizeof(*run->results));
	if (!run->chosen || !run->results)
		return CMD_UNSURE;
	for (size_t i = 0; i < scenario_count(); i++) {
		const struct scenario *scenario = scenario_at(i);

		if (!wanted(run, scenario))
			continue;
		result_init(&run->results[run->count], scenario->name,
			    scenario->help);
		run->chosen[run->count++] = scenario;
	}
	return CMD_OK;
}

/* -------------------------------------------------------------- the running */

static void check_pins(struct result *result, const struct pinleak *leak,
		       uint64_t own)
{
	uint64_t pages = pinleak_end(leak, own);
	char note[RESULT_NOTE_SIZE];

	if (!pages)
		return;
	snprintf(note, sizeof(note), "%llu of %llu pages stay pinned",
		 (unsigned long long)pages, (unsigned long long)own);
	result_add_leak(result, note);
}

/* @spoiled, @pinned: counted up. */
static void run_once(struct run *run, const struct scenario *scenario,
		     struct result *result, unsigned int *spoiled,
		     uint64_t *pinned)
{
	struct ground *ground = &run->ground;
	struct scenario_outcome outcome;
	int err = ground_ready(ground);

	if (err) {
		result_add(result, VERDICT_BIT(err == -EOPNOTSUPP ?
					       VERDICT_SKIP : VERDICT_ERROR),
			   0, ground_reason(ground));
		*spoiled = SPOILED_MAX;
		return;
	}
	scenario_run(scenario, ground->site, &outcome);
	result_add(result, outcome.verdicts, outcome.call_ns, outcome.note);
	*pinned += outcome.pinned;
	if (!outcome.spoiled)
		return;
	ground_spoiled(ground, outcome.verdicts & VERDICT_BIT(VERDICT_HUNG));
	*spoiled += outcome.verdicts & VERDICT_BIT(VERDICT_SKIP) ?
		SPOILED_MAX : 1;
}

/* Has anything been learned that could be compared? */
static bool has_verdict(const struct result *result)
{
	return result->runs > result->counts[VERDICT_SKIP] +
			      result->counts[VERDICT_ERROR];
}

static void find_known(struct run *run, struct result *result)
{
	struct ground *ground = &run->ground;

	if (!has_verdict(result))
		return;
	/* Without a site, what does not depend on it can still be found. */
	if (ground_ready(ground))
		log_debug("%s: %s", result->name, ground_reason(ground));
	if (known_find(run->known, result->name, capability_has,
		       &ground->capabilities, &result->known))
		log_err("%s: what is known about it depends on what could not "
			"be found out", result->name);
	if (ground->capabilities.spoiled) {
		ground->capabilities.spoiled = false;
		ground_spoiled(ground, true);
	}
}

static void run_scenario(struct run *run, size_t index)
{
	struct result *result = &run->results[index];
	unsigned int spoiled = 0;
	uint64_t pinned = 0;
	struct pinleak leak;

	pinleak_begin(&leak);
	for (unsigned int i = 0; i < run->repeat && spoiled < SPOILED_MAX; i++)
		run_once(run, run->chosen[index], result, &spoiled, &pinned);
	check_pins(result, &leak, pinned);
	find_known(run, result);
	result_compare(result, run->strict);
	result_count(&run->summary, result);
	run->output.format->result(&run->output, result);
}

static void run_all(struct run *run)
{
	uint64_t start_ns = clock_now_ns();

	run->output.format->begin(&run->output, run->count);
	for (size_t i = 0; i < run->count; i++)
		run_scenario(run, i);
	run->summary.duration_ns = clock_now_ns() - start_ns;
	run->output.format->end(&run->output, run->results, run->count,
				&run->summary);
}

/* Return: a CMD_ status. */
static int run_on_ground(struct run *run)
{
	int err = ground_ready(&run->ground);
	int status;

	if (err == -EOPNOTSUPP) {
		run->output.format->skip(&run->output,
					 ground_reason(&run->ground));
		return CMD_SKIP;
	}
	if (err)
		return err == -EINVAL ? CMD_USAGE : CMD_UNSURE;
	run_all(run);
	status = result_status(&run->summary);
	if (ground_close(&run->ground) && status == CMD_OK)
		status = CMD_UNSURE;
	return status;
}

/* -------------------------------------------------------------- the command */

static void trace(const char *name, const char *line, UNUSED void *arg)
{
	fprintf(stderr, "# %s: %s\n", name, line);
}

static bool colour_welcome(void)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (!none || !*none) && term &&
	       strcmp(term, "dumb") != 0;
}

static void deinit(struct run *run)
{
	for (size_t i = 0; i < run->count; i++)
		result_deinit(&run->results[i]);
	free(run->results);
	free(run->chosen);
	known_destroy(run->known);
	ground_close(&run->ground);
}

static int cmd_run_main(int argc, char **argv)
{
	struct run run = {
		.repeat = 1,
		.scheme = exitscheme_find("pinctl"),
		.output = { .format = &output_table_format, .out = stdout },
		.ground.site_options.step_ns = STEP_S * CLOCK_NS_PER_SEC,
	};
	int status = parse_options(&run, argc, argv);

	if (!status)
		status = choose(&run);
	if (!status && known_load(run.known_path, capability_exists,
				  &run.known))
		status = CMD_UNSURE;
	if (!status) {
		run.output.colour = colour_welcome();
		if (run.verbose)
			run.ground.site_options.trace = trace;
		interrupt_setup();
		status = run_on_ground(&run);
	}
	deinit(&run);
	return exitscheme_map(run.scheme, status);
}

const struct cmd cmd_run = {
	.name = "run",
	.args = "[OPTIONS] [SCENARIO...]",
	.help = "run scenarios and compare their verdicts with what is known",
	.run = cmd_run_main,
	.more = print_more,
};
