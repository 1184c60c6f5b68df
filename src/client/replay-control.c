/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a round asks the daemon, and reads in its log. The log is looked at from
 * the round's start on, and from the last "mark" line in it, whoever set that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ctlclient.h"
#include "client/errname.h"
#include "client/eventlog.h"
#include "client/interrupt.h"
#include "client/replay-internal.h"
#include "common/cleanup.h"
#include "common/clock.h"

#define LOOK_NS (5 * CLOCK_NS_PER_MS)

enum { SHOWN_MAX = 400 };	/* bytes of a reply in a message */

/* ---------------------------------------------------------------- members */

/* A JSON value as text; of a list, how long it is. malloc'ed, or NULL. */
static char *value_text(const json_t *value)
{
	char text[32];

	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (!json_is_array(value))
		return value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)
			     : NULL;
	snprintf(text, sizeof(text), "%zu", json_array_size(value));
	return strdup(text);
}

/* The member "KEY", or "KEY.KEY" of an object in it; borrowed, or NULL. */
static const json_t *find_member(const json_t *object, const char *key)
{
	for (;;) {
		size_t len = strcspn(key, ".");
		autofree char *name = strndup(key, len);

		object = name ? json_object_get(object, name) : NULL;
		if (!object || !key[len])
			return object;
		key += len + 1;
	}
}

static bool has_member(const json_t *object, const struct schedule_want *want)
{
	autofree char *text = value_text(find_member(object, want->key));

	return schedule_compare(want, text);
}

/* ------------------------------------------------------------------- begin */

static bool needs_log(const struct schedule *schedule)
{
	for (size_t i = 0; i < schedule->nlines; i++)
		if (schedule->lines[i].kind == SCHEDULE_EXPECT)
			return true;
	return false;
}

static int open_log(struct replay *replay)
{
	const char *path;
	json_t *reply;
	int err = (int)ctlclient_ask(replay->control, replay->deadline_ns, NULL,
				     "sync");

	if (!err)
		err = ctlclient_call(replay->control, replay->deadline_ns,
				     &reply, "status");
	if (err)
		return err;
	path = json_string_value(json_object_get(reply, "log"));
	err = path ? eventlog_open(path, &replay->events) : -EPROTO;
	json_decref(reply);
	return err ? err : eventlog_mark(replay->events);
}

int replay_connect(struct replay *replay)
{
	int err = ctlclient_open(replay->config->mountpoint, &replay->control);

	if (!err && needs_log(replay->schedule))
		err = open_log(replay);
	return err;
}

/* --------------------------------------------------------------------- end */

void replay_let_go(struct replay *replay, uint64_t deadline_ns)
{
	if (!replay->control)
		return;
	/* The schedule may have cleared them, or ended the mount: no matter. */
	for (size_t i = 0; i < replay->ngates; i++)
		(void)!ctlclient_ask(replay->control, deadline_ns, NULL,
				     "clear id=%ld", replay->gates[i]);
	replay->ngates = 0;
	if (replay->paused)
		(void)!ctlclient_ask(replay->control, deadline_ns, NULL,
				     "resume");
	replay->paused = false;
	(void)!interrupt_set_request(-1, NULL);
}

void replay_disconnect(struct replay *replay)
{
	ctlclient_close(replay->control);
	replay->control = NULL;
	eventlog_close(replay->events);
	replay->events = NULL;
}

/* ------------------------------------------------------------------- verbs */

/* What has to be undone at the end of the round. */
static void note_effect(struct replay *replay, const struct schedule_line *line,
			const json_t *reply)
{
	const json_t *id = json_object_get(reply, "id");

	if (line->makes_gate && json_is_integer(id))
		replay->gates[replay->ngates++] = (long)json_integer_value(id);
	if (strcmp(line->verb, "pause") == 0)
		replay->paused = true;
	if (strcmp(line->verb, "resume") == 0)
		replay->paused = false;
}

