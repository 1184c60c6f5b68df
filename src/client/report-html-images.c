/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The images of a block in the page. 500 findings with two blocks each would be
 * 5.5 MB of base64. So of the second image only what is not as in the first is
 * written, repeated words are written once, and when that is still too much for
 * the finding's share of the page, what is far from a difference is left out,
 * then the last differences. The page says what it does not have.
 */
#include "client/report-html-internal.h"

#include <stdio.h>
#include <string.h>

#include "client/finding.h"
#include "common/base64.h"

enum {
	CONTEXT = 32,		/* bytes kept on both sides of a difference */
	BRIDGE = 6,		/* so few equal bytes cost less than two parts */
	UNIT = 8,		/* bytes that repetitions are looked for of */
	REPEATED_LEAST = 6 * UNIT,
	LEAST_SHOWN = 64,	/* bytes of each image, whatever the room */
};

struct mask {
	bool before[DIGEST_BLOCK];
	bool after[DIGEST_BLOCK];
};

static size_t longer(const struct finding *finding)
{
	return MAX(finding->before.len, finding->after.len);
}

static bool is_known(const struct finding_image *image, size_t i)
{
	return i < image->len && image->shown[i];
}

static bool differs(const struct finding *finding, size_t i)
{
	return is_known(&finding->before, i) != is_known(&finding->after, i) ||
	       finding->before.bytes[i] != finding->after.bytes[i];
}

/* What may be shown at all: nothing that is hidden in one of the two. */
static void take_known(const struct finding *finding, bool wanted[DIGEST_BLOCK])
{
	const struct finding_image *before = &finding->before;
	const struct finding_image *after = &finding->after;

	for (size_t i = 0; i < longer(finding); i++)
		wanted[i] = (i >= before->len || before->shown[i]) &&
			    (i >= after->len || after->shown[i]);
}

/* Of that, @most bytes at differences and around, from the first on. */
static void take_near(const struct finding *finding, size_t most,
		      bool wanted[DIGEST_BLOCK])
{
	size_t len = longer(finding);
	size_t last = 0;	/* end of the last difference and its context */
	size_t next = 0;	/* the next difference */

	for (size_t i = 0; i < len; i++) {
		while (next < i || (next < len && !differs(finding, next)))
			next++;
		if (next == i)
			last = i + 1 + CONTEXT;
		if (!wanted[i])
			continue;
		wanted[i] = most && (i < last || (next < len &&
						  next - i <= CONTEXT));
		most -= wanted[i];
	}
}

/* Small gaps of what the second image need not say, but may. */
static void bridge(struct mask *mask, const bool wanted[DIGEST_BLOCK],
		   size_t len)
{
	size_t gap = 0;

	for (size_t i = 0; i < len; i++) {
		if (!mask->after[i]) {
			gap = wanted[i] && (gap || (i && mask->after[i - 1])) ?
			      gap + 1 : 0;
			continue;
		}
		for (size_t k = 1; gap <= BRIDGE && k <= gap; k++)
			mask->after[i - k] = true;
		gap = 0;
	}
}

static void make_mask(const struct finding *finding,
		      const bool wanted[DIGEST_BLOCK], bool single,
		      struct mask *mask)
{
	size_t common = MIN(finding->before.len, finding->after.len);

	for (size_t i = 0; i < DIGEST_BLOCK; i++) {
		mask->before[i] = wanted[i] && i < finding->before.len;
		mask->after[i] = wanted[i] && i < finding->after.len &&
				 (single || differs(finding, i));
	}
	if (!single)
		bridge(mask, wanted, common);
}

/* Where the repetition of the first word at @off ends. */
static size_t repeated_end(const uint8_t *bytes, size_t off, size_t end)
{
	size_t i = off + UNIT;

	while (i < end && bytes[i] == bytes[i - UNIT])
		i++;
	return MIN(i, end);
}

static int add_stretch(json_t *stretches, const uint8_t *bytes, size_t off,
		       size_t len, size_t repeated)
{
	char text[BASE64_SIZE(DIGEST_BLOCK)];

	base64_encode(bytes + off, len, text);
	return json_array_append_new(stretches, repeated ?
		json_pack("[i, s, i]", (int)off, text, (int)repeated) :
		json_pack("[i, s]", (int)off, text));
}

