/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file of evidence says: one JSON object, in pinfs-events(5). Keys are only
 * ever added.
 */
#include "daemon/finding-internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "common/base64.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "daemon/event.h"
#include "daemon/livepage.h"

enum { FORMAT = 1 };	/* of the format */

/* ---- bytes ---- */

static json_t *image_json(const struct finding_entry *entry, size_t i)
{
	char text[BASE64_SIZE(DIGEST_BLOCK)];
	char digest[DIGEST_HEX_SIZE];

	digest_hex(entry->digests[i], digest);
	base64_encode(entry->bytes[i], entry->len, text);
	return json_pack("{s:s, s:s}", "digest", digest, "bytes", text);
}

static int add_images(json_t *object, const struct finding_entry *entry)
{
	int failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(entry->names); i++)
		if (entry->names[i])
			failed |= json_object_set_new(object, entry->names[i],
						      image_json(entry, i));
	return failed;
}

/* Where the two images differ; null where there are not two. */
static json_t *changed_json(const struct finding_entry *entry)
{
	struct livepage_diff diff = { .off = entry->off, .len = entry->len };

	if (!entry->names[0] || !entry->names[1])
		return json_null();
	diff.nranges = livepage_ranges(entry->bytes[0], entry->bytes[1],
				       entry->len, diff.ranges);
	return event_changed(&diff);
}

/* ---- time ---- */

struct moment {
	uint64_t t_ns;
	const char *what;
	char text[96];
};

enum {
	MAX_SUSPECTS = 16,	/* whose calls are in it */
	MAX_MOMENTS = 4 + 2 * REQUEST_MAX_PAUSES + 2 * MAX_SUSPECTS,
};

struct timeline {
	size_t count;
	struct moment moments[MAX_MOMENTS];
};

static void add_moment(struct timeline *timeline, uint64_t t_ns,
		       const char *what, const char *text)
{
	struct moment *moment = &timeline->moments[timeline->count];

	if (!t_ns)
		return;
	moment->t_ns = t_ns;
	moment->what = what;
	snprintf(moment->text, sizeof(moment->text), "%s", text);
	timeline->count++;
}

static void add_pause(struct timeline *timeline,
		      const struct request_pause *pause)
{
	char text[64];

	if (pause->gate_id)
		snprintf(text, sizeof(text), "by gate %" PRIu64 ", at=%s",
			 pause->gate_id, pause->at_reply ? "reply" : "arrive");
	else
		snprintf(text, sizeof(text), "%s", pause->at_reply ?
			 "for the time of window=" : "by a delay");
	add_moment(timeline, pause->from_ns, "held", text);
	add_moment(timeline, pause->until_ns, "released", text);
}

