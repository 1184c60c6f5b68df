/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pinctl report: what a mount, a log or a bundle has found, in several forms. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/bundle.h"
#include "client/cmd.h"
#include "client/findings.h"
#include "client/findingsplace.h"
#include "client/report.h"
#include "common/log.h"
#include "common/parse.h"

enum {
	TEXT_DETAILS = 10,	/* findings told in full */
	MAIL_DETAILS = 3,
};

/* The forms; the first is what no option means. */
enum { TEXT, MAIL, HTML, JUNIT, KTAP, VARS };

static const struct form {
	const char *option;
	report_form *print;
	const char *help;
	size_t details;
} forms[] = {
	[TEXT] = { "text", report_text, "a summary, a table and the first findings",
	  TEXT_DETAILS },
	[MAIL] = { "mail", report_mail, "the same for a mailing list, in 72 columns",
	  MAIL_DETAILS },
	[HTML] = { "html[=FILE]", report_html,
	  "a page for a browser, one file that loads nothing", 0 },
	[JUNIT] = { "junit", report_junit, "JUnit XML: a test case for each class", 0 },
	[KTAP] = { "ktap", report_ktap, "KTAP version 1: a result for each class", 0 },
	[VARS] = { "report-vars", report_vars,
	  "NAME: value, for REPORT_VARS_FILE of xfstests", 0 },
};

enum { FIRST_FORM = 256 };	/* of getopt's values */

struct options {
	const struct form *form;
	struct findings_query query;
	size_t details;		/* 0: the form's */
	uint64_t fail_on;
	const char *html;	/* file for the page; NULL: standard output */
	const char *bundle;	/* file to make; NULL: none */
};

static const struct option longs[] = {
	{ "class", required_argument, NULL, 'c' },
	{ "path", required_argument, NULL, 'p' },
	{ "first", required_argument, NULL, 'n' },
	{ "last", required_argument, NULL, 'l' },
	{ "fail-on", required_argument, NULL, 'f' },
	{ "bundle", required_argument, NULL, 'b' },
	{ "redact", optional_argument, NULL, 'r' },
	{ "text", no_argument, NULL, FIRST_FORM + TEXT },
	{ "mail", no_argument, NULL, FIRST_FORM + MAIL },
	{ "html", optional_argument, NULL, FIRST_FORM + HTML },
	{ "junit", no_argument, NULL, FIRST_FORM + JUNIT },
	{ "ktap", no_argument, NULL, FIRST_FORM + KTAP },
	{ "report-vars", no_argument, NULL, FIRST_FORM + VARS },
	{ 0 },
};

static void print_more(void)
{
	printf("\nOf the mount on MNT, a state directory (or a SOURCE with one), "
	       "an event log,\nor a bundle.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		printf("      --%-18s %s%s\n", forms[i].option, forms[i].help,
		       i ? "" : " (default)");
	printf("      --class=CLASSES      of these classes only\n"
	       "      --path=PATTERN       of files whose path matches\n"
	       "      --first=N            tell the first N in full; default %d, "
	       "mail %d\n"
	       "      --last=N             or the last N\n"
	       "      --bundle=FILE        make a .tar.zst with all that a report "
	       "needs\n"
	       "      --redact[=all]       leave out bytes outside the ranges "
	       "that differ;\n"
	       "                           all: names and command lines as well\n"
	       "      --fail-on=CLASSES    status 1 when the log has such\n\n"
	       "CLASSES are names of events and sets of these, with commas:\n",
	       TEXT_DETAILS, MAIL_DETAILS);
	tally_print_sets();
	printf("\nExit status: 0, 1 by fail-on, 2 usage, 3 what is there cannot "
	       "be read.\n");
}

/* ------------------------------------------------------------ the arguments */

static int parse_classes(const char *option, uint64_t *classes)
{
	const char *bad = tally_parse(optarg, classes);

	return !bad ? CMD_OK : cmd_usage(&cmd_report, "--%s: '%s' is no class "
					 "of events", option, bad);
}

static int parse_count(struct options *options, bool last)
{
	uint64_t count;

	if (parse_u64(optarg, &count) || !count || count > FINDINGS_KEEP)
		return cmd_usage(&cmd_report, "'%s' is no number from 1 to %d",
				 optarg, FINDINGS_KEEP);
	options->details = (size_t)count;
	options->query.last = last;
	if (last)
		options->query.keep = (size_t)count;
	return CMD_OK;
}

