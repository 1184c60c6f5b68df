/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of a stage's image, taken from SOURCE: the mount is never asked. */
#ifndef PIN_STAGECOPY_H
#define PIN_STAGECOPY_H

#include "common/compiler.h"

/* Its name, in SOURCE and on the mount. */
#define STAGECOPY_IMAGE "stage.img"

/**
 * stagecopy_snapshot() - copy the image as the block device has it
 * That is, with what has been stored in SOURCE, answered or not. Receiving is
 * paused meanwhile, unless it is already, so that the copy is of one instant;
 * what is held stays held.
 *
 * @place: the stage's directory or its mount's; not touched
 * @file:  does not exist yet
 * Return: 0; -ENOENT @place is none of a stage; -ETIMEDOUT what has been received
 * is neither held nor answered in time; -errno. A message has been logged.
 */
int stagecopy_snapshot(const char *place, const char *file) MUST_CHECK;

/**
 * stagecopy_bytes() - make an empty file a copy of another
 * By a reflink where that can be, else by its data alone: holes stay holes.
 * Return: 0 or -errno.
 */
int stagecopy_bytes(int from, int to) MUST_CHECK;

#endif
