/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A finding as the page's script reads it: the row of the list, and all the
 * rest. Lists of processes are bounded, and a list that the finding before has as
 * well is not written again: then there is the number of the finding that has it.
 */
#include "client/report-html-internal.h"

#include <inttypes.h>
#include <stdio.h>

#include "client/finding.h"
#include "common/digest.h"

enum {
	LIST_MAX = 64,		/* processes in one list */
	RANGES_MAX = 16,	/* that differ */
	SHARE_LEAST = 256,	/* of the images' room, for one finding */
};

/* An object that is being made; once something fails, it stays so. */
struct builder {
	json_t *object;
	bool failed;
};

/* Takes the reference to @value; NULL: there was no memory for it. */
static void add(struct builder *builder, const char *key, json_t *value)
{
	if (json_object_set_new(builder->object, key, value))
		builder->failed = true;
}

/* A member of another object as it is, null when there is none. */
static void add_member(struct builder *builder, const json_t *object,
		       const char *key)
{
	json_t *value = json_object_get(object, key);

	add(builder, key, value ? json_incref(value) : json_null());
}

static json_int_t block_of(const json_t *event)
{
	const json_t *block = json_object_get(event, "block");

	return json_is_integer(block) ? json_integer_value(block) : -1;
}

/* Who is the first to be looked at. */
static void describe_suspect(const struct finding *finding, char *text,
			     size_t size)
{
	const json_t *suspect = json_array_get(finding->suspects, 0);
	size_t more = json_array_size(finding->suspects);

	*text = '\0';
	if (!suspect)
		return;
	if (more > 1)
		snprintf(text, size, "%s %s +%zu",
			 findings_text(suspect, "comm"),
			 findings_text(suspect, "call"), more - 1);
	else
		snprintf(text, size, "%s %s", findings_text(suspect, "comm"),
			 findings_text(suspect, "call"));
}

json_t *report_html_row(const struct finding *finding)
{
	const json_t *event = finding->item->event;
	char suspect[256];

	describe_suspect(finding, suspect, sizeof(suspect));
	return json_pack("[I, s, o, o, I, o, I, o]",
		(json_int_t)finding->item->number,
		findings_class_name(finding->item->class),
		json_text(finding->cause), json_text(finding->path),
		block_of(event), json_text(findings_text(event, "time")),
		finding->nranges ? (json_int_t)finding_differing(finding) :
			(json_int_t)-1,
		json_text(suspect));
}

