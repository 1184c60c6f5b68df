/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the images of a block: reading them, comparing, and whose bytes they are. */
#include "client/finding-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/content.h"
#include "common/base64.h"

static const struct finding_pair pairs[] = {
	{ TALLY_unstable, "arrival", "recheck" },
	{ TALLY_source, "arrival", "peek" },
	{ TALLY_lost, "store", "cache" },
	{ TALLY_media, "stored", "found" },
	{ TALLY_declared, "declared", "arrived" },
	{ TALLY_receipt, "sent", "got" },
};

/* Fewer equal bytes do not end a range (daemon/livepage.c has the same). */
enum { GAP = 8 };

const struct finding_pair *finding_pair(enum tally_class class)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (pairs[i].class == class)
			return &pairs[i];
	return NULL;
}

const struct finding_pair *finding_pair_of(const char *event)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		if (strcmp(findings_class_name(pairs[i].class), event) == 0)
			return &pairs[i];
	return NULL;
}

/* ------------------------------------------------------------------ reading */

void finding_image_set(struct finding_image *image, const void *bytes,
		       size_t len)
{
	image->len = MIN(len, (size_t)DIGEST_BLOCK);
	memcpy(image->bytes, bytes, image->len);
	memset(image->shown, true, image->len);
}

static void take_range(struct finding_image *image, const json_t *range)
{
	json_int_t off = json_integer_value(json_array_get(range, 0));
	const char *text = json_string_value(json_array_get(range, 1));
	uint8_t bytes[DIGEST_BLOCK];
	ssize_t len = text ? base64_decode(text, bytes, sizeof(bytes)) : -1;

	if (len < 0 || off < 0 || off > DIGEST_BLOCK ||
	    len > DIGEST_BLOCK - off)
		return;
	memcpy(image->bytes + off, bytes, (size_t)len);
	memset(image->shown + off, true, (size_t)len);
	image->len = MAX(image->len, (size_t)(off + len));
}

static void take_ranges(struct finding_image *image, const json_t *value)
{
	json_int_t len = json_integer_value(json_object_get(value, "length"));
	const json_t *range;
	size_t i;

	json_array_foreach(json_object_get(value, "ranges"), i, range)
		take_range(image, range);
	if (image->len && len > 0)
		image->len = MAX(image->len,
				 MIN((size_t)len, (size_t)DIGEST_BLOCK));
}

void finding_image_read(struct finding_image *image, const char *name,
			const json_t *value)
{
	const char *digest = json_is_string(value) ? json_string_value(value) :
		findings_text(value, "digest");
	const char *text = json_string_value(json_object_get(value, "bytes"));
	uint8_t bytes[DIGEST_BLOCK];
	ssize_t len = text ? base64_decode(text, bytes, sizeof(bytes)) : 0;

	image->name = name;
	if (digest && *digest)
		snprintf(image->digest, sizeof(image->digest), "%s", digest);
	if (len > 0)
		finding_image_set(image, bytes, (size_t)len);
	else if (!text)
		take_ranges(image, value);
}

/* ---------------------------------------------------------------- comparing */

static bool differs(const struct finding_image *before,
		    const struct finding_image *after, size_t at)
{
	return before->shown[at] && after->shown[at] &&
	       before->bytes[at] != after->bytes[at];
}

size_t finding_image_compare(const struct finding_image *before,
			     const struct finding_image *after,
			     struct finding_range *ranges)
{
	size_t len = MIN(before->len, after->len);
	size_t count = 0;
	size_t end = 0;		/* of the last range */

	for (size_t at = 0; at < len; at++) {
		if (!differs(before, after, at))
			continue;
		if (!count || at - end >= GAP)
			ranges[count++].off = at;
		end = at + 1;
		ranges[count - 1].len = end - ranges[count - 1].off;
	}
	return count;
}

/* -------------------------------------------------------------- whose bytes */

static bool is_shown(const struct finding_image *image, size_t at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!image->shown[at + i])
			return false;
	return true;
}

