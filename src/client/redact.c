/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the list of what may be shown. One list for lines, evidence and status: a
 * name means the same in all of them. Whatever is not in it is dropped with all
 * that is below it.
 */
#include "client/redact.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "client/finding-internal.h"
#include "common/base64.h"
#include "common/cleanup.h"
#include "common/digest.h"

enum treatment {
	PLAIN,		/* numbers, words of a small set: as they are */
	BELOW,		/* an object or array: its members by this list */
	SHORT,		/* as it is if it is one word of the daemon's */
	NAME,		/* a path: hashed by REDACT_ALL */
	FILE_NAME,	/* of evidence: without its directory by REDACT_ALL */
	WORDS,		/* free text that may name anything: gone by REDACT_ALL */
	OPEN,		/* any members, but no names by REDACT_ALL */
	IMAGE,		/* a digest, or a block's bytes */
};

static const struct {
	const char *key;
	enum treatment treatment;
} keys[] = {
	/* Of every line. */
	{ "seq", PLAIN }, { "t_ns", PLAIN }, { "time", SHORT },
	{ "event", SHORT },
	/* Of events. */
	{ "version", SHORT }, { "dev", SHORT }, { "kernel", SHORT },
	{ "source", NAME }, { "mountpoint", NAME }, { "options", OPEN },
	{ "live", SHORT }, { "path", NAME }, { "ino", PLAIN },
	{ "block", PLAIN }, { "offset", PLAIN }, { "length", PLAIN },
	{ "changed", BELOW }, { "window_us", PLAIN }, { "origin", SHORT },
	{ "cause", SHORT }, { "ground", WORDS }, { "policy", SHORT },
	{ "suspects", BELOW }, { "evidence", FILE_NAME },
	{ "during", SHORT }, { "reason", WORDS }, { "after_us", PLAIN },
	{ "digest", IMAGE }, { "same", PLAIN }, { "unstable", PLAIN },
	{ "pid", PLAIN }, { "count", PLAIN }, { "id", PLAIN },
	{ "at", SHORT }, { "held_us", PLAIN }, { "op", SHORT },
	{ "gate", PLAIN }, { "action", SHORT }, { "result", SHORT },
	{ "records", PLAIN }, { "text", WORDS }, { "writes", PLAIN },
	{ "live_writes", PLAIN }, { "unstable_blocks", PLAIN },
	{ "lost_requests", PLAIN },
	/* The images. */
	{ "arrival", IMAGE }, { "recheck", IMAGE }, { "cache", IMAGE },
	{ "store", IMAGE }, { "peek", IMAGE }, { "declared", IMAGE },
	{ "arrived", IMAGE }, { "stored", IMAGE }, { "found", IMAGE },
	{ "sent", IMAGE }, { "got", IMAGE },
	/* Of evidence. */
	{ "pinfs_evidence", PLAIN }, { "timeline", BELOW }, { "what", SHORT },
	{ "mappers", BELOW }, { "ranges", BELOW }, { "address", SHORT },
	{ "perms", SHORT }, { "openers", BELOW }, { "fd", PLAIN },
	{ "flags", PLAIN }, { "unknown", WORDS }, { "page", BELOW },
	{ "raw", SHORT }, { "pins", BELOW }, { "acquired", PLAIN },
	{ "released", PLAIN }, { "system", BELOW }, { "release", SHORT },
	{ "machine", SHORT }, { "mount", BELOW }, { "capabilities", OPEN },
	/* Of suspects. */
	{ "tid", PLAIN }, { "comm", WORDS }, { "cmdline", WORDS },
	{ "kind", SHORT }, { "call", SHORT }, { "file", NAME },
	{ "file_offset", PLAIN }, { "enter_ns", PLAIN }, { "exit_ns", PLAIN },
	{ "by", SHORT }, { "stack", WORDS }, { "resolved", PLAIN },
	/* Of status. */
	{ "connection", PLAIN }, { "mode", SHORT }, { "live_reason", WORDS },
	{ "log", NAME }, { "state", NAME }, { "pins_only", PLAIN },
	{ "loop", NAME }, { "paused", PLAIN }, { "waiting", PLAIN },
	{ "queued", PLAIN }, { "held", PLAIN }, { "gates", PLAIN },
	{ "inodes", PLAIN }, { "unsettled_blocks", PLAIN },
	{ "uptime_us", PLAIN }, { "request_timeout_us", PLAIN },
	{ "counters", OPEN },
};

