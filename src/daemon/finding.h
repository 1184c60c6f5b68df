/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings: blocks that are not what they should be, on their way from the worker
 * that has found one to the line of the event log and the file of evidence.
 */
#ifndef PIN_FINDING_H
#define PIN_FINDING_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

struct finding_queue;
struct fs;
struct inode;
struct livepage_diff;
struct request;

/*
 * Of the findings that wait: how many, and the memory of one at the most: two
 * images, two copies of its line's keys with a path of PATH_MAX. What waits in the
 * event log beside them is EVENT_MAX_WAITING lines.
 */
enum {
	FINDING_MAX = 256,
	FINDING_BYTES = 32 << 10,
};

/* What the daemon knows by itself of who has changed the bytes. */
enum finding_known {
	FINDING_UNKNOWN,	/* nothing */
	FINDING_NOTIFY,		/* the daemon itself, by the verb store */
	FINDING_THROUGH,	/* write-through pages are not under writeback */
	FINDING_STABLE,		/* write(2) waits, so that only a pin is left */
	FINDING_CLEAN,		/* whoever it was has not dirtied the page */
	FINDING_BUFFER,		/* it is a program's buffer that has changed */
};

/* Bytes of a block, as one of two looks had them. */
struct finding_image {
	const char *name;	/* "arrival", ...; NULL: there is none */
	const uint8_t *bytes;
	uint64_t digest;	/* XXH3-64, zero-padded */
};

/* What a worker knows. All of it is copied. */
struct finding {
	const char *event;	/* of PINFS_EVENTS; has the key "evidence" */
	const struct inode *inode;
	uint64_t block;
	uint64_t off;		/* of the bytes looked at, in the file */
	size_t len;		/* how many, 1 to DIGEST_BLOCK */
	struct finding_image images[2];		/* the older one first */
	const struct request *request;	/* the WRITE; NULL: none */
	uint64_t to_ns;		/* CLOCK_MONOTONIC of the last look */
	enum finding_known known;
	json_t *keys;		/* the line's; null is what is found out: evidence,
				 * and, where it has them, cause, ground, suspects.
				 * The reference is taken; NULL: no memory */
};

/**
 * finding_queue_create() - a queue and the thread that works it off
 * Context: fs->events and fs->evidence are there. Return: 0 or -errno.
 */
int finding_queue_create(struct fs *fs, struct finding_queue **finder_ret) MUST_CHECK;
/**
 * finding_queue_destroy() - end the thread; NULL is allowed
 * Context: nobody finds anything any more. What has not been looked into by the
 * end of one look is written without.
 */
void finding_queue_destroy(struct finding_queue *finder);
/**
 * finding_queue_serve() - the mount serves
 * @mount: what evidence says of it; the reference is taken
 */
void finding_queue_serve(struct finding_queue *finder, json_t *mount);

/**
 * finding_report() - a block is not what it should be: the line, and evidence
 * The line has its place and its time in the log from now on, and is completed by
 * the finder. When FINDING_MAX findings wait it is written at once, and nobody
 * looks who it was.
 *
 * Context: any thread; no lock held. Takes some microseconds and waits for nothing
 * but the event log's lock.
 */
void finding_report(struct fs *fs, const struct finding *finding);
/* What a WRITE's second look was. */
struct finding_look {
	const char *event;
	const char *name;	/* of the look: "recheck", "peek" */
	uint64_t now_ns;	/* CLOCK_MONOTONIC */
};

/**
 * finding_report_diff() - a block of a WRITE differs between two looks
 * finding_report() with its images, and the keys that every such event has: path
 * to window_us.
 *
 * @more: keys behind those; the reference is taken; NULL: no memory
 */
void finding_report_diff(struct fs *fs, const struct request *request,
			 const struct livepage_diff *diff,
			 const struct finding_look *look,
			 enum finding_known known, json_t *more);
/**
 * finding_replied() - a WRITE has been answered: something may have been found in it
 * @unique: the request's
 *
 * Context: the thread that has reported it. Costs an atomic load when nobody waits.
 */
void finding_replied(struct fs *fs, uint64_t unique);

#endif
