/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl sweep: scenarios on many kernels, each in a virtual machine, and what
 * they say side by side.
 */
#include "client/cmd-sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/exitscheme.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/parse.h"

enum { WISHES_MAX = 32, JOBS_MAX = 64 };

enum {
	JSON = SWEEPOPTIONS_OWN, KTAP, JUNIT, HTML, SCHEME, AVAILABLE, MERGE,
	BISECT,
};

static const struct sweepoptions_row rows[] = {
	{ { "available", no_argument, NULL, AVAILABLE }, NULL,
	  "list the kernels that can be had by name, and boot none" },
	{ { "merge", no_argument, NULL, MERGE }, NULL,
	  "boot none: tell what is in directories that --out named before" },
	{ { "bisect", required_argument, NULL, BISECT }, "SCENARIO=VERDICT",
	  "for git bisect run: 0 it is so, 1 it is not, 125 not to be told" },
	{ { "jobs", required_argument, NULL, 'j' }, "N",
	  "machines at once; default: as many as there are processors for; "
	  "fewer when memory is short" },
	{ { "json", no_argument, NULL, JSON }, NULL, "one JSON object" },
	{ { "ktap", no_argument, NULL, KTAP }, NULL,
	  "KTAP version 1, a subtest for each kernel" },
	{ { "junit", no_argument, NULL, JUNIT }, NULL,
	  "JUnit XML, a testsuite for each kernel" },
	{ { "html", required_argument, NULL, HTML }, "FILE",
	  "also a page, besides OUT/matrix.html" },
	{ { "exit-scheme", required_argument, NULL, SCHEME }, "NAME",
	  "exit statuses of pinctl, automake, ltp or bisect" },
};

/* The command line. */
struct words {
	struct sweepoptions options;
	const struct exitscheme *scheme;
	enum cmd_sweep_form form;
	const char *html;
	const char *wishes[WISHES_MAX];
	size_t wish_count;
	bool available;
	bool merge;
	bool bisect;		/* also when the rest is not understood */
};

static void print_more(void)
{
	printf("\nKERNEL is a bzImage or vmlinuz, a .deb or .rpm, a directory "
	       "in which a kernel was\nbuilt, or a name that --available "
	       "lists. pinfs-sweep(7) says more.\n");
	sweepoptions_print(rows, ARRAY_SIZE(rows));
	printf("\nExit status: 0 all as known on all kernels, 1 not, or a "
	       "kernel warned or oopsed,\n2 usage, 3 a kernel could not be "
	       "told, 4 all skipped.\n");
}

static int parse_scheme(struct words *words, const char *arg)
{
	words->scheme = exitscheme_find(arg);
	if (words->scheme)
		return CMD_OK;
	words->scheme = exitscheme_find("pinctl");
	return cmd_usage(&cmd_sweep, "--exit-scheme=%s is not one of %s", arg,
			 exitscheme_names());
}

static int parse_jobs(struct words *words, const char *arg)
{
	uint64_t n;

	if (parse_u64(arg, &n) || !n || n > JOBS_MAX)
		return cmd_usage(&cmd_sweep, "-j %s is not a number from 1 to "
				 "%d", arg, JOBS_MAX);
	words->options.sweep.jobs = (unsigned int)n;
	return CMD_OK;
}

static int add_wish(struct words *words, const char *arg)
{
	if (words->wish_count == WISHES_MAX)
		return cmd_usage(&cmd_sweep, "--bisect comes more than %d "
				 "times", WISHES_MAX);
	words->wishes[words->wish_count++] = arg;
	return CMD_OK;
}

static int apply(void *context, int val, const char *arg)
{
	struct words *words = context;

	switch (val) {
	case JSON:
		words->form = CMD_SWEEP_JSON;
		return CMD_OK;
	case KTAP:
		words->form = CMD_SWEEP_KTAP;
		return CMD_OK;
	case JUNIT:
		words->form = CMD_SWEEP_JUNIT;
		return CMD_OK;
	case HTML:
		words->html = arg;
		return CMD_OK;
	case SCHEME:
		return parse_scheme(words, arg);
	case AVAILABLE:
		words->available = true;
		return CMD_OK;
	case MERGE:
		words->merge = true;
		return CMD_OK;
	case BISECT:
		return add_wish(words, arg);
	default:
		return parse_jobs(words, arg);
	}
}

