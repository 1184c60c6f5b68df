/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns what is looked at when a page changes behind the call that reads it. */
#include "client/writers/late.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/errname.h"
#include "client/eventlog.h"
unsigned long long late_at(const struct trial *trial)
{
	return shape_write_at(trial->shape);
}

int late_open(struct trial *trial, bool direct)
{
	struct stepper *writer = trial->site->writer;
	int err = trial_step(trial, writer, NULL, "open fd=s path=%s excl%s",
			     trial->source, direct ? " direct" : "");

	return err ? err : trial_step(trial, writer, NULL, "declare fd=s off=0 "
				      "len=%u from=m at=%llu", trial->len,
				      late_at(trial));
}

/* --------------------------------------------------------- what has arrived */

struct reports {
	char path[TRIAL_NAME_SIZE + 1];
	unsigned int count;
};

static void note_event(const json_t *event, void *arg)
{
	struct reports *reports = arg;
	const char *name = json_string_value(json_object_get(event, "event"));
	const char *path = json_string_value(json_object_get(event, "path"));

	if (name && path && strcmp(path, reports->path) == 0)
		reports->count += strcmp(name, "declared") == 0 ||
				  strcmp(name, "source") == 0;
}

static int count_reports(struct trial *trial)
{
	struct reports reports = { 0 };
	int err;

	snprintf(reports.path, sizeof(reports.path), "/%s", trial->source);
	err = site_settle_events(trial->site);
	if (!err)
		err = eventlog_each(trial->site->events, note_event, &reports);
	if (err)
		return trial_fail(trial, err, "cannot read the event log: %s",
				  strerror(-err));
	trial->facts.reports = reports.count;
	return 0;
}

int late_collect(struct trial *trial, const char *fmt, ...)
{
	char line[128], digests[TRIAL_DIGESTS_SIZE];
	struct stepper_result result;
	va_list args;
	int err;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	err = trial_step(trial, trial->site->writer, &result, "%s", line);
	if (err)
		return err;
	if (result.ret != trial->len ||
	    !trial_word(&result, "digest", digests, sizeof(digests)))
		return trial_fail(trial, -EIO, "'%s' has %ld of %u bytes", line,
				  result.ret, trial->len);
	trial->facts.passes = true;
	trial->facts.passed = trial_passed_bytes(trial, digests);
	return count_reports(trial);
}

/* ------------------------------------------------- a write beside the call */

int late_start_write(struct trial *trial)
{
	return trial_start_aside(trial, trial->site->writer, "pwrite fd=s "
				 "off=0 len=%u from=m at=%llu", trial->len,
				 late_at(trial));
}

int late_collect_write(struct trial *trial)
{
	struct stepper_result result;
	int err = trial_finish_aside(trial, &result);

	if (err)
		return err;
	if (!result.ok)
		return trial_fail(trial, -EIO, "the write failed: %s",
				  errname_from(result.err));
	return late_collect(trial, "read fd=s off=0 len=%u", trial->len);
}