const char redact_left_out[] = "(left out)";

int redact_init(struct redact *redact, enum redact_level level)
{
	redact->level = level;
	if (level == REDACT_NONE)
		return 0;
	return getrandom(redact->salt, sizeof(redact->salt), 0) ==
	       (ssize_t)sizeof(redact->salt) ? 0 : -EIO;
}

/* -------------------------------------------------------------------- names */

/* A component of a path. */
static uint64_t hash_name(const struct redact *redact, const char *name,
			  size_t len)
{
	autofree char *salted = malloc(sizeof(redact->salt) + len);

	if (!salted)
		return 0;
	memcpy(salted, redact->salt, sizeof(redact->salt));
	memcpy(salted + sizeof(redact->salt), name, len);
	return digest_bytes(salted, sizeof(redact->salt) + len);
}

/* "/dir/file" as "/n-0123456789abcdef/n-..."; "(ino 12)" is no name. */
static json_t *hash_path(const struct redact *redact, const char *path)
{
	enum { NAME_SIZE = DIGEST_HEX_SIZE + 3 };
	autofree char *text = malloc(strlen(path) * NAME_SIZE + 1);
	char *to = text;

	if (!text)
		return NULL;
	if (strncmp(path, "(ino ", strlen("(ino ")) == 0)
		return json_string(path);
	while (*path) {
		size_t len = strcspn(path, "/");
		char hex[DIGEST_HEX_SIZE];

		if (len) {
			digest_hex(hash_name(redact, path, len), hex);
			to += sprintf(to, "n-%s", hex);
			path += len;
		}
		if (*path) {
			*to++ = '/';
			path++;
		}
	}
	*to = '\0';
	return json_string(text);
}

static json_t *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return json_string(slash ? slash + 1 : path);
}

/* ------------------------------------------------------------------- images */

/* What may be shown of an image that has bytes. */
static void hide(struct finding_image *image, const struct finding_range *ranges,
		 size_t count)
{
	bool wanted[DIGEST_BLOCK] = { false };

	for (size_t i = 0; i < count; i++)
		memset(wanted + ranges[i].off, true, ranges[i].len);
	for (size_t i = 0; i < image->len; i++) {
		image->shown[i] = image->shown[i] && wanted[i];
		if (!image->shown[i])
			image->bytes[i] = 0;
	}
}

static int append_range(json_t *array, const struct finding_image *image,
			size_t off, size_t len)
{
	char text[BASE64_SIZE(DIGEST_BLOCK)];

	base64_encode(image->bytes + off, len, text);
	return json_array_append_new(array, json_pack("[I, s]",
						      (json_int_t)off, text));
}

static json_t *image_ranges(const struct finding_image *image)
{
	json_t *array = json_array();
	int err = 0;

	for (size_t at = 0; at < image->len && !err;) {
		size_t end = at;

		while (end < image->len && image->shown[end])
			end++;
		if (end > at)
			err = append_range(array, image, at, end - at);
		at = end + 1;
	}
	if (!err)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *image_json(const struct finding_image *image)
{
	return json_pack("{s:s, s:I, s:o}", "digest", image->digest,
			 "length", (json_int_t)image->len,
			 "ranges", image_ranges(image));
}

/*
 * Both images of the evidence are read and compared, so that what is shown does
 * not rest on what the file says is changed. What has been redacted before has
 * bytes in such ranges only; equal ones within them stay.
 */
static json_t *redact_image(const json_t *evidence, const char *key)
{
	const struct finding_pair *pair =
		finding_pair_of(findings_text(evidence, "event"));
	autofree struct finding_image *images = calloc(2, sizeof(*images));
	autofree struct finding_range *ranges =
		calloc(FINDING_RANGES, sizeof(*ranges));
	size_t count;

	if (!images || !ranges)
		return NULL;
	if (!pair || (strcmp(key, pair->before) != 0 &&
		      strcmp(key, pair->after) != 0))
		return json_null();
	finding_image_read(&images[0], pair->before,
			   json_object_get(evidence, pair->before));
	finding_image_read(&images[1], pair->after,
			   json_object_get(evidence, pair->after));
	count = finding_image_compare(&images[0], &images[1], ranges);
	hide(&images[0], ranges, count);
	hide(&images[1], ranges, count);
	return image_json(&images[strcmp(key, pair->after) == 0]);
}

/* A line has digests only; whatever is longer is none. */
static json_t *redact_digest(const json_t *value)
{
	const char *text = json_string_value(value);

	return text && strlen(text) < DIGEST_HEX_SIZE ? json_string(text) :
							json_null();
}

/* --------------------------------------------------------------- the walking */

static json_t *redact_value(const struct redact *redact, const json_t *top,
			    const char *key, json_t *value);

static json_t *redact_object(const struct redact *redact, const json_t *top,
			     json_t *object)
{
	json_t *shown = json_object();
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		json_t *part = redact_value(redact, top, key, value);

		if (part && json_object_set_new(shown, key, part)) {
			json_decref(shown);
			return NULL;
		}
	}
	return shown;
}

