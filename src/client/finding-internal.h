/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of finding.c and redact.c share: images as evidence has them. */
#ifndef PIN_FINDING_INTERNAL_H
#define PIN_FINDING_INTERNAL_H

#include "client/finding.h"

/* What the two images of a class are called. */
struct finding_pair {
	enum tally_class class;
	const char *before;	/* what had to be there */
	const char *after;	/* what was there */
};

/* Return: NULL for a class that has none. */
const struct finding_pair *finding_pair(enum tally_class class);
/* The same by an event's name. */
const struct finding_pair *finding_pair_of(const char *event);

/**
 * finding_image_read() - an image of an evidence file
 * @value: object with "digest", and "bytes" or (redacted) "ranges"; a string is
 *         a digest; anything else is an image that is not known
 */
void finding_image_read(struct finding_image *image, const char *name,
			const json_t *value);
/* From the bytes themselves; more than a block is cut. */
void finding_image_set(struct finding_image *image, const void *bytes,
		       size_t len);
/**
 * finding_image_compare() - where two images differ, from their first byte
 * Fewer than 8 equal bytes do not end a range, as in the log; bytes that are not
 * shown are equal.
 * @ranges: FINDING_RANGES
 * Return: how many ranges; 0 too when one of them is not known.
 */
size_t finding_image_compare(const struct finding_image *before,
			     const struct finding_image *after,
			     struct finding_range *ranges);
/**
 * finding_image_describe() - fill in "whose", for self-naming content
 * Only of bytes that differ, in either image: the others are where they belong.
 * Context: finding->ranges are there.
 */
void finding_image_describe(const struct finding *finding,
			    struct finding_image *image);
/* finding->moments out of everything there is. */
int finding_collect_moments(struct finding *finding) MUST_CHECK;

#endif