static bool is_text(const uint8_t *word)
{
	for (size_t i = 0; i < CONTENT_WORD; i++)
		if (word[i] < ' ' || word[i] >= 0x7f)
			return false;
	return true;
}

/*
 * Is this a word of content.h? Nothing marks one, but a block of such content
 * has one word all through: two equal ones in a row that are not of one byte,
 * whose writer is a printable character, and that are no text.
 */
static bool is_word(const struct finding_image *image, size_t at)
{
	const uint8_t *word = image->bytes + at;
	struct content_id id;

	content_decode(word, &id);
	return id.file && id.writer > ' ' && id.writer < 0x7f &&
	       memcmp(word, word + CONTENT_WORD, CONTENT_WORD) == 0 &&
	       memcmp(word, word + 1, CONTENT_WORD - 1) != 0 &&
	       !is_text(word);
}

/* Offset in the image of the next word at or behind @at that is one. */
static size_t next_word(const struct finding_image *image, size_t at)
{
	while (at + 2 * CONTENT_WORD <= image->len &&
	       !(is_shown(image, at, 2 * CONTENT_WORD) && is_word(image, at)))
		at += CONTENT_WORD;
	return at;
}

/* Clients know a file by a path below the mount, which may be all or its end. */
static bool is_named(const char *path, uint16_t file)
{
	while (*path) {
		if (content_file(path) == file)
			return true;
		path += strcspn(path, "/");
		path += *path == '/';
	}
	return false;
}

/* The file of the finding, or one that a suspect reads; NULL: another. */
static const char *name_of(const struct finding *finding, uint16_t file)
{
	const json_t *suspect;
	size_t i;

	if (is_named(finding->path, file))
		return finding->path;
	json_array_foreach(finding->suspects, i, suspect)
		if (is_named(findings_text(suspect, "file"), file))
			return findings_text(suspect, "file");
	return NULL;
}

/* Whose the words from @at on are. Return: where they end. */
static size_t describe_words(const struct finding *finding,
			     const struct finding_image *image, size_t at,
			     char text[CONTENT_TEXT_SIZE])
{
	const uint8_t *word = image->bytes + at;
	struct content_id id;
	size_t end = at + CONTENT_WORD;

	content_decode(word, &id);
	content_describe(word, name_of(finding, id.file), text);
	while (end + CONTENT_WORD <= image->len &&
	       is_shown(image, end, CONTENT_WORD) &&
	       memcmp(word, image->bytes + end, CONTENT_WORD) == 0)
		end += CONTENT_WORD;
	return end;
}

/* Does one of the ranges have bytes of [from, end) of the block? */
static bool is_changed(const struct finding *finding, size_t from, size_t end)
{
	for (size_t i = 0; i < finding->nranges; i++)
		if (finding->ranges[i].off < end &&
		    finding->ranges[i].off + finding->ranges[i].len > from)
			return true;
	return false;
}

void finding_image_describe(const struct finding *finding,
			    struct finding_image *image)
{
	size_t from = finding->from;
	/* Words are aligned in the file. */
	size_t at = (CONTENT_WORD - from % CONTENT_WORD) % CONTENT_WORD;
	size_t used = 0;

	for (at = next_word(image, at);
	     at + 2 * CONTENT_WORD <= image->len;
	     at = next_word(image, at)) {
		char words[CONTENT_TEXT_SIZE];
		size_t begin = at;
		int len;

		at = describe_words(finding, image, begin, words);
		if (!is_changed(finding, from + begin, from + at))
			continue;
		len = snprintf(image->whose + used,
			       sizeof(image->whose) - used,
			       "%sbytes %zu to %zu are those of %s",
			       used ? "; " : "", from + begin, from + at - 1,
			       words);
		if (len < 0 || used + (size_t)len >= sizeof(image->whose)) {
			image->whose[used] = '\0';
			return;
		}
		used += (size_t)len;
	}
}
