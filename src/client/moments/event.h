/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the moments in which a page is taken from its file have in common. */
#ifndef PIN_EVENT_MOMENT_H
#define PIN_EVENT_MOMENT_H

#include "client/ondir.h"
#include "client/trial.h"
#include "common/compiler.h"

/* For .needs and .rejects: a pin into a page of a file, and bytes by it. */
#define EVENT_NEEDS (PART_MAPPED_FILE | PART_BY_ADDRESS | PART_HOLDS)
#define EVENT_REJECTS (PART_SOURCE | PART_REFUSED)

/**
 * event_probe() - SKIP where the filesystem of the directory of --on lacks a trait
 * Files of the mount have all of them.
 * @lack: "it has no ...", what a filesystem without it is like
 * Return: as a probe (scenario.h).
 */
int event_probe(struct trial *trial, enum ondir_trait trait, const char *lack)
	MUST_CHECK;
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
