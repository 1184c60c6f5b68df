/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl status: what a daemon says about its mount, which gates and held
 * requests there are, and what memory it has; once, or again and again.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/prometheus.h"
#include "client/statustext.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/parse.h"

#define REPLY_NS (10 * CLOCK_NS_PER_SEC)

enum form { FORM_TEXT, FORM_JSON, FORM_PROMETHEUS };

struct options {
	const char *mountpoint;
	const char *output;	/* NULL: standard output */
	enum form form;
	uint64_t interval_ns;	/* 0: once, and no rates */
	bool watch;
};

/* Two replies, the older one first. */
struct samples {
	json_t *replies[2];	/* NULL: not yet */
	uint64_t times_ns[2];
};

/* ---- one reply ---- */

/*
 * What "list" says becomes two members. Its own names are taken: "gates" and
 * "held" are numbers in the reply to "status".
 */
static int add_lists(const char *mountpoint, json_t *reply)
{
	json_t *lists;
	int status = cmd_call(mountpoint, REPLY_NS, &lists, "list");

	if (status == CMD_UNSURE)
		return status;
	if (status == CMD_FOUND) {
		cmd_log_reply(lists);
	} else {
		json_object_set(reply, "gate_list",
				json_object_get(lists, "gates"));
		json_object_set(reply, "held_list",
				json_object_get(lists, "held"));
	}
	json_decref(lists);
	return status;
}

/*
 * The daemon's memory. The file can be read whatever the daemon waits for: its
 * sums are counters (fs/proc/task_mmu.c:task_mem(), 6.18), not read under mmap_lock.
 */
static void add_memory(json_t *reply)
{
	long long pid = json_integer_value(json_object_get(reply, "pid"));
	autofree char *text = NULL;
	const char *line;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%lld/status", pid);
	if (fdio_read_file(path, &text))
		return;
	line = strstr(text, "\nVmRSS:");
	if (line)
		json_object_set_new(reply, "memory_bytes", json_integer(
			1024 * strtoll(line + strlen("\nVmRSS:"), NULL, 10)));
}

static int ask(const char *mountpoint, json_t **reply_ret)
{
	json_t *reply;
	int status = cmd_call(mountpoint, REPLY_NS, &reply, "status");

	if (status == CMD_UNSURE)
		return status;
	if (status == CMD_FOUND)
		cmd_log_reply(reply);
	else
		status = add_lists(mountpoint, reply);
	if (status != CMD_OK) {
		json_decref(reply);
		return status;
	}
	add_memory(reply);
	*reply_ret = reply;
	return CMD_OK;
}

/* ---- its forms ---- */

static int show_metrics(const struct options *options, json_t *reply)
{
	autofree char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err;

	if (!out)
		return CMD_UNSURE;
	prometheus_print(out, reply);
	if (fclose(out))
		return CMD_UNSURE;
	if (!options->output) {
		fwrite(text, 1, len, stdout);
		return CMD_OK;
	}
	err = prometheus_save(options->output, text, len);
	if (err)
		log_err("cannot write '%s': %s", options->output, strerror(-err));
	return err ? CMD_UNSURE : CMD_OK;
}

static int show(const struct options *options, const struct samples *samples)
{
	json_t *reply = samples->replies[1];

	if (options->form == FORM_PROMETHEUS)
		return show_metrics(options, reply);
	if (options->form == FORM_JSON) {
		json_dumpf(reply, stdout, JSON_COMPACT);
		putchar('\n');
		return CMD_OK;
	}
	if (options->watch)
		/* To the beginning of an empty screen. */
		fputs(isatty(STDOUT_FILENO) ? "\033[H\033[2J" : "\n", stdout);
	statustext_print(reply, samples->replies[0],
			 samples->times_ns[1] - samples->times_ns[0]);
	return CMD_OK;
}

static int take_sample(const struct options *options, struct samples *samples)
{
	json_t *reply;
	int status = ask(options->mountpoint, &reply);

	if (status)
		return status;
	json_decref(samples->replies[0]);
	samples->replies[0] = samples->replies[1];
	samples->times_ns[0] = samples->times_ns[1];
	samples->replies[1] = reply;
	samples->times_ns[1] = clock_now_ns();
	return CMD_OK;
}

/* Rates need two replies: of the first, nothing is shown unless it is the only. */
static int show_all(const struct options *options, struct samples *samples)
{
	int status = take_sample(options, samples);

	if (status || !options->interval_ns)
		return status ? status : show(options, samples);
	do {
		clock_sleep_ns(options->interval_ns);
		status = take_sample(options, samples);
		if (!status)
			status = show(options, samples);
		fflush(stdout);
	} while (!status && options->watch && !ferror(stdout));
	return status;
}

/* ---- the command ---- */

static int take_interval(struct options *options)
{
	if (!parse_duration(optarg, &options->interval_ns) &&
	    options->interval_ns)
		return CMD_OK;
	return cmd_usage(&cmd_status, "--interval=%s is no duration, like 500ms "
			 "or 2s", optarg);
}

static int take_option(struct options *options, int c)
{
	switch (c) {
	case 'j':
		options->form = FORM_JSON;
		return CMD_OK;
	case 'p':
		options->form = FORM_PROMETHEUS;
		return CMD_OK;
	case 'o':
		options->output = optarg;
		return CMD_OK;
	case 'w':
		options->watch = true;
		return CMD_OK;
	default:
		return take_interval(options);
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "prometheus", no_argument, NULL, 'p' },
		{ "output", required_argument, NULL, 'o' },
		{ "interval", required_argument, NULL, 'i' },
		{ "watch", no_argument, NULL, 'w' },
		{ 0 },
	};
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) >= 0) {
		int status = c == ':' || c == '?' ?
			cmd_bad_option(&cmd_status, c, argv[optind - 1]) :
			take_option(options, c);

		if (status)
			return status;
	}
	if (argc - optind != 1)
		return cmd_usage(&cmd_status, "one MNT is needed");
	if (options->output && options->form != FORM_PROMETHEUS)
		return cmd_usage(&cmd_status, "--output is for --prometheus");
	if (options->watch && !options->interval_ns)
		options->interval_ns = CLOCK_NS_PER_SEC;
	options->mountpoint = argv[optind];
	return CMD_OK;
}

static int run(int argc, char **argv)
{
	struct options options = { 0 };
	struct samples samples = { 0 };
	int status = parse_options(argc, argv, &options);

	if (!status)
		status = show_all(&options, &samples);
	json_decref(samples.replies[0]);
	json_decref(samples.replies[1]);
	return status;
}

static void more(void)
{
	printf("\n"
	       "  --json           all of it, as JSON\n"
	       "  --prometheus     its numbers, for Prometheus\n"
	       "  --output=FILE    these into a file, which is replaced at once\n"
	       "  --interval=TIME  wait so long, and say what came in a second\n"
	       "  --watch          go on doing so; each second by default\n");
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "MNT [OPTIONS]",
	.help = "what a mount can see, what it holds, and its counters",
	.run = run,
	.more = more,
};
