/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the reading of a whole event log into sums, and what of it is kept. */
#include "client/findings.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/findings-internal.h"
#include "client/findingsplace.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/unixsock.h"

enum { LINE_MAX_BYTES = 16 << 20 };

#define OR_BIT(class) | UINT64_C(1) << TALLY_##class

static const uint64_t finding_classes = 0 PINFS_EVENTS_FINDING(OR_BIT);

static const char *const names[TALLY_CLASSES] = {
#define NAME(name, keys, help) [TALLY_##name] = #name,
	PINFS_EVENTS(NAME)
#undef NAME
};

struct reading {
	struct findings *findings;
	const struct findings_query *query;
	uint64_t classes;
	struct findings_keep keep;
	uint64_t seq;		/* of the last line of this mount */
	uint64_t missing;	/* numbers that no line has, of this mount */
	uint64_t said_dropped;	/* what "dropped" lines of this mount say */
};

/* ------------------------------------------------------------------ members */

const char *findings_class_name(enum tally_class class)
{
	return names[class];
}

const char *findings_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int64_t findings_number(const json_t *object, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(object, key));
}

uint64_t findings_total(const struct findings *findings)
{
	uint64_t total = 0;

	for (size_t i = 0; i < TALLY_CLASSES; i++)
		if (finding_classes & UINT64_C(1) << i)
			total += findings->counts[i];
	return total;
}

/* Return: TALLY_CLASSES for one that this version does not know. */
static enum tally_class class_of(const char *name)
{
	int i = 0;

	while (i < TALLY_CLASSES && strcmp(names[i], name) != 0)
		i++;
	return (enum tally_class)i;
}

/* -------------------------------------------------------------------- lines */

static void count_cause(struct findings *findings, enum tally_class class,
			const char *cause)
{
	size_t i;

	if (!*cause)
		cause = "-";
	for (i = 0; i < findings->ncauses; i++)
		if (findings->causes[i].class == class &&
		    strncmp(findings->causes[i].cause, cause,
			    FINDINGS_CAUSE_SIZE - 1) == 0)
			break;
	if (i == FINDINGS_CAUSES)
		return;
	if (i == findings->ncauses) {
		findings->ncauses++;
		findings->causes[i].class = class;
		snprintf(findings->causes[i].cause, FINDINGS_CAUSE_SIZE, "%s",
			 cause);
	}
	findings->causes[i].count++;
}

static bool is_asked_for(const struct reading *reading, enum tally_class class,
			 const json_t *event)
{
	if (!(reading->classes & UINT64_C(1) << class))
		return false;
	return !reading->query->path ||
	       fnmatch(reading->query->path, findings_text(event, "path"),
		       0) == 0;
}

static int note_item(struct reading *reading, enum tally_class class,
		      json_t *event)
{
	int err = findings_keep_later(&reading->keep, event);

	if (err || !is_asked_for(reading, class, event))
		return err;
	reading->findings->matched++;
	return findings_keep_add(&reading->keep, class, event);
}

/* Numbers that no line has, unless a "dropped" line has said so. */
static void end_mount(struct reading *reading)
{
	if (reading->missing > reading->said_dropped)
		reading->findings->counts[TALLY_dropped] +=
			reading->missing - reading->said_dropped;
	reading->missing = 0;
	reading->said_dropped = 0;
	reading->seq = 0;
}

static int note_mount(struct reading *reading, json_t *event)
{
	struct findings *findings = reading->findings;
	json_t *shown = redact_event(&findings->redact, event);

	end_mount(reading);
	json_decref(reading->keep.mark);
	reading->keep.mark = NULL;
	json_decref(reading->keep.mount);
	reading->keep.mount = shown;
	json_decref(findings->mount);
	findings->mount = json_incref(shown);
	findings->mounts++;
	findings->ended = false;
	return shown ? 0 : -ENOMEM;
}

static void note_unmount(struct findings *findings, const json_t *event)
{
	findings->ended = true;
	findings->writes += (uint64_t)findings_number(event, "writes");
	findings->live_writes += (uint64_t)findings_number(event,
							   "live_writes");
}

static int note_mark(struct reading *reading, json_t *event)
{
	json_decref(reading->keep.mark);
	reading->keep.mark = redact_event(&reading->findings->redact, event);
	return reading->keep.mark ? 0 : -ENOMEM;
}

