/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One finding with its evidence: both images of the block, where they differ,
 * whose bytes they are, the timeline, and who may have done it. Made when it is
 * shown, and freed then: a report of ten thousand has one of these in memory.
 *
 * Everything comes from the event's line when there is no evidence file, or not
 * any more: then the images are unknown, and "missing" says why.
 */
#ifndef PIN_FINDING_H
#define PIN_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/findings.h"
#include "common/compiler.h"
#include "common/digest.h"
#include "common/json.h"

enum {
	FINDING_MOMENTS = 512,		/* of a timeline, at most */
	FINDING_RANGES = 4096 / 2,
	FINDING_MISSING_SIZE = 256,
	FINDING_WHOSE_SIZE = 256,
};

/* One of two views of the block. */
struct finding_image {
	const char *name;	/* "arrival", "recheck", "cache", "store", ... */
	char digest[DIGEST_HEX_SIZE];	/* "": not known */
	size_t len;		/* 0: its bytes are not known */
	uint8_t bytes[DIGEST_BLOCK];
	bool shown[DIGEST_BLOCK];	/* false: redacted; the byte is 0 then */
	char whose[FINDING_WHOSE_SIZE];	/* self-naming content: in words; or "" */
};

/* Bytes that differ, from the beginning of the block. */
struct finding_range {
	size_t off;
	size_t len;
};

struct finding_moment {
	int64_t t_ns;		/* CLOCK_MONOTONIC */
	const char *what;	/* one word; "arrival", "call_enter", "settled", ... */
	char *text;		/* a sentence, or "" */
	bool later;		/* of a line of the log after the finding's */
};

struct finding {
	const struct findings_item *item;
	json_t *evidence;	/* redacted; NULL: see missing */
	char missing[FINDING_MISSING_SIZE];	/* why there is no evidence, or "" */
	size_t from;		/* offset in the block of the images' first byte */
	struct finding_image before;	/* what had to be there */
	struct finding_image after;	/* what was there */
	struct finding_range *ranges;	/* as the line says, or as the images */
	size_t nranges;
	struct finding_moment *moments;	/* ascending */
	size_t nmoments;
	/* Borrowed; never NULL ("" and empty arrays). */
	const char *path;
	const char *cause;
	const char *ground;
	const json_t *suspects;	/* with "stack" where evidence has it */
	const json_t *mappers;
	const json_t *openers;
	const json_t *unknown;	/* strings */
	/* Borrowed, or NULL: objects of the evidence. */
	const json_t *page;
	const json_t *pins;
	const json_t *system;
	const json_t *mount;
	uint64_t block;
	int64_t t_ns;		/* of its line */
};

/**
 * finding_open() - all about one of the findings
 * An evidence file that is missing, too large or malformed is no error: it is
 * said in "missing".
 * Return: 0 or -ENOMEM.
 */
int finding_open(const struct findings *findings,
		 const struct findings_item *item,
		 struct finding **finding_ret) MUST_CHECK;
void finding_close(struct finding *finding);	/* NULL is allowed */

/* Both images are there, and so can be shown side by side. */
bool finding_has_images(const struct finding *finding);
/* Bytes that differ in all. */
size_t finding_differing(const struct finding *finding);

#endif
