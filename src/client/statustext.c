/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the layout of a status for people. The text is made from whatever members
 * a reply has, so that a new one shows by itself.
 */
#include "client/statustext.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/gatetable.h"
#include "client/tally.h"
#include "common/clock.h"
#include "common/compiler.h"

enum { KEY_WIDTH = 13, CLASS_WIDTH = 12, NAME_SIZE = 64 };

/* What comes in a second. */
struct rates {
	json_t *earlier;	/* counters; NULL: none */
	double seconds;
};

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

/* Text @end at the end of @key: length of what is before it, or 0. */
static int without(const char *key, const char *end)
{
	size_t len = strlen(key), end_len = strlen(end);

	return len > end_len && !strcmp(key + len - end_len, end) ?
		(int)(len - end_len) : 0;
}

/* Members whose names have a unit are shown in one that people read. */
static void print_member(const char *key, json_t *value)
{
	json_int_t number = json_integer_value(value);
	int us = json_is_integer(value) ? without(key, "_us") : 0;
	int bytes = json_is_integer(value) ? without(key, "_bytes") : 0;
	int len = us ? us : bytes ? bytes : (int)strlen(key);

	printf("%.*s:%*s", len, key, MAX(KEY_WIDTH - len, 1), "");
	if (us)
		printf("%.3fs", (double)number / 1e6);
	else if (bytes)
		printf("%.1f MiB", (double)number / (1 << 20));
	else if (json_is_object(value))
		print_pairs(value);
	else
		gatetable_value(value);
	putchar('\n');
}

static bool is_apart(const char *key)
{
	return !strcmp(key, "ok") || !strcmp(key, "counters") ||
	       !strcmp(key, "gate_list") || !strcmp(key, "held_list");
}

/* ---- findings ---- */

/* Behind the number of unstable blocks: "(2 pin, 1 unknown)". */
static void print_causes(json_t *counters)
{
	const char *key, *before = "  (";
	json_t *value;

	json_object_foreach(counters, key, value) {
		const char *cause = tally_cause(key);

		if (!cause || !json_integer_value(value))
			continue;
		printf("%s%lld %s", before,
		       (long long)json_integer_value(value), cause);
		before = ", ";
	}
	if (*before == ',')
		putchar(')');
}

static void print_classes(const char *set, json_t *reply)
{
	struct tally tally = { 0 };
	uint64_t classes = 0;
	char name[NAME_SIZE];

	if (tally_parse(set, &classes))
		return;
	tally_add_status(&tally, reply);
	printf("%ss:\n", set);
	for (size_t i = 0; i < TALLY_CLASSES; i++) {
		if (!(classes & UINT64_C(1) << i))
			continue;
		tally_names(UINT64_C(1) << i, name, sizeof(name));
		printf("  %-*s%llu", CLASS_WIDTH, name,
		       (unsigned long long)tally.counts[i]);
		if (i == TALLY_unstable)
			print_causes(json_object_get(reply, "counters"));
		putchar('\n');
	}
}

/* ---- counters ---- */

static void print_rate(const struct rates *rates, const char *key,
		       json_int_t value)
{
	json_int_t before = json_integer_value(json_object_get(rates->earlier,
							       key));

	if (rates->earlier && value != before)
		printf("  (%.1f/s)", (double)(value - before) / rates->seconds);
}

/* Those that are not zero, one a line. */
static void print_counters(json_t *counters, const struct rates *rates)
{
	const char *key;
	json_t *value;

	printf("counters:\n");
	json_object_foreach(counters, key, value) {
		json_int_t number = json_integer_value(value);

		if (!number)
			continue;
		printf("  %s: %lld", key, (long long)number);
		print_rate(rates, key, number);
		putchar('\n');
	}
}

void statustext_print(json_t *reply, json_t *earlier, uint64_t gap_ns)
{
	struct rates rates = {
		.earlier = json_object_get(earlier, "counters"),
		.seconds = (double)gap_ns / (double)CLOCK_NS_PER_SEC,
	};
	const char *key;
	json_t *value;

	json_object_foreach(reply, key, value)
		if (!is_apart(key))
			print_member(key, value);
	print_classes("finding", reply);
	print_classes("doubt", reply);
	print_counters(json_object_get(reply, "counters"), &rates);
	gatetable_gates(json_object_get(reply, "gate_list"));
	gatetable_held(json_object_get(reply, "held_list"));
}
