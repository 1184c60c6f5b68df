/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the finding*.c files share; nobody else includes this. */
#ifndef PIN_FINDING_INTERNAL_H
#define PIN_FINDING_INTERNAL_H

#include <sys/types.h>

#include "common/digest.h"
#include "common/list.h"
#include "daemon/cause.h"
#include "daemon/finding.h"
#include "daemon/request.h"

/* A finding, when its request may have gone. */
struct finding_entry {
	struct list node;	/* in the queue, or the one being looked into */
	uint64_t ticket;	/* of its line */
	const char *event;
	uint64_t ino;
	uint64_t block;
	uint64_t off;
	size_t len;
	const char *names[2];	/* of the images; NULL: there is none */
	uint64_t digests[2];
	uint8_t bytes[2][DIGEST_BLOCK];
	enum finding_known known;
	json_t *keys;
	/* Of its WRITE. */
	uint64_t unique;	/* 0: it has none that will be answered */
	pid_t pid;
	uint64_t begin_ns;	/* what may have changed it lies between these */
	uint64_t end_ns;
	uint64_t arrival_ns;	/* CLOCK_MONOTONIC of each; 0: was not */
	uint64_t stored_ns;
	uint64_t to_ns;
	uint64_t reply_ns;	/* the finder's lock */
	unsigned int npauses;
	struct request_pause pauses[REQUEST_MAX_PAUSES];
};

/* What can be said of who it was. */
struct finding_answer {
	struct cause cause;
	json_t *around;		/* suspects, mappers, openers, unknown, page; NULL:
				 * nobody has looked */
};

/* ---- finding-look.c ---- */

/**
 * finding_look_around() - who could it have been?
 * @deadline_ns: CLOCK_MONOTONIC, until then
 *
 * Context: the finder. Return: the caller drops the reference to what is around.
 */
struct finding_answer finding_look_around(struct fs *fs,
					  const struct finding_entry *entry,
					  uint64_t deadline_ns);
/**
 * finding_line() - the keys of the line, complete
 * @keys: of struct finding; the reference stays the caller's
 * @path: of the evidence; NULL: none
 *
 * Return: a new object; NULL without memory.
 */
json_t *finding_line(json_t *keys, const struct finding_answer *answer,
		     const char *path);
/*
 * The same, when nobody has looked around; @why that is. The line shares nothing
 * with the finding's keys, which another thread may have.
 */
json_t *finding_plain_line(const struct finding *finding, const char *why);

/* ---- finding-file.c ---- */

/**
 * finding_file() - what goes into the file of evidence
 * @reply_ns: when the WRITE was answered; 0: not known
 * @mount:    of the mount; NULL: not known
 *
 * Return: an object; NULL without memory.
 */
json_t *finding_file(const struct finding_entry *entry,
		     const struct finding_answer *answer, uint64_t reply_ns,
		     json_t *mount);

#endif
