/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl bisect-packages: between two versions of a distribution's kernel, the
 * first on which a scenario says something else. Each that is asked is a sweep of
 * one kernel with that scenario only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/bisect.h"
#include "client/cmd-sweep.h"
#include "client/offerrange.h"
#include "client/sweepoptions.h"
#include "client/sweepwish.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"

enum { JSON = SWEEPOPTIONS_OWN, REUSE };

static const struct sweepoptions_row rows[] = {
	{ { "json", no_argument, NULL, JSON }, NULL,
	  "JSON Lines: an object a boot, and one with \"summary\"" },
	{ { "reuse", no_argument, NULL, REUSE }, NULL,
	  "take what is in OUT of an earlier search instead of a boot" },
};

/* The command, while it goes on. */
struct search {
	struct sweepoptions options;
	const char *scenario;
	struct vm_kernel_offer *offers;	/* all that there are */
	size_t offer_count;
	struct vm_kernel_offer *given;	/* instead, by --kernel */
	const struct vm_kernel_offer *range;
	size_t count;
	struct sweepresult_list *earlier;	/* NULL: nothing to reuse */
	size_t boots;
	int signal;
	bool json;
	bool reuse;
};

static void print_more(void)
{
	printf("\nA and B are versions, the beginning of one (6.12), or names "
	       "as 'pinctl sweep'\nlists them; with --kernel, which then names "
	       "the packages to search, oldest\nfirst, two of those.\n");
	sweepoptions_print(rows, ARRAY_SIZE(rows));
	printf("\nExit status: 0 found, 1 no difference, 2 usage, 3 it could "
	       "not be told.\n");
}

static int apply(void *context, int val, UNUSED const char *arg)
{
	struct search *search = context;

	if (val == JSON)
		search->json = true;
	else if (val == REUSE)
		search->reuse = true;
	else	/* -j, which is of sweep alone */
		return cmd_usage(&cmd_bisect_packages,
				 "one kernel runs after the other");
	return CMD_OK;
}

/* ------------------------------------------------------------------ one look */

static void print_object(json_t *object)
{
	if (object) {
		json_dumpf(object, stdout, JSON_COMPACT);
		putchar('\n');
	}
	json_decref(object);
}

static void tell_look(const struct search *search,
		      const struct vm_kernel_offer *offer, int verdict,
		      const char *why, bool booted)
{
	const char *name = verdict < 0 ? NULL :
					 verdict_name((enum verdict)verdict);

	if (search->json)
		print_object(json_pack(
			"{s:s, s:s, s:s, s:s, s:s?, s:o, s:b}",
			"spec", offer->spec, "package", offer->package,
			"version", offer->version, "scenario",
			search->scenario, "verdict", name,
			"why", json_text(why), "booted", booted));
	else
		printf("%s%s%s: %s%s\n", offer->package,
		       *offer->version ? " " : "", offer->version, why,
		       booted ? "" : " (from before)");
	fflush(stdout);
}

/* What an earlier sweep has learned of it. */
static const struct sweepresult *find_earlier(const struct search *search,
					      const struct vm_kernel_offer *offer)
{
	const struct sweepresult_list *list = search->earlier;

	for (size_t i = 0; list && i < list->count; i++) {
		const struct sweepresult *result = &list->results[i];
		char why[SWEEPWISH_TEXT_SIZE];

		if (result->spec && strcmp(result->spec, offer->spec) == 0 &&
		    (!*offer->version || (result->version &&
		     strcmp(result->version, offer->version) == 0)) &&
		    sweepwish_verdict(result, search->scenario, why) >= 0)
			return result;
	}
	return NULL;
}

