/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the moments in which a page is taken from its file have in common. */
#ifndef PIN_EVENT_MOMENT_H
#define PIN_EVENT_MOMENT_H

#include "client/trial.h"
#include "common/compiler.h"

/* For .needs and .rejects: a pin into a page of the mount, and bytes by it. */
#define EVENT_NEEDS (PART_ON_MOUNT | PART_BY_ADDRESS | PART_HOLDS)
#define EVENT_REJECTS (PART_SOURCE | PART_REFUSED)

/**
 * event_takes_pages() - what happens, and the proof that it did
 * The target's pages are in the observer's page tables before, and not after it:
 * whatever takes a page from its file unmaps it everywhere.
 * @event: makes it happen
 * Return: as a phase (trial.h); 0: the pages are none of the file's any more.
 */
int event_takes_pages(struct trial *trial, int (*event)(struct trial *trial))
	MUST_CHECK;

#endif
