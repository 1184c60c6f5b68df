/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence: what is known of a finding, kept as a file whose path is in the event.
 * Limited, so that a storm of findings does not fill the disk. What a file says is
 * finding-file.c's business.
 */
#ifndef PIN_EVIDENCE_H
#define PIN_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct evidence;

enum {
	EVIDENCE_MIN_FREE = 64 << 20,	/* bytes that stay free on the disk, */
	EVIDENCE_MIN_FREE_PERCENT = 5,	/* or so much of it, if that is more */
};

struct evidence_limits {
	uint64_t bytes;		/* on the disk, all files of the directory */
	unsigned int files;	/* for one file of the mount */
};

/* What a file of evidence is about. */
struct evidence_about {
	const char *event;
	uint64_t ino;
	uint64_t block;
};

/**
 * evidence_create() - where evidence will go
 * @dir:   -o evidence=: absolute; "": keep none; NULL: @state/evidence
 * @state: the state directory
 *
 * The directory is made (mode 0700) when there is something to keep, or used if
 * it is there; what is in it counts.
 * Context: before the mount is there: the daemon must never get into it.
 * Return: 0 or -errno; a message has been logged.
 */
int evidence_create(const char *dir, const char *state,
		    const struct evidence_limits *limits,
		    struct evidence **evidence_ret) MUST_CHECK;
void evidence_destroy(struct evidence *evidence);	/* NULL is allowed */

/**
 * evidence_keep() - a file with this text, mode 0600, whole or not at all
 * @path_ret: its path, the caller's to free
 *
 * Context: the finder thread only; writes a small file.
 * Return: 0; -ENODATA: it is switched off; -EDQUOT: a limit has been reached;
 * -errno, which has been logged.
 */
int evidence_keep(struct evidence *evidence, const struct evidence_about *about,
		  const char *text, size_t len, char **path_ret) MUST_CHECK;

#endif