/* Return: a verdict, BISECT_UNKNOWN or BISECT_STOP. */
static int boot(struct search *search, const struct vm_kernel_offer *offer)
{
	struct sweep_options options = search->options.sweep;
	char *const specs[] = { offer->spec };
	char why[SWEEPWISH_TEXT_SIZE] = "no result is there";
	struct sweepresult_list *list = NULL;
	struct sweep_done done = { 0 };
	int verdict = BISECT_UNKNOWN;

	options.specs = specs;
	options.count = ARRAY_SIZE(specs);
	if (sweep_run(&options, &done))
		return BISECT_STOP;
	search->signal = done.signal;
	search->boots++;
	if (done.count == 1 && !sweepresult_load(done.dirs, 1, &list) &&
	    list->count == 1)
		verdict = sweepwish_verdict(&list->results[0],
					    search->scenario, why);
	sweepresult_destroy(list);
	sweep_done_release(&done);
	if (search->signal)
		return BISECT_STOP;
	tell_look(search, offer, verdict, why, true);
	return verdict < 0 ? BISECT_UNKNOWN : verdict;
}

static int look(void *context, size_t index)
{
	struct search *search = context;
	const struct vm_kernel_offer *offer = &search->range[index];
	const struct sweepresult *earlier = find_earlier(search, offer);
	char why[SWEEPWISH_TEXT_SIZE];
	int verdict;

	if (!earlier)
		return boot(search, offer);
	verdict = sweepwish_verdict(earlier, search->scenario, why);
	tell_look(search, offer, verdict, why, false);
	return verdict;
}

/* ------------------------------------------------------------------- its end */

static json_t *offer_json(const struct search *search, size_t index,
			  int verdict)
{
	const struct vm_kernel_offer *offer;

	if (index >= search->count)
		return json_null();
	offer = &search->range[index];
	return json_pack("{s:s, s:s, s:s, s:s?}", "spec", offer->spec,
			 "package", offer->package, "version", offer->version,
			 "verdict", verdict < 0 ? NULL :
			 verdict_name((enum verdict)verdict));
}

static const struct {
	const char *name;
	int status;
} ends[] = {
	[BISECT_FOUND] = { "found", CMD_OK },
	[BISECT_NONE] = { "no difference", CMD_FOUND },
	[BISECT_LEFT] = { "could not tell", CMD_UNSURE },
	[BISECT_STOPPED] = { "stopped", CMD_UNSURE },
};

static void tell_json(const struct search *search,
		      const struct bisect_result *result)
{
	size_t before = result->reference < 0 ? search->count :
						result->before;

	print_object(json_pack(
		"{s:{s:s, s:s, s:o, s:o, s:I, s:I}}", "summary",
		"scenario", search->scenario, "end", ends[result->end].name,
		"before", offer_json(search, before, result->reference),
		"first", offer_json(search, result->first, result->answer),
		"packages", (json_int_t)search->count,
		"boots", (json_int_t)search->boots));
}

/* "linux-image-6.16.12 6.16.12-1" */
static void print_package(const struct search *search, size_t index)
{
	const struct vm_kernel_offer *offer = &search->range[index];

	printf("%s%s%s", offer->package, *offer->version ? " " : "",
	       offer->version);
}

/* Between which two it must be, if it is at all. */
static void tell_left(const struct search *search,
		      const struct bisect_result *result)
{
	if (result->reference < 0) {
		printf("could not tell: nothing is known of ");
		print_package(search, 0);
		return;
	}
	printf("could not tell: it is %s up to ",
	       verdict_name((enum verdict)result->reference));
	print_package(search, result->before);
	if (result->first == search->count) {
		printf(", and nothing is known of those behind it");
		return;
	}
	printf(", and %s from ", verdict_name((enum verdict)result->answer));
	print_package(search, result->first);
	printf(" on");
}

static void tell_text(const struct search *search,
		      const struct bisect_result *result)
{
	if (result->end == BISECT_FOUND) {
		printf("first that differs: ");
		print_package(search, result->first);
		printf(" (%s; before it ",
		       verdict_name((enum verdict)result->answer));
		print_package(search, result->before);
		printf(": %s)",
		       verdict_name((enum verdict)result->reference));
	} else if (result->end == BISECT_NONE) {
		printf("no difference: ");
		print_package(search, 0);
		printf(" and ");
		print_package(search, search->count - 1);
		printf(" say %s",
		       verdict_name((enum verdict)result->reference));
	} else {
		tell_left(search, result);
	}
	printf("; %zu packages, %zu boots\n", search->count, search->boots);
}

