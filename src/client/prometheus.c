/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the names of metrics. Each counter and each number of a reply becomes one
 * by its own name, so that a new one shows by itself. Beside them are sums that a
 * rule of an alert asks for: findings and doubts by class, unstable blocks by
 * cause. A cause is in a family of its own: were it a label of some findings only,
 * sum() would count these twice.
 */
#include "client/prometheus.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/tally.h"
#include "common/cleanup.h"
#include "common/fdio.h"

enum { NAME_SIZE = 64 };

struct page {
	FILE *out;
	json_t *reply;
	const char *mount;
};

/* ---- lines ---- */

/* Label values: '\\', '"' and newlines are escaped, nothing else. */
static void print_label(const struct page *page, const char *name,
			const char *value)
{
	fprintf(page->out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", page->out);
		else if (strchr("\\\"", *value))
			fprintf(page->out, "\\%c", *value);
		else
			fputc(*value, page->out);
	}
	fputc('"', page->out);
}

static void begin_family(const struct page *page, const char *name,
			 const char *type, const char *help)
{
	fprintf(page->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Up to the labels that the caller adds. */
static void begin_sample(const struct page *page, const char *name)
{
	fprintf(page->out, "%s{", name);
	print_label(page, "mount", page->mount);
}

static void add_label(const struct page *page, const char *name,
		      const char *value)
{
	fputc(',', page->out);
	print_label(page, name, value);
}

static void end_sample(const struct page *page, json_int_t value)
{
	fprintf(page->out, "} %lld\n", (long long)value);
}

static void end_sample_us(const struct page *page, json_int_t us)
{
	fprintf(page->out, "} %lld.%06lld\n", (long long)us / 1000000,
		(long long)us % 1000000);
}

/* ---- families ---- */

static void print_info(const struct page *page)
{
	static const char *const keys[] = {
		"version", "source", "mode", "cache", "live",
	};

	begin_family(page, "pinfs_info", "gauge", "What kind of mount it is; 1.");
	begin_sample(page, "pinfs_info");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = json_string_value(
			json_object_get(page->reply, keys[i]));

		if (value)
			add_label(page, keys[i], value);
	}
	end_sample(page, 1);
}

static void print_classes(const struct page *page, const struct tally *tally,
			  const char *set, const char *name, const char *help)
{
	uint64_t classes = 0;
	char class[NAME_SIZE];

	if (tally_parse(set, &classes))
		return;
	begin_family(page, name, "counter", help);
	for (size_t i = 0; i < TALLY_CLASSES; i++) {
		if (!(classes & UINT64_C(1) << i))
			continue;
		tally_names(UINT64_C(1) << i, class, sizeof(class));
		begin_sample(page, name);
		add_label(page, "class", class);
		end_sample(page, (json_int_t)tally->counts[i]);
	}
}

static void print_causes(const struct page *page, json_t *counters)
{
	const char *key, *name = "pinfs_causes_total";
	bool begun = false;
	json_t *value;

	json_object_foreach(counters, key, value) {
		const char *cause = tally_cause(key);

		if (!cause)
			continue;
		if (!begun)
			begin_family(page, name, "counter",
				     "Findings by what has caused them.");
		begun = true;
		begin_sample(page, name);
		add_label(page, "class", "unstable");
		add_label(page, "cause", cause);
		end_sample(page, json_integer_value(value));
	}
}

/* Can a metric be called so? */
static bool is_name(const char *key)
{
	for (const char *c = key; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			return false;
	return *key && strlen(key) < NAME_SIZE - sizeof("pinfs__seconds");
}

static void print_counters(const struct page *page, json_t *counters)
{
	const char *key;
	json_t *value;

	json_object_foreach(counters, key, value) {
		char name[NAME_SIZE];
		char help[2 * NAME_SIZE];

		if (!is_name(key) || !json_is_integer(value))
			continue;
		snprintf(name, sizeof(name), "pinfs_%s_total", key);
		snprintf(help, sizeof(help),
			 "Counter %s of pinctl status, see pinfs-control(7).",
			 key);
		begin_family(page, name, "counter", help);
		begin_sample(page, name);
		end_sample(page, json_integer_value(value));
	}
}

/* The length of @key without its "_us"; 0: it has none. */
static size_t stem(const char *key)
{
	size_t len = strlen(key);

	return len > 3 && !strcmp(key + len - 3, "_us") ? len - 3 : 0;
}

/* Numbers that are names. */
static bool is_identity(const char *key)
{
	return !strcmp(key, "ok") || !strcmp(key, "pid") ||
	       !strcmp(key, "connection");
}

static void print_gauges(const struct page *page)
{
	const char *key;
	json_t *value;

	json_object_foreach(page->reply, key, value) {
		json_int_t number = json_is_boolean(value) ?
			json_is_true(value) : json_integer_value(value);
		int len = (int)stem(key);
		char name[NAME_SIZE];
		char help[2 * NAME_SIZE];

		/* Less than 0: it cannot be known. */
		if ((!json_is_integer(value) && !json_is_boolean(value)) ||
		    is_identity(key) || !is_name(key) || number < 0)
			continue;
		snprintf(name, sizeof(name), len ? "pinfs_%.*s_seconds" :
			 "pinfs_%.*s", len ? len : (int)strlen(key), key);
		snprintf(help, sizeof(help),
			 "Member %s of pinctl status, see pinfs-control(7).",
			 key);
		begin_family(page, name, "gauge", help);
		begin_sample(page, name);
		if (len)
			end_sample_us(page, number);
		else
			end_sample(page, number);
	}
}

static void print_oldest(const struct page *page)
{
	json_t *held = json_object_get(page->reply, "held_list");
	json_int_t oldest_us = 0;
	json_t *hold;
	size_t i;

	json_array_foreach(held, i, hold) {
		json_int_t us = json_integer_value(json_object_get(hold,
								   "held_us"));

		oldest_us = MAX(oldest_us, us);
	}
	begin_family(page, "pinfs_oldest_hold_seconds", "gauge",
		     "Since when the oldest of the held requests is held.");
	begin_sample(page, "pinfs_oldest_hold_seconds");
	end_sample_us(page, oldest_us);
}

void prometheus_print(FILE *out, json_t *reply)
{
	const char *mount = json_string_value(json_object_get(reply,
							      "mountpoint"));
	struct page page = { .out = out, .reply = reply,
			     .mount = mount ? mount : "" };
	json_t *counters = json_object_get(reply, "counters");
	struct tally tally = { 0 };

	tally_add_status(&tally, reply);
	print_info(&page);
	print_classes(&page, &tally, "finding", "pinfs_findings_total",
		      "Blocks that are not what somebody has a right to expect.");
	print_causes(&page, counters);
	print_classes(&page, &tally, "doubt", "pinfs_doubts_total",
		      "Cases in which a finding may have been missed.");
	print_gauges(&page);
	print_oldest(&page);
	print_counters(&page, counters);
}

/* ---- the file ---- */

int prometheus_save(const char *path, const char *text, size_t len)
{
	autofree char *temporary = NULL;
	autoclose int fd = -1;
	int err;

	/* The collector reads what ends in .prom, which this does not. */
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkstemp(temporary);
	if (fd < 0)
		return -errno;
	err = fdio_write(fd, text, len);
	if (!err && (fchmod(fd, 0644) || rename(temporary, path)))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}
