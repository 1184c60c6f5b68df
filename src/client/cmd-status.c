/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl status: what a daemon says about its mount. The text is made from
 * whatever members the reply has, so that a new one shows by itself.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "common/cleanup.h"
#include "common/clock.h"

#define REPLY_NS (10 * CLOCK_NS_PER_SEC)

enum { KEY_WIDTH = 13 };

/* A value on one line; nothing that a terminal would obey. */
static void print_value(const json_t *value)
{
	const char *text = json_string_value(value);
	autofree char *dump = NULL;

	if (!text) {
		dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		text = dump ? dump : "?";
	}
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' :
			*text);
}

static void print_pairs(json_t *object)
{
	const char *key, *space = "";
	json_t *value;

	json_object_foreach(object, key, value) {
		printf("%s%s=", space, key);
		print_value(value);
		space = " ";
	}
}

/* Those that are not zero, one a line. */
static void print_counters(json_t *counters)
{
	const char *key;
	json_t *value;

	json_object_foreach(counters, key, value)
		if (json_integer_value(value) != 0)
			printf("  %s: %lld\n", key,
			       (long long)json_integer_value(value));
}

static void print_status(json_t *reply)
{
	json_t *counters = json_object_get(reply, "counters");
	const char *key;
	json_t *value;

	json_object_foreach(reply, key, value) {
		if (strcmp(key, "ok") == 0 || value == counters)
			continue;
		printf("%s:%*s", key, MAX(KEY_WIDTH - (int)strlen(key), 1), "");
		if (json_is_object(value))
			print_pairs(value);
		else
			print_value(value);
		putchar('\n');
	}
	printf("counters:\n");
	print_counters(counters);
}

static int run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	bool json = false;
	json_t *reply;
	int c, status;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", longs, NULL)) >= 0) {
		if (c != 'j')
			return cmd_bad_option(&cmd_status, c,
					      argv[optind - 1]);
		json = true;
	}
	if (argc - optind != 1)
		return cmd_usage(&cmd_status, "one MNT is needed");
	status = cmd_call(argv[optind], REPLY_NS, &reply, "status");
	if (status == CMD_UNSURE)
		return status;
	if (status == CMD_FOUND) {
		cmd_log_reply(reply);
	} else if (json) {
		json_dumpf(reply, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_status(reply);
	}
	json_decref(reply);
	return status;
}

const struct cmd cmd_status = {
	.name = "status",
	.args = "MNT [--json]",
	.help = "what a mount can see, what it holds, and its counters",
	.run = run,
};