static enum replay_outcome judge(const struct replay *replay,
				 const struct schedule_line *line,
				 const json_t *reply)
{
	const struct schedule_wants *wants = &line->wants;
	autofree char *text = json_dumps(reply, JSON_COMPACT);
	int err = ctlclient_reply_error(reply);

	if (!text)
		return replay_failed(replay, line, -ENOMEM);
	replay_trace(replay, line, text);
	if (!wants->any && err != -wants->err)
		return replay_deviates(replay, line, "expected %s, got %.*s",
				       wants->err ? errname_from(wants->err) :
						    "ok", SHOWN_MAX, text);
	for (size_t i = 0; i < wants->count; i++) {
		const struct schedule_want *want = &wants->list[i];

		if (!has_member(reply, want))
			return replay_deviates(replay, line,
				"expected %s%s%s, got %.*s", want->key,
				schedule_relation_text(want->relation),
				want->value, SHOWN_MAX, text);
	}
	return REPLAY_AS_EXPECTED;
}

/* A pause must not outlive us: what undoes it is set before it can be. */
static int send_verb(struct replay *replay, const struct schedule_line *line,
		     json_t **reply_ret)
{
	int err = 0;

	if (strcmp(line->verb, "pause") == 0)
		err = interrupt_set_request(ctlclient_fd(replay->control),
					    "resume\n");
	return err ? err : ctlclient_call(replay->control, replay->deadline_ns,
					  reply_ret, "%s", line->text);
}

enum replay_outcome replay_do_verb(struct replay *replay,
				   const struct schedule_line *line)
{
	enum replay_outcome outcome;
	json_t *reply = NULL;
	int err = send_verb(replay, line, &reply);

	if (err)
		return replay_failed(replay, line, err);
	if (!ctlclient_reply_error(reply))
		note_effect(replay, line, reply);
	outcome = judge(replay, line, reply);
	json_decref(reply);
	return outcome;
}

/* ------------------------------------------------------------------ expect */

struct search {
	const struct schedule_line *line;
	uint64_t count;
};

static void note_event(const json_t *event, void *arg)
{
	struct search *search = arg;
	const struct schedule_line *line = search->line;
	const char *name = json_string_value(json_object_get(event, "event"));

	if (!name)
		return;
	if (strcmp(name, "mark") == 0)
		search->count = 0;
	if (strcmp(name, line->event) != 0)
		return;
	for (size_t i = 0; i < line->wants.count; i++)
		if (!has_member(event, &line->wants.list[i]))
			return;
	search->count++;
}

/* Count the events that are in the log by now. */
static int count_events(struct replay *replay, const struct schedule_line *line,
			uint64_t *count_ret)
{
	struct search search = { .line = line };
	int err = (int)ctlclient_ask(replay->control, replay->deadline_ns, NULL,
				     "sync");

	if (!err)
		err = eventlog_each(replay->events, note_event, &search);
	*count_ret = search.count;
	return err;
}

static bool is_enough(const struct schedule_line *line, uint64_t count)
{
	switch (line->relation) {
	case SCHEDULE_AT_LEAST:
		return count >= line->events;
	case SCHEDULE_AT_MOST:
		return count <= line->events;
	case SCHEDULE_EQUAL:
		break;
	}
	return count == line->events;
}

enum replay_outcome replay_do_expect(struct replay *replay,
				     const struct schedule_line *line)
{
	uint64_t until_ns = MIN(clock_deadline_ns(line->within_ns),
				replay->deadline_ns);
	char answer[64];
	uint64_t count;
	bool last;

	do {
		/* Before the look: one look is at the time that was given. */
		int err;

		last = clock_now_ns() >= until_ns;
		err = count_events(replay, line, &count);
		if (err)
			return replay_failed(replay, line, err);
		if (is_enough(line, count)) {
			snprintf(answer, sizeof(answer), "%llu",
				 (unsigned long long)count);
			replay_trace(replay, line, answer);
			return REPLAY_AS_EXPECTED;
		}
		if (!last)
			clock_sleep_ns(LOOK_NS);
	} while (!last);
	return replay_deviates(replay, line, "expected count%s%llu, got %llu "
			       "events", schedule_relation_text(line->relation),
			       (unsigned long long)line->events,
			       (unsigned long long)count);
}
