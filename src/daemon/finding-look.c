/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has changed the bytes: what is found out about a finding beyond what the
 * worker knew, and what its line says of that.
 */
#include "daemon/finding-internal.h"

#include <stdio.h>

#include "common/cleanup.h"

/* ---- the cause ---- */

static struct finding_answer known_answer(enum finding_known known)
{
	static const struct finding_answer answers[] = {
		[FINDING_UNKNOWN] = { "unknown", "a pin or a write(2) into the "
			"page: not told apart", NULL },
		[FINDING_NOTIFY] = { "notify", "the verb store has put these "
			"bytes there while the WRITE was in flight", NULL },
		[FINDING_THROUGH] = { "through", "write-through pages are not "
			"under writeback", NULL },
		[FINDING_STABLE] = { "pin", "stable writes: a write(2) into the "
			"page waits, so only a pin is left", NULL },
		[FINDING_CLEAN] = { "unknown", "the page has changed without "
			"having been dirtied; when is not known", NULL },
		[FINDING_BUFFER] = { "unknown", "the writer's buffer has "
			"changed, by a thread or by a pin", NULL },
	};

	return answers[known];
}

struct finding_answer finding_look_around(const struct fs *fs,
					  const struct finding_entry *entry,
					  uint64_t deadline_ns)
{
	(void)fs;
	(void)deadline_ns;
	return known_answer(entry->known);
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
			"{s:s, s:s, s:o}", "cause", answer->cause,
			"ground", answer->ground,
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
	struct finding_answer answer = known_answer(finding->known);
	autofree char *ground = NULL;
	json_t *keys;
	json_t *line;

	if (asprintf(&ground, "%s; %s to look who it was", answer.ground,
		     why) < 0) {
		ground = NULL;
		return NULL;
	}
	answer.ground = ground;
	keys = json_deep_copy(finding->keys);
	line = finding_line(keys, &answer, NULL);
	json_decref(keys);
	return line;
}
