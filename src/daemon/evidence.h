/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence: the bytes that an event is about, kept as a file whose path is in
 * the event. Bounded, so that a storm of events does not fill the disk.
 */
#ifndef PIN_EVIDENCE_H
#define PIN_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

struct evidence;
struct inode;

enum { EVIDENCE_MAX_FILES = 256 };	/* in the directory */

/**
 * evidence_create() - where evidence will go
 * @dir:   -o evidence=: absolute; "": keep none; NULL: @state/evidence
 * @state: the state directory
 *
 * The directory is made (mode 0700) when there is something to keep, or used if
 * it is there.
 * Context: before the mount is there: the daemon must never get into it.
 * Return: 0 or -errno; a message has been logged.
 */
int evidence_create(const char *dir, const char *state,
		    struct evidence **evidence_ret) MUST_CHECK;
void evidence_destroy(struct evidence *evidence);	/* NULL is allowed */

/**
 * evidence_json() - keep bytes in a file
 * @event: the event's name, for the file's
 * @block: of the file that they belong to
 *
 * Context: any thread; writes a small file.
 * Return: its path, for the event; JSON's null when none was kept: switched off,
 * EVIDENCE_MAX_FILES are there, or the file could not be written (logged).
 */
json_t *evidence_json(struct evidence *evidence, const char *event,
		      const struct inode *inode, uint64_t block,
		      const void *bytes, size_t len);

#endif