/* Begin and end of the suspects' calls, as far as they are known. */
static void add_calls(struct timeline *timeline, const json_t *suspects)
{
	static const struct {
		const char *key;
		const char *what;
	} ends[] = {
		{ "enter_ns", "call_enter" }, { "exit_ns", "call_exit" },
	};
	const json_t *suspect;
	size_t i;

	json_array_foreach(suspects, i, suspect) {
		char text[96];

		if (i == MAX_SUSPECTS)
			break;
		snprintf(text, sizeof(text), "%.32s: %.32s (thread %d)",
			 json_string_value(json_object_get(suspect, "call")),
			 json_string_value(json_object_get(suspect, "comm")),
			 (int)json_integer_value(json_object_get(suspect,
								 "tid")));
		for (size_t j = 0; j < ARRAY_SIZE(ends); j++)
			add_moment(timeline, (uint64_t)json_integer_value(
				json_object_get(suspect, ends[j].key)),
				   ends[j].what, text);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct moment *first = a;
	const struct moment *second = b;

	return (first->t_ns > second->t_ns) - (first->t_ns < second->t_ns);
}

/* The last look is what the event is called after: recheck, peek, ... */
static const char *last_look(const struct finding_entry *entry)
{
	return entry->names[1] ? entry->names[1] : "found";
}

static json_t *timeline_json(const struct finding_entry *entry,
			     const json_t *suspects, uint64_t reply_ns)
{
	struct timeline timeline = { 0 };
	json_t *array = json_array();
	int failed = !array;

	add_moment(&timeline, entry->arrival_ns, "arrival",
		   "the WRITE has been received, the first look");
	for (unsigned int i = 0; i < entry->npauses; i++)
		add_pause(&timeline, &entry->pauses[i]);
	add_moment(&timeline, entry->stored_ns, "stored", "SOURCE has it");
	add_moment(&timeline, entry->to_ns, last_look(entry), "the last look");
	add_moment(&timeline, reply_ns, "reply", "the kernel is told");
	add_calls(&timeline, suspects);
	qsort(timeline.moments, timeline.count, sizeof(timeline.moments[0]),
	      by_time);
	for (size_t i = 0; i < timeline.count && !failed; i++)
		failed = json_array_append_new(array, json_pack(
			"{s:I, s:s, s:s}",
			"t_ns", (json_int_t)timeline.moments[i].t_ns,
			"what", timeline.moments[i].what,
			"text", timeline.moments[i].text));
	if (!failed)
		return array;
	json_decref(array);
	return NULL;
}

/* ---- the system ---- */

static json_t *system_json(void)
{
	char time[CLOCK_RFC3339_SIZE];
	struct utsname kernel;

	clock_rfc3339(time);
	uname(&kernel);
	return json_pack("{s:s, s:s, s:s, s:s}", "release", kernel.release,
			 "version", kernel.version, "machine", kernel.machine,
			 "time", time);
}

/* A line "NAME N" of /proc/vmstat; null where the kernel has none. */
static json_t *counter(const char *text, const char *name)
{
	const char *line = text ? strstr(text, name) : NULL;

	return line ? json_integer(strtoll(line + strlen(name), NULL, 10)) :
		      json_null();
}

static json_t *pins_json(void)
{
	autofree char *text = NULL;

	if (fdio_read_file("/proc/vmstat", &text))
		text = NULL;
	return json_pack("{s:o, s:o}",
			 "acquired", counter(text, "\nnr_foll_pin_acquired "),
			 "released", counter(text, "\nnr_foll_pin_released "));
}

/* ---- the whole ---- */

/* What somebody who looked around has found; without one, that nobody has. */
static int add_around(json_t *object, json_t *around)
{
	json_t *nothing;
	int failed;

	if (around)
		return json_object_update_missing(object, around);
	nothing = json_pack("{s:[], s:[], s:[], s:[s], s:n}", "suspects",
			    "mappers", "openers", "unknown",
			    "nobody has looked who maps the file, who has it "
			    "open, and who is in a system call", "page");
	failed = !nothing || json_object_update_missing(object, nothing);
	json_decref(nothing);
	return failed;
}

/* From the line. */
static int add_key(json_t *object, const struct finding_entry *entry,
		   const char *key)
{
	json_t *value = json_object_get(entry->keys, key);

	return value ? json_object_set(object, key, value) :
		       json_object_set_new(object, key, json_null());
}

static json_t *head_json(const struct finding_entry *entry)
{
	static const char *const keys[] = { "path", "ino", "block", "offset",
					    "length", "origin", "policy" };
	json_t *object = json_pack("{s:i, s:s}", "pinfs_evidence", FORMAT,
				   "event", entry->event);
	int failed = !object;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && !failed; i++)
		failed = add_key(object, entry, keys[i]);
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

json_t *finding_file(const struct finding_entry *entry,
		     const struct finding_answer *answer, uint64_t reply_ns,
		     json_t *mount)
{
	json_t *object = head_json(entry);
	int failed = !object;

	if (!failed)
		failed = json_object_set_new(object, "changed",
					     changed_json(entry));
	if (!failed)
		failed = add_images(object, entry);
	if (!failed)
		failed = json_object_update_new(object, json_pack(
			"{s:o, s:s, s:s}",
			"timeline", timeline_json(entry, json_object_get(
				answer->around, "suspects"), reply_ns),
			"cause", answer->cause.name, "ground",
			answer->cause.ground));
	if (!failed)
		failed = add_around(object, answer->around);
	if (!failed)
		failed = json_object_update_new(object, json_pack(
			"{s:o, s:i, s:o, s:O?}", "pins", pins_json(),
			"pid", (int)entry->pid, "system", system_json(),
			"mount", mount));
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}
