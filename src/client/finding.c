/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns one finding: its line, its evidence file, and what follows from both. */
#include "client/finding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/finding-internal.h"
#include "client/findingsplace.h"
#include "common/cleanup.h"

/* For members that are not there: never changed, never freed. */
static const json_t *empty_array(void)
{
	static json_t *array;

	if (!array)
		array = json_array();
	return array;
}

static void say_missing(struct finding *finding, const char *path, int err)
{
	const char *slash = strrchr(path, '/');

	snprintf(finding->missing, sizeof(finding->missing), "%.150s: %s",
		 slash ? slash + 1 : path,
		 err == -EBADMSG ? "is no evidence of this version" :
				   strerror(-err));
}

/* Older daemons keep the bytes that arrived, and no more. */
static void take_bytes(struct finding *finding, const char *text, size_t len)
{
	finding_image_set(finding->item->class == TALLY_declared ?
			  &finding->after : &finding->before, text, len);
}

static bool is_bytes(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && strcmp(path + len - 4, ".bin") == 0;
}

static int take_json(struct finding *finding, const char *text, size_t len,
		     const struct redact *redact)
{
	json_t *evidence = json_loadb(text, len, 0, NULL);
	int err = 0;

	if (findings_number(evidence, "pinfs_evidence") == 1) {
		finding->evidence = redact_evidence(redact, evidence);
		err = finding->evidence ? 0 : -ENOMEM;
	} else {
		err = -EBADMSG;
	}
	json_decref(evidence);
	return err;
}

static int load(struct finding *finding, const struct findings *findings)
{
	const char *path = findings_text(finding->item->event, "evidence");
	autofree char *text = NULL;
	size_t len;
	int err;

	if (!*path) {
		snprintf(finding->missing, sizeof(finding->missing),
			 "none was kept");
		return 0;
	}
	if (is_bytes(path) && findings->left_out != REDACT_NONE) {
		snprintf(finding->missing, sizeof(finding->missing),
			 "left out: nothing says which of its bytes differ");
		return 0;
	}
	err = findingsplace_evidence(findings->place, path, &text, &len);
	if (!err && is_bytes(path))
		take_bytes(finding, text, len);
	else if (!err)
		err = take_json(finding, text, len, &findings->redact);
	if (err && err != -ENOMEM)
		say_missing(finding, path, err);
	return err == -ENOMEM ? err : 0;
}

/* ------------------------------------------------------------------- images */

static void read_images(struct finding *finding)
{
	const struct finding_pair *pair = finding_pair(finding->item->class);
	const json_t *event = finding->item->event;
	const json_t *evidence = finding->evidence;

	if (!pair)
		return;
	finding_image_read(&finding->before, pair->before,
			   json_object_get(event, pair->before));
	finding_image_read(&finding->after, pair->after,
			   json_object_get(event, pair->after));
	finding_image_read(&finding->before, pair->before,
			   json_object_get(evidence, pair->before));
	finding_image_read(&finding->after, pair->after,
			   json_object_get(evidence, pair->after));
}

/* An image of the whole block begins where the block does. */
static void place_images(struct finding *finding)
{
	size_t len = MAX(finding->before.len, finding->after.len);
	int64_t off = findings_number(finding->item->event, "offset");

	finding->from = off > 0 ? (size_t)off % DIGEST_BLOCK : 0;
	if (finding->from + len > DIGEST_BLOCK)
		finding->from = 0;
}

static size_t read_ranges(const json_t *changed, struct finding_range *ranges)
{
	const json_t *pair;
	size_t i, count = 0;

	json_array_foreach(changed, i, pair) {
		json_int_t off = json_integer_value(json_array_get(pair, 0));
		json_int_t len = json_integer_value(json_array_get(pair, 1));

		if (off < 0 || len <= 0 || off >= DIGEST_BLOCK ||
		    count == FINDING_RANGES)
			continue;
		ranges[count].off = (size_t)off;
		ranges[count++].len = MIN((size_t)len,
					  (size_t)(DIGEST_BLOCK - off));
	}
	return count;
}

/* The line's own ranges, or those of the images: a lost block's has none. */
static int collect_ranges(struct finding *finding)
{
	const json_t *changed = json_object_get(finding->item->event,
						"changed");

	finding->ranges = calloc(FINDING_RANGES, sizeof(*finding->ranges));
	if (!finding->ranges)
		return -ENOMEM;
	if (!json_array_size(changed))
		changed = json_object_get(finding->evidence, "changed");
	finding->nranges = read_ranges(changed, finding->ranges);
	if (finding->nranges)
		return 0;
	finding->nranges = finding_image_compare(&finding->before,
						 &finding->after,
						 finding->ranges);
	for (size_t i = 0; i < finding->nranges; i++)
		finding->ranges[i].off += finding->from;
	return 0;
}

bool finding_has_images(const struct finding *finding)
{
	return finding->before.len && finding->after.len;
}

size_t finding_differing(const struct finding *finding)
{
	size_t sum = 0;

	for (size_t i = 0; i < finding->nranges; i++)
		sum += finding->ranges[i].len;
	return sum;
}

/* ------------------------------------------------------------------ members */

/* Of the evidence, or else of the line. */
static const json_t *member(const struct finding *finding, const char *key)
{
	const json_t *value = json_object_get(finding->evidence, key);

	return value ? value : json_object_get(finding->item->event, key);
}

static const char *text_member(const struct finding *finding, const char *key)
{
	const char *text = json_string_value(member(finding, key));

	return text ? text : "";
}

static const json_t *array_member(const struct finding *finding,
				  const char *key)
{
	const json_t *array = member(finding, key);

	return json_is_array(array) ? array : empty_array();
}

static const json_t *object_member(const struct finding *finding,
				   const char *key)
{
	const json_t *object = json_object_get(finding->evidence, key);

	return json_is_object(object) ? object : NULL;
}

static void take_members(struct finding *finding)
{
	const json_t *event = finding->item->event;

	finding->path = findings_text(event, "path");
	finding->block = (uint64_t)findings_number(event, "block");
	finding->t_ns = findings_number(event, "t_ns");
	finding->cause = text_member(finding, "cause");
	finding->ground = text_member(finding, "ground");
	finding->suspects = array_member(finding, "suspects");
	finding->mappers = array_member(finding, "mappers");
	finding->openers = array_member(finding, "openers");
	finding->unknown = array_member(finding, "unknown");
	finding->page = object_member(finding, "page");
	finding->pins = object_member(finding, "pins");
	finding->system = object_member(finding, "system");
	finding->mount = object_member(finding, "mount");
}

int finding_open(const struct findings *findings,
		 const struct findings_item *item,
		 struct finding **finding_ret)
{
	struct finding *finding = calloc(1, sizeof(*finding));
	int err;

	if (!finding || !empty_array()) {
		free(finding);
		return -ENOMEM;
	}
	finding->item = item;
	finding->before.name = finding->after.name = "";
	err = load(finding, findings);
	take_members(finding);
	read_images(finding);
	place_images(finding);
	if (!err)
		err = collect_ranges(finding);
	if (!err) {
		finding_image_describe(finding, &finding->before);
		finding_image_describe(finding, &finding->after);
		err = finding_collect_moments(finding);
	}
	if (err)
		finding_close(finding);
	else
		*finding_ret = finding;
	return err;
}

void finding_close(struct finding *finding)
{
	if (!finding)
		return;
	for (size_t i = 0; i < finding->nmoments; i++)
		free(finding->moments[i].text);
	free(finding->moments);
	free(finding->ranges);
	json_decref(finding->evidence);
	free(finding);
}