static void note_place(struct reading *reading, const json_t *event)
{
	struct findings *findings = reading->findings;
	const char *time = findings_text(event, "time");
	uint64_t seq = (uint64_t)findings_number(event, "seq");

	if (!*findings->first_time)
		snprintf(findings->first_time, CLOCK_RFC3339_SIZE, "%s", time);
	if (*time)
		snprintf(findings->last_time, CLOCK_RFC3339_SIZE, "%s", time);
	if (seq > reading->seq + 1 && reading->seq)
		reading->missing += seq - reading->seq - 1;
	reading->seq = seq;
}

static int note_class(struct reading *reading, enum tally_class class,
		      json_t *event)
{
	struct findings *findings = reading->findings;
	uint64_t count = (uint64_t)findings_number(event, "count");

	if (class == TALLY_suppressed || class == TALLY_dropped)
		findings->counts[class] += count;
	else
		findings->counts[class]++;
	if (class == TALLY_dropped)
		reading->said_dropped += count;
	if (finding_classes & UINT64_C(1) << class)
		count_cause(findings, class, findings_text(event, "cause"));
	if (class == TALLY_unmount)
		note_unmount(findings, event);
	if (class == TALLY_mark)
		return note_mark(reading, event);
	return note_item(reading, class, event);
}

static int note_line(struct reading *reading, const char *text)
{
	struct findings *findings = reading->findings;
	json_t *event = json_loads(text, 0, NULL);
	const char *name = findings_text(event, "event");
	enum tally_class class = class_of(name);
	int err = 0;

	findings->lines++;
	if (!*name)
		findings->bad_lines++;
	if (class == TALLY_mount) {
		err = note_mount(reading, event);
		findings->counts[class]++;
	}
	if (*name)
		note_place(reading, event);
	if (class != TALLY_mount && class < TALLY_CLASSES)
		err = note_class(reading, class, event);
	json_decref(event);
	return err;
}

static int read_lines(struct reading *reading, int fd)
{
	struct unixsock_reader reader;
	int err = 0;

	unixsock_reader_init(&reader, fd, LINE_MAX_BYTES);
	while (!err) {
		autofree char *line = NULL;

		err = unixsock_read_line(&reader, CLOCK_NEVER, &line);
		if (err == -EILSEQ || err == -EMSGSIZE) {
			reading->findings->lines++;
			reading->findings->bad_lines++;
			err = 0;
		} else if (!err) {
			err = note_line(reading, line);
		}
	}
	reading->findings->cut = reader.used > 0 || reader.skipping;
	unixsock_reader_deinit(&reader);
	end_mount(reading);
	return err == -EPIPE ? 0 : err;
}

/* ------------------------------------------------------------ the whole thing */

/* What the daemon counts is exact also where lines were suppressed. */
static void take_status(struct findings *findings)
{
	const json_t *counters = json_object_get(findings->status, "counters");
	uint64_t writes = (uint64_t)findings_number(counters, "writes");
	uint64_t live = (uint64_t)findings_number(counters, "live_writes");

	if (findings->ended)
		return;
	findings->writes += writes;
	findings->live_writes += live;
}

static int read_log(struct findings *findings,
		    const struct findings_query *query)
{
	autoclose int fd = findingsplace_log(findings->place);
	struct reading reading = {
		.findings = findings, .query = query,
		.classes = query->classes ? query->classes : finding_classes,
	};
	int err;

	if (fd < 0)
		return fd;
	err = findings_keep_init(&reading.keep, findings, query);
	if (!err)
		err = read_lines(&reading, fd);
	if (!err)
		err = findings_keep_finish(&reading.keep);
	findings_keep_deinit(&reading.keep);
	return err;
}

int findings_read(const struct findingsplace *place,
		  const struct findings_query *query,
		  struct findings **findings_ret)
{
	struct findings *findings = calloc(1, sizeof(*findings));
	json_t *status = findingsplace_status(place);
	int err = -ENOMEM;

	if (findings) {
		findings->place = place;
		findings->redact = query->redact;
		findings->left_out = MAX(query->redact.level,
					 findingsplace_left_out(place));
		if (status)
			findings->status = redact_status(&findings->redact,
							 status);
		err = read_log(findings, query);
	}
	if (!err) {
		take_status(findings);
		*findings_ret = findings;
		return 0;
	}
	log_err("cannot read the log of '%s': %s", findingsplace_name(place),
		strerror(-err));
	findings_free(findings);
	return err;
}

void findings_free(struct findings *findings)
{
	if (!findings)
		return;
	findings_keep_release(findings);
	json_decref(findings->mount);
	json_decref(findings->status);
	free(findings);
}
