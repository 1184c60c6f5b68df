/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the targets have in common that are a file of a filesystem on a loop
 * device, whose image is a file on the mount (stage.h).
 */
#ifndef PIN_STAGED_H
#define PIN_STAGED_H

#include "client/trial.h"
#include "common/compiler.h"

/* Their row of the table is like this but for names; others write to such pages. */
#define STAGED_IS (PART_MAPPED_FILE | PART_FREEZABLE | PART_STOPPABLE)
#define STAGED_NEEDS PART_MODEL
#define STAGED_REJECTS PART_EVENT

/* And the phases of those on one device. */
#define STAGED_PHASES \
	.make = staged_make, \
	.dirty = file_dirty, \
	.look = file_look, \
	.settle = staged_settle, \
	.store = staged_store, \
	.left = staged_left, \
	.plant = staged_plant, \
	.audit = file_audit, \
	.destroy = staged_destroy

/* Make the filesystem, when it is the first time. */
int staged_probe(struct trial *trial, const char *kind) MUST_CHECK;
int staged_make(struct trial *trial) MUST_CHECK;
/* The bytes on the device, where the file has them. */
int staged_store(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE])
	MUST_CHECK;
/* As the file is in a copy of the image, which its filesystem has mounted. */
int staged_left(struct trial *trial) MUST_CHECK;
/* Written back until it is clean. */
int staged_settle(struct trial *trial) MUST_CHECK;
/* Change them there, and nobody who has the file in its cache knows. */
int staged_plant(struct trial *trial) MUST_CHECK;
int staged_destroy(struct trial *trial) MUST_CHECK;

#endif