/* ------------------------------------------------------------- the packages */

static const char *file_of(const char *spec)
{
	const char *slash = strrchr(spec, '/');

	return slash && slash[1] ? slash + 1 : spec;
}

/* Those of --kernel, as they were named: nobody knows more of them. */
static int list_given(struct search *search)
{
	static char unknown[] = "";
	const struct sweepoptions_list *kernels = &search->options.kernels;

	search->given = calloc(kernels->count, sizeof(*search->given));
	if (!search->given)
		return CMD_UNSURE;
	for (size_t i = 0; i < kernels->count; i++)
		search->given[i] = (struct vm_kernel_offer){
			.spec = kernels->words[i],
			.package = (char *)file_of(kernels->words[i]),
			.version = unknown,
			.suite = unknown,
		};
	return CMD_OK;
}

static int list_packages(struct search *search, const char *from,
			 const char *to)
{
	const struct vm_kernel_offer *all;
	size_t first, count = search->options.kernels.count;
	const char *why;
	ssize_t n;

	if (count) {
		if (list_given(search))
			return CMD_UNSURE;
		all = search->given;
	} else {
		n = vm_kernel_available(&search->options.sweep.find,
					&search->offers);
		if (n < 0)
			return CMD_UNSURE;
		all = search->offers;
		search->offer_count = count = (size_t)n;
	}
	why = offerrange_find(all, count, from, to, &first, &search->count);
	if (why) {
		log_err("%s to %s: %s", from, to, why);
		return CMD_USAGE;
	}
	search->range = all + first;
	return CMD_OK;
}

/* A directory that is not there yet has nothing in it. */
static int load_earlier(struct search *search)
{
	char *paths[] = { (char *)search->options.sweep.out };

	if (!search->reuse || access(paths[0], F_OK))
		return CMD_OK;
	return sweepresult_load(paths, 1, &search->earlier) ? CMD_UNSURE :
							      CMD_OK;
}

static int search_all(struct search *search)
{
	struct bisect_result result;

	if (bisect_search(search->count, look, search, &result)) {
		log_err("%s", strerror(ENOMEM));
		return CMD_UNSURE;
	}
	if (search->json)
		tell_json(search, &result);
	else
		tell_text(search, &result);
	return ends[result.end].status;
}

static int prepare(struct search *search, char **words)
{
	const char *why = sweepwish_check_scenario(words[0]);
	int status;

	if (why)
		return cmd_usage(&cmd_bisect_packages, "'%s': %s", words[0],
				 why);
	if (search->options.scenarios.count)
		return cmd_usage(&cmd_bisect_packages, "the scenario is the "
				 "first argument; --scenario cannot be");
	search->scenario = words[0];
	if (sweepoptions_add(&search->options.scenarios, words[0]))
		return CMD_UNSURE;
	status = sweepoptions_complete(&search->options);
	if (!status)
		status = list_packages(search, words[1], words[2]);
	return status ? status : load_earlier(search);
}

static int run(int argc, char **argv)
{
	struct search search = { 0 };
	int status;

	sweepoptions_init(&search.options);
	status = sweepoptions_parse(&search.options, &cmd_bisect_packages,
				    argc, argv, rows, ARRAY_SIZE(rows), apply,
				    &search);
	if (!status && argc - optind != 3)
		status = cmd_usage(&cmd_bisect_packages,
				   "SCENARIO, A and B are needed");
	if (!status)
		status = prepare(&search, argv + optind);
	if (!status)
		status = search_all(&search);
	sweepresult_destroy(search.earlier);
	vm_kernel_offers_destroy(search.offers, search.offer_count);
	free(search.given);
	sweepoptions_deinit(&search.options);
	if (search.signal)
		cmd_sweep_die(search.signal);
	return status;
}

const struct cmd cmd_bisect_packages = {
	.name = "bisect-packages",
	.args = "[OPTIONS] SCENARIO A B",
	.help = "the first kernel package on which a scenario says something "
		"else",
	.run = run,
	.more = print_more,
};