static json_t *digests_json(const struct finding *finding)
{
	const struct finding_image *images[] = {
		&finding->before, &finding->after,
	};
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
		if (!*images[i]->digest)
			continue;
		if (json_array_append_new(list, json_pack(
			"[s, o]", images[i]->name,
			json_text(images[i]->digest)))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* Where the bytes differ, for a finding without images. */
static json_t *ranges_json(const struct finding *finding)
{
	size_t count = MIN(finding->nranges, (size_t)RANGES_MAX);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(list, json_pack(
			"[i, i]", (int)finding->ranges[i].off,
			(int)finding->ranges[i].len))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *timeline_json(const struct finding *finding)
{
	json_t *list = json_array();

	for (size_t i = 0; i < finding->nmoments; i++) {
		const struct finding_moment *moment = &finding->moments[i];

		if (json_array_append_new(list, json_pack(
			"{s:I, s:o, s:o}", "t_ns", (json_int_t)moment->t_ns,
			"what", json_text(moment->what), "text",
			json_text(moment->text ? moment->text : "")))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* "dirty, uptodate" */
static json_t *flags_json(const json_t *page)
{
	const json_t *flags = json_object_get(page, "flags");
	char text[512] = "";
	size_t used = 0, i;
	json_t *flag;

	json_array_foreach(flags, i, flag) {
		const char *name = json_string_value(flag);

		if (name && used < sizeof(text))
			used += (size_t)snprintf(text + used,
				sizeof(text) - used, "%s%s", used ? ", " : "",
				name);
	}
	return json_text(text);
}

static json_t *pins_json(const json_t *pins)
{
	char text[128] = "";

	if (pins)
		snprintf(text, sizeof(text),
			 "%" PRId64 " acquired, %" PRId64 " released so far",
			 findings_number(pins, "acquired"),
			 findings_number(pins, "released"));
	return json_string(text);
}

/* The first of a list; the rest is counted by add_unknown(). */
static json_t *bounded(const json_t *list)
{
	json_t *first = json_array();
	json_t *value;
	size_t i;

	json_array_foreach(list, i, value) {
		if (i == LIST_MAX)
			break;
		if (json_array_append(first, value)) {
			json_decref(first);
			return NULL;
		}
	}
	return first;
}

/* A list, or the number of the finding that has the same. */
static json_t *shared(struct report_html_list *last, const json_t *list,
		      size_t number)
{
	json_t *value = bounded(list);

	if (!value || !json_array_size(value))
		return value;
	if (last->value && json_equal(last->value, value)) {
		json_decref(value);
		return json_integer((json_int_t)last->number);
	}
	json_decref(last->value);
	last->value = json_incref(value);
	last->number = number;
	return value;
}

static size_t beyond(const json_t *list)
{
	size_t size = json_array_size(list);

	return size > LIST_MAX ? size - LIST_MAX : 0;
}

static json_t *unknown_json(const struct finding *finding)
{
	const struct {
		const char *what;
		size_t count;
	} rest[] = {
		{ "suspects", beyond(finding->suspects) },
		{ "processes that map the file", beyond(finding->mappers) },
		{ "descriptors of the file", beyond(finding->openers) },
	};
	json_t *list = bounded(finding->unknown);

	for (size_t i = 0; list && i < ARRAY_SIZE(rest); i++) {
		char text[128];

		if (!rest[i].count)
			continue;
		snprintf(text, sizeof(text), "%zu more %s are not in this page",
			 rest[i].count, rest[i].what);
		if (json_array_append_new(list, json_string(text))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

bool report_html_has_evidence(const struct findings_item *item)
{
	return json_is_string(json_object_get(item->event, "evidence"));
}

/* Each finding may have what is left, shared by those that are to come. */
static json_t *add_images(struct report_html_state *state,
			  const struct finding *finding)
{
	size_t share = state->room / MAX(state->left, (size_t)1);
	json_t *images = report_html_images(finding, MAX(share,
						    (size_t)SHARE_LEAST));
	size_t used = images && !json_is_null(images) ?
		      json_dumpb(images, NULL, 0, JSON_COMPACT) : 0;

	state->room -= MIN(used, state->room);
	if (report_html_has_evidence(finding->item))
		state->left -= state->left > 0;
	return images;
}

json_t *report_html_details(struct report_html_state *state,
			    const struct finding *finding)
{
	static const char *const members[] = {
		"time", "ino", "offset", "length", "origin", "policy",
		"window_us", "evidence",
	};
	const struct findings_item *item = finding->item;
	struct builder builder = { .object = json_object() };

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		add_member(&builder, item->event, members[i]);
	add(&builder, "cause", json_text(finding->cause));
	add(&builder, "ground", json_text(finding->ground));
	add(&builder, "digests", digests_json(finding));
	add(&builder, "changed", ranges_json(finding));
	add(&builder, "page", flags_json(finding->page));
	add(&builder, "pins", pins_json(finding->pins));
	add(&builder, "mark", json_text(findings_text(item->mark, "text")));
	add(&builder, "missing", json_text(finding->missing));
	add(&builder, "images", add_images(state, finding));
	add(&builder, "timeline", timeline_json(finding));
	add(&builder, "suspects", bounded(finding->suspects));
	add(&builder, "mappers", shared(&state->mappers, finding->mappers,
					item->number));
	add(&builder, "openers", shared(&state->openers, finding->openers,
					item->number));
	add(&builder, "unknown", unknown_json(finding));
	if (builder.failed) {
		json_decref(builder.object);
		return NULL;
	}
	return builder.object;
}
