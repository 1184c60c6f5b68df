/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl status: what a daemon says about its mount, and which gates and held
 * requests there are. The text is made from whatever members the replies have,
 * so that a new one shows by itself.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "client/gatetable.h"
#include "common/clock.h"

#define REPLY_NS (10 * CLOCK_NS_PER_SEC)

#define GATE_LIST "gate_list"
#define HELD_LIST "held_list"

enum { KEY_WIDTH = 13 };

static void print_pairs(json_t *object)
{
	const char *key, *space = "";
	json_t *value;

	json_object_foreach(object, key, value) {
		printf("%s%s=", space, key);
		gatetable_value(value);
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
		json_object_set(reply, GATE_LIST,
				json_object_get(lists, "gates"));
		json_object_set(reply, HELD_LIST,
				json_object_get(lists, "held"));
	}
	json_decref(lists);
	return status;
}

static bool is_apart(const char *key)
{
	return !strcmp(key, "ok") || !strcmp(key, "counters") ||
	       !strcmp(key, GATE_LIST) || !strcmp(key, HELD_LIST);
}

static void print_status(json_t *reply)
{
	json_t *counters = json_object_get(reply, "counters");
	const char *key;
	json_t *value;

	json_object_foreach(reply, key, value) {
		if (is_apart(key))
			continue;
		printf("%s:%*s", key, MAX(KEY_WIDTH - (int)strlen(key), 1), "");
		if (json_is_object(value))
			print_pairs(value);
		else
			gatetable_value(value);
		putchar('\n');
	}
	printf("counters:\n");
	print_counters(counters);
	gatetable_gates(json_object_get(reply, GATE_LIST));
	gatetable_held(json_object_get(reply, HELD_LIST));
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
	if (status == CMD_FOUND)
		cmd_log_reply(reply);
	else
		status = add_lists(argv[optind], reply);
	if (status != CMD_OK) {
		/* What is wrong has been said. */
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
