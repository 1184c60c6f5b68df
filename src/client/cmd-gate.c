/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl gate: any control verb, for shells. The words are passed on as they
 * are; only the daemon knows them. The verb is checked here, so that a typing
 * error is a usage error also without a mount.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pinfs/control.h>

#include "client/cmd.h"
#include "client/quote.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/parse.h"

#define REPLY_NS (60 * CLOCK_NS_PER_SEC)
#define MARGIN_NS (10 * CLOCK_NS_PER_SEC)

struct verb {
	const char *name;
	const char *words;
	const char *help;
};

static const struct verb verbs[] = {
#define VERB(name, words, help) { #name, words, help },
	PINFS_CONTROL_VERBS(VERB)
#undef VERB
};

static bool is_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return true;
	return false;
}

/* "VERB WORD..." as one line; caller frees. NULL: a word cannot be in it. */
static char *make_request(char **words)
{
	autofree char *line = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&line, &len);
	bool failed = !out;

	for (size_t i = 0; words[i] && !failed; i++) {
		autofree char *word = NULL;

		failed = quote_pair(words[i], &word);
		if (!failed)
			fprintf(out, "%s%s", i ? " " : "", word);
	}
	if (out && fclose(out))
		failed = true;
	return failed ? NULL : steal_ptr(line);
}

/* "wait timeout=": we wait longer than the daemon. */
static uint64_t reply_time(char **words)
{
	uint64_t ns = 0;

	for (size_t i = 0; words[i]; i++)
		if (strncmp(words[i], "timeout=", 8) == 0 &&
		    parse_duration(words[i] + 8, &ns))
			ns = 0;
	return MAX(REPLY_NS, MIN(ns, UINT64_MAX / 2) + MARGIN_NS);
}

/* -q: the number that one asks for, if the reply has one. */
static void print_number(const json_t *reply)
{
	static const char *const keys[] = {
		"id", "held", "released", "cleared", "waiting",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const json_t *value = json_object_get(reply, keys[i]);

		if (json_is_integer(value)) {
			printf("%lld\n", (long long)json_integer_value(value));
			return;
		}
	}
}

static int send_words(const char *mountpoint, char **words, bool quiet)
{
	autofree char *request = make_request(words);
	json_t *reply;
	int status;

	if (!request)
		return cmd_usage(&cmd_gate, "a word holds a control character");
	status = cmd_call(mountpoint, reply_time(words), &reply, request);
	if (status == CMD_UNSURE)
		return status;
	if (!quiet) {
		json_dumpf(reply, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (status == CMD_OK) {
		print_number(reply);
	} else {
		cmd_log_reply(reply);
	}
	json_decref(reply);
	return status;
}

static int run(int argc, char **argv)
{
	bool quiet = false;
	int c;

	optind = 0;
	opterr = 0;
	while ((c = getopt(argc, argv, "+q")) >= 0) {
		if (c != 'q')
			return cmd_bad_option(&cmd_gate, c,
					      argv[optind - 1]);
		quiet = true;
	}
	if (argc - optind < 2)
		return cmd_usage(&cmd_gate, "MNT and VERB are needed");
	if (!is_verb(argv[optind + 1]))
		return cmd_usage(&cmd_gate, "'%s' is not a verb",
				 argv[optind + 1]);
	return send_words(argv[optind], argv + optind + 1, quiet);
}

static void more(void)
{
	printf("\n-q prints only the number that the reply is about.\n"
	       "Exit status: 0 ok, 1 the reply is not ok (a timeout, say), "
	       "2 usage,\n3 no daemon. Verbs:\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		printf("  %s%s%s\n      %s\n", verbs[i].name,
		       *verbs[i].words ? " " : "", verbs[i].words,
		       verbs[i].help);
}

const struct cmd cmd_gate = {
	.name = "gate",
	.args = "[-q] MNT VERB [WORD...]",
	.help = "hold and release requests of a mount, or any control verb",
	.run = run,
	.more = more,
};