static json_t *redact_below(const struct redact *redact, const json_t *top,
			    json_t *value)
{
	json_t *array, *member;
	size_t i;

	if (json_is_object(value))
		return redact_object(redact, top, value);
	if (!json_is_array(value))
		return json_is_string(value) ? json_null() : json_incref(value);
	array = json_array();
	json_array_foreach(value, i, member)
		if (json_array_append_new(array,
					  redact_below(redact, top, member)))
			break;
	return array;
}

/* One word of the daemon's: no text of a user's, and no bytes of a file. */
static json_t *short_word(json_t *value)
{
	enum { LONGEST = 64 };
	const char *text = json_string_value(value);

	return !text || strlen(text) <= LONGEST ? json_incref(value) :
						  json_string(redact_left_out);
}

/* Numbers, and arrays of words such as flags: nothing that nests. */
static json_t *plain(json_t *value)
{
	json_t *array, *member;
	size_t i;

	if (json_is_object(value))
		return json_null();
	if (!json_is_array(value))
		return short_word(value);
	array = json_array();
	json_array_foreach(value, i, member)
		if (!json_is_object(member) && !json_is_array(member))
			json_array_append_new(array, short_word(member));
	return array;
}

static json_t *open_object(const struct redact *redact, json_t *value)
{
	json_t *shown = json_object();
	const char *key;
	json_t *member;

	if (redact->level < REDACT_ALL) {
		json_decref(shown);
		return json_incref(value);
	}
	json_object_foreach(value, key, member) {
		const char *text = json_string_value(member);

		if (json_is_object(member) || json_is_array(member) ||
		    strcmp(key, "mount") == 0 || (text && strchr(text, '/')))
			continue;
		json_object_set(shown, key, member);
	}
	return shown;
}

static json_t *name_json(const struct redact *redact, enum treatment treatment,
			 json_t *value)
{
	const char *text = json_string_value(value);

	if (!text)
		return plain(value);
	if (redact->level < REDACT_ALL)
		return json_incref(value);
	return treatment == NAME ? hash_path(redact, text) :
				   last_component(text);
}

static enum treatment treatment_of(const char *key, bool *found_ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(keys[i].key, key) == 0) {
			*found_ret = true;
			return keys[i].treatment;
		}
	}
	*found_ret = false;
	return PLAIN;
}

/* @top: the whole line or file. Return: NULL: dropped. */
static json_t *redact_value(const struct redact *redact, const json_t *top,
			    const char *key, json_t *value)
{
	bool found;
	enum treatment treatment = treatment_of(key, &found);

	if (!found)
		return NULL;
	switch (treatment) {
	case BELOW:
		return redact_below(redact, top, value);
	case SHORT:
	case PLAIN:
		return plain(value);
	case NAME:
	case FILE_NAME:
		return name_json(redact, treatment, value);
	case WORDS:
		return redact->level < REDACT_ALL || json_is_null(value) ?
			json_incref(value) : json_string(redact_left_out);
	case OPEN:
		if (json_is_object(value))
			return open_object(redact, value);
		return redact->level < REDACT_ALL ? json_incref(value) :
						    json_string(redact_left_out);
	default:
		return json_is_object(value) ? redact_image(top, key) :
					       redact_digest(value);
	}
}

static json_t *redact_top(const struct redact *redact, json_t *object)
{
	return redact->level == REDACT_NONE ? json_incref(object) :
		redact_object(redact, object, object);
}

json_t *redact_event(const struct redact *redact, json_t *event)
{
	return redact_top(redact, event);
}

json_t *redact_evidence(const struct redact *redact, json_t *evidence)
{
	return redact_top(redact, evidence);
}

json_t *redact_status(const struct redact *redact, json_t *status)
{
	return redact_top(redact, status);
}