static int parse_redact(struct options *options)
{
	if (optarg && strcmp(optarg, "all") != 0)
		return cmd_usage(&cmd_report, "--redact=%s is not understood",
				 optarg);
	if (redact_init(&options->query.redact,
			optarg ? REDACT_ALL : REDACT_CONTENT)) {
		log_err("there is no randomness for the names of --redact");
		return CMD_UNSURE;
	}
	return CMD_OK;
}

static int parse_option(struct options *options, int c)
{
	switch (c) {
	case 'c':
		return parse_classes("class", &options->query.classes);
	case 'f':
		return parse_classes("fail-on", &options->fail_on);
	case 'p':
		options->query.path = optarg;
		return CMD_OK;
	case 'b':
		options->bundle = optarg;
		return CMD_OK;
	case 'n':
	case 'l':
		return parse_count(options, c == 'l');
	case 'r':
		return parse_redact(options);
	default:
		options->form = &forms[c - FIRST_FORM];
		options->html = c == FIRST_FORM + HTML ? optarg : NULL;
		return CMD_OK;
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	int c, status;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) >= 0) {
		if (c == ':' || c == '?')
			return cmd_bad_option(&cmd_report, c,
					      argv[optind - 1]);
		status = parse_option(options, c);
		if (status)
			return status;
	}
	if (argc - optind != 1)
		return cmd_usage(&cmd_report, "one MNT, STATE, LOG or BUNDLE "
				 "is needed");
	return CMD_OK;
}

/* ------------------------------------------------------------------ the work */

static bool has_any(const struct findings *findings, uint64_t classes)
{
	for (size_t i = 0; i < TALLY_CLASSES; i++)
		if (findings->counts[i] && classes & UINT64_C(1) << i)
			return true;
	return false;
}

static int print(const struct options *options, const struct form *form,
		 const struct findings *findings, FILE *out)
{
	struct report report = {
		.findings = findings,
		.fail_on = options->fail_on,
		.details = options->details ? options->details :
					      form->details,
	};
	int err = form->print(&report, out);

	if (err)
		log_err("cannot make the report: %s", strerror(-err));
	return err;
}

/* Its report.txt is the mail. */
static int make_bundle(const struct options *options,
		       const struct findings *findings)
{
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);
	int err = memory ? print(options, &forms[MAIL], findings, memory) :
			   -ENOMEM;

	if (memory && fclose(memory) && !err)
		err = -ENOMEM;
	if (!err)
		err = bundle_write(findings, options->bundle, text, len);
	free(text);
	return err;
}

/* For nobody else: it has what is in files. */
static int make_page(const struct options *options,
		     const struct findings *findings)
{
	int fd = open(options->html, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	int err;

	if (!out) {
		err = -errno;
		log_err("cannot write '%s': %s", options->html, strerror(-err));
		if (fd >= 0)
			close(fd);
		return err;
	}
	err = print(options, options->form, findings, out);
	if (fclose(out) && !err) {
		err = -errno;
		log_err("cannot write '%s': %s", options->html, strerror(-err));
	}
	return err;
}

static int tell(const struct options *options, const struct findings *findings)
{
	int err = options->bundle ? make_bundle(options, findings) :
		options->html ? make_page(options, findings) :
		print(options, options->form, findings, stdout);

	if (err)
		return CMD_UNSURE;
	return has_any(findings, options->fail_on) ? CMD_FOUND : CMD_OK;
}

static int run(int argc, char **argv)
{
	struct options options = { .form = forms };
	struct findingsplace *place;
	struct findings *findings;
	int status = parse_options(argc, argv, &options);

	if (status)
		return status;
	if (findingsplace_open(argv[optind], &place))
		return CMD_UNSURE;
	if (findings_read(place, &options.query, &findings)) {
		status = CMD_UNSURE;
	} else {
		status = tell(&options, findings);
		findings_free(findings);
	}
	findingsplace_close(place);
	return status;
}

const struct cmd cmd_report = {
	.name = "report",
	.args = "[OPTIONS] MNT|STATE|LOG|BUNDLE",
	.help = "what was found, as text, a mail, test results or a bundle",
	.run = run,
	.more = print_more,
};
