/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has changed the bytes: what is found out about a finding beyond what the
 * worker knew, and what its line says of that.
 */
#include "daemon/finding-internal.h"

#include <stdio.h>
#include <string.h>

#include "daemon/call.h"
#include "daemon/fs.h"
#include "daemon/suspect.h"
#include "daemon/trace.h"

/* ---- the cause ---- */

/* What a worker knows, without a look at others. */
static void know(enum finding_known known, struct cause *cause_ret)
{
	static const struct {
		const char *name;
		const char *ground;
	} causes[] = {
		[FINDING_UNKNOWN] = { "unknown", "a pin or a write(2) into the "
			"page: nobody was looked for" },
		[FINDING_NOTIFY] = { "notify", "the verb store has put these "
			"bytes there while the WRITE was in flight" },
		[FINDING_THROUGH] = { "through", "write-through pages are not "
			"under writeback" },
		[FINDING_STABLE] = { "pin", "stable writes: a write(2) into the "
			"page waits, so only a pin is left" },
		[FINDING_CLEAN] = { "unknown", "the page has changed without "
			"having been dirtied; when is not known" },
		[FINDING_BUFFER] = { "unknown", "the writer's buffer has "
			"changed, by a thread or by a pin" },
	};

	cause_ret->name = causes[known].name;
	snprintf(cause_ret->ground, sizeof(cause_ret->ground), "%s",
		 causes[known].ground);
}

static void decide(const struct finding_entry *entry, const json_t *around,
		   bool traced, struct cause *cause_ret)
{
	struct cause_facts facts = {
		.own = entry->known == FINDING_NOTIFY,
		.through = entry->known == FINDING_THROUGH,
		.stable = entry->known == FINDING_STABLE,
		.traced = traced,
		.around = around,
	};

	if (entry->known == FINDING_CLEAN)
		know(entry->known, cause_ret);
	else
		cause_find(&facts, cause_ret);
}

/*
 * A call that is still going on is soon over: procfs is asked at once where the
 * recorder, which the first finding arms, knows nothing yet.
 */
static json_t *find(struct fs *fs, const struct suspect_query *query,
		    uint64_t deadline_ns, bool *traced_ret)
{
	static struct call calls[SUSPECT_MAX_CALLS];
	json_t *unknown = json_array();
	bool armed = strcmp(trace_state(fs->trace), "armed") == 0;
	bool complete = false;
	json_t *around = NULL;
	size_t n;

	if (!armed)
		around = suspect_find(fs->suspect, query, NULL, 0, deadline_ns);
	n = trace_calls(fs->trace, query->from_ns, query->to_ns, calls,
			ARRAY_SIZE(calls), &complete, unknown);
	if (!around)
		around = suspect_find(fs->suspect, query, calls, n,
				      deadline_ns);
	*traced_ret = trace_confirm(fs->trace, query->from_ns, query->to_ns,
				    json_object_get(around, "suspects")) &&
		      complete && armed;
	/* Who is gone had it open no longer than until then. */
	if (json_is_true(json_object_get(around, "assumes_open")) &&
	    closed_since(&fs->closed, query->ino, query->from_ns))
		json_object_set_new(around, "resolved", json_false());
	json_object_del(around, "assumes_open");
	json_array_extend(json_object_get(around, "unknown"), unknown);
	json_decref(unknown);
	return around;
}

struct finding_answer finding_look_around(struct fs *fs,
					  const struct finding_entry *entry,
					  uint64_t deadline_ns)
{
	struct suspect_query query = {
		.dev = fs->dev,
		.ino = entry->ino,
		.off = entry->off,
		.len = entry->len,
		.from_ns = entry->begin_ns,
		.to_ns = entry->end_ns,
		.pid = entry->pid,
	};
	struct finding_answer answer = { .around = NULL };
	bool traced;

	/* A program's own memory is no page of the file. */
	if (entry->known == FINDING_BUFFER || !fs->trace ||
	    fs->config->suspects == CONFIG_SUSPECTS_OFF) {
		know(entry->known, &answer.cause);
		return answer;
	}
	answer.around = find(fs, &query, deadline_ns, &traced);
	decide(entry, answer.around, traced, &answer.cause);
	return answer;
}

/* ---- the line ---- */

static json_t *suspects_of(const struct finding_answer *answer)
{
	json_t *list = json_object_get(answer->around, "suspects");
	json_t *copy = list ? json_deep_copy(list) : json_array();
	json_t *suspect;
	size_t i;

	/* A kernel stack is for the file. */
	json_array_foreach(copy, i, suspect)
		json_object_del(suspect, "stack");
	return copy;
}

json_t *finding_line(json_t *keys, const struct finding_answer *answer,
		     const char *path)
{
	json_t *line = keys ? json_copy(keys) : NULL;
	int failed = !line;

	/* Not each kind of event says who it was. */
	if (!failed && json_object_get(keys, "cause"))
		failed = json_object_update_new(line, json_pack(
			"{s:s, s:s, s:o}", "cause", answer->cause.name,
			"ground", answer->cause.ground,
			"suspects", suspects_of(answer)));
	if (!failed)
		failed = json_object_set_new(line, "evidence", path ?
					     json_text(path) : json_null());
	if (!failed)
		return line;
	json_decref(line);
	return NULL;
}

json_t *finding_plain_line(const struct finding *finding, const char *why)
{
	struct finding_answer answer = { .around = NULL };
	json_t *keys;
	json_t *line;
	size_t used;

	know(finding->known, &answer.cause);
	used = strlen(answer.cause.ground);
	snprintf(answer.cause.ground + used, sizeof(answer.cause.ground) - used,
		 "; %s to look who it was", why);
	keys = json_deep_copy(finding->keys);
	line = finding_line(keys, &answer, NULL);
	json_decref(keys);
	return line;
}