/* ------------------------------------------------------------------- what it does */

static void print_offer(const struct vm_kernel_offer *offer,
			enum cmd_sweep_form form)
{
	json_t *object;

	if (form != CMD_SWEEP_JSON) {
		printf("%-28s %-44s %-22s %-22s %4llu MiB\n", offer->spec,
		       offer->package, offer->version, offer->suite,
		       (unsigned long long)(offer->bytes >> 20));
		return;
	}
	object = json_pack("{s:s, s:s, s:s, s:s, s:I}", "spec", offer->spec,
			   "package", offer->package, "version",
			   offer->version, "suite", offer->suite, "bytes",
			   (json_int_t)offer->bytes);
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

/* A line each; with --json an object each. */
static int list_available(const struct words *words)
{
	struct vm_kernel_offer *offers = NULL;
	ssize_t count = vm_kernel_available(&words->options.sweep.find,
					    &offers);

	if (count < 0)
		return CMD_UNSURE;
	for (ssize_t i = 0; i < count; i++)
		print_offer(&offers[i], words->form);
	vm_kernel_offers_destroy(offers, (size_t)count);
	return CMD_OK;
}

static int merge(struct words *words, int argc, char **argv)
{
	const struct sweepoptions *options = &words->options;

	if (optind == argc)
		return cmd_usage(&cmd_sweep, "--merge needs a directory");
	return cmd_sweep_tell(argv + optind, (size_t)(argc - optind),
			      words->form,
			      options->out_given ? options->sweep.out : NULL,
			      words->html, options->sweep.verbose);
}

static int sweep(struct words *words)
{
	const struct sweep_options *options = &words->options.sweep;
	struct sweep_done done = { 0 };
	int status;

	if (!options->count)
		return cmd_usage(&cmd_sweep, "a KERNEL is missing");
	if (sweep_run(options, &done))
		return CMD_UNSURE;
	status = cmd_sweep_tell(done.dirs, done.count, words->form,
				options->out, words->html, options->verbose);
	if (done.count < options->count)
		status = CMD_UNSURE;
	if (done.signal)
		cmd_sweep_die(done.signal);
	sweep_done_release(&done);
	return status;
}

static int go(struct words *words, int argc, char **argv)
{
	struct sweepoptions *options = &words->options;
	int status;

	if (words->wish_count && (words->available || words->merge))
		return cmd_usage(&cmd_sweep, "--bisect needs a kernel that is "
				 "booted: it cannot come with --merge or "
				 "--available");
	if (words->available)
		return list_available(words);
	if (words->merge)
		return merge(words, argc, argv);
	for (int i = optind; i < argc; i++)
		if (sweepoptions_add(&options->kernels, argv[i]))
			return CMD_UNSURE;
	if (words->wish_count && options->scenarios.count)
		return cmd_usage(&cmd_sweep, "--bisect says which scenarios "
				 "are run; --scenario cannot");
	if (words->wish_count)
		return cmd_sweep_bisect(options, words->wishes,
					words->wish_count);
	status = sweepoptions_complete(options);
	return status ? status : sweep(words);
}

/* "--bisect" anywhere: then no mistake may look like a bad kernel. */
static bool for_bisect(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--bisect", strlen("--bisect")) == 0)
			return true;
	return false;
}

static int run(int argc, char **argv)
{
	struct words words = { .scheme = exitscheme_find("pinctl"),
			       .bisect = for_bisect(argc, argv) };
	int status;

	sweepoptions_init(&words.options);
	status = sweepoptions_parse(&words.options, &cmd_sweep, argc, argv,
				    rows, ARRAY_SIZE(rows), apply, &words);
	if (!status)
		status = go(&words, argc, argv);
	sweepoptions_deinit(&words.options);
	if (words.bisect)
		return status == CMD_OK || status == CMD_FOUND ?
			status : CMD_SWEEP_UNTOLD;
	return exitscheme_map(words.scheme, status);
}

const struct cmd cmd_sweep = {
	.name = "sweep",
	.args = "[OPTIONS] [KERNEL...]",
	.help = "run scenarios on many kernels, each in a virtual machine",
	.run = run,
	.more = print_more,
};