/* The bytes [off, end), as stretches with and without repetition. */
static int add_bytes(json_t *stretches, const uint8_t *bytes, size_t off,
		     size_t end)
{
	size_t from = off;
	int err = 0;

	while (!err && off < end) {
		size_t until = repeated_end(bytes, off, end);

		if (until - off < REPEATED_LEAST) {
			off++;
			continue;
		}
		if (from < off)
			err = add_stretch(stretches, bytes, from, off - from,
					  0);
		if (!err)
			err = add_stretch(stretches, bytes, off, UNIT,
					  until - off);
		from = off = until;
	}
	if (!err && from < end)
		err = add_stretch(stretches, bytes, from, end - from, 0);
	return err;
}

static json_t *image_json(const struct finding_image *image, size_t len,
			  const bool mask[DIGEST_BLOCK])
{
	json_t *stretches = json_array();

	for (size_t off = 0; stretches && off < image->len;) {
		size_t end = off;

		while (end < image->len && mask[end])
			end++;
		if (end > off && add_bytes(stretches, image->bytes, off, end)) {
			json_decref(stretches);
			stretches = NULL;
		}
		off = end + 1;
	}
	return json_pack("{s:s, s:i, s:o}", "name",
			 image->name ? image->name : "", "length", (int)len,
			 "bytes", stretches);
}

static json_t *whose_json(const struct finding *finding)
{
	const struct finding_image *images[] = {
		&finding->before, &finding->after,
	};
	json_t *list = json_array();

	for (size_t i = 0; list && i < ARRAY_SIZE(images); i++) {
		char text[FINDING_WHOSE_SIZE + 64];

		if (!*images[i]->whose)
			continue;
		snprintf(text, sizeof(text), "%s: %s.", images[i]->name,
			 images[i]->whose);
		if (json_array_append_new(list, json_text(text))) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *left_out_json(const struct finding *finding,
			     const bool wanted[DIGEST_BLOCK])
{
	bool known[DIGEST_BLOCK] = { 0 };
	size_t hidden = 0, cut = 0;
	char text[256];
	size_t used;

	take_known(finding, known);
	for (size_t i = 0; i < longer(finding); i++) {
		hidden += !known[i];
		cut += known[i] && !wanted[i];
	}
	if (!hidden && !cut)
		return json_null();
	used = (size_t)snprintf(text, sizeof(text), "Not in this page: ");
	if (cut)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%zu bytes that the evidence file has, so that the "
			"page stays small%s", cut, hidden ? "; " : ".");
	if (hidden)
		snprintf(text + used, sizeof(text) - used,
			 "%zu bytes that do not differ, whose content is not "
			 "to be shown.", hidden);
	return json_string(text);
}

/* With what is @wanted. An image alone is shown as it is. */
static json_t *images_json(const struct finding *finding,
			   const bool wanted[DIGEST_BLOCK])
{
	const struct finding_image *only =
		!finding->after.len ? &finding->before :
		!finding->before.len ? &finding->after : NULL;
	struct mask mask;
	json_t *before, *after;

	make_mask(finding, wanted, only, &mask);
	if (only) {
		static const bool nothing[DIGEST_BLOCK];
		static const struct finding_image none = { .name = "" };

		before = image_json(only, only->len, only == &finding->before ?
				    mask.before : mask.after);
		after = image_json(&none, only->len, nothing);
	} else {
		before = image_json(&finding->before, finding->before.len,
				    mask.before);
		after = image_json(&finding->after, finding->after.len,
				   mask.after);
	}
	return json_pack("{s:i, s:o, s:o, s:o, s:o}", "from",
			 (int)finding->from, "before", before, "after", after,
			 "whose", whose_json(finding), "left_out",
			 left_out_json(finding, wanted));
}

json_t *report_html_images(const struct finding *finding, size_t room)
{
	bool wanted[DIGEST_BLOCK] = { 0 };
	json_t *images;

	if (!longer(finding))
		return json_null();
	take_known(finding, wanted);
	images = images_json(finding, wanted);
	/* A byte takes more than a character. */
	for (size_t most = MIN(room, (size_t)DIGEST_BLOCK / 4 * 3);
	     images && most >= LEAST_SHOWN &&
	     json_dumpb(images, NULL, 0, JSON_COMPACT) > room;
	     most -= most / 4) {
		take_near(finding, most, wanted);
		json_decref(images);
		images = images_json(finding, wanted);
	}
	return images;
}
