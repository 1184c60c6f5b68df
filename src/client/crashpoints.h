/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a power cut at each instant of a record would leave of a filesystem:
 * images are made (crashimage.h), mounted, which replays their logs, looked at,
 * unmounted and given to the filesystem's own checker.
 */
#ifndef PIN_CRASHPOINTS_H
#define PIN_CRASHPOINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/crashimage.h"
#include "client/stagemount.h"
#include "common/compiler.h"

enum { CRASHPOINTS_NAMES = 64 };

struct crashpoints {
	struct stagemount stage;
	bool kinds[CRASHIMAGE_NKINDS];
	unsigned int seeds;	/* images of each kind that needs one, at most */
	const char *check;	/* a line for sh(1); NULL: none */
	const char *whole[CRASHPOINTS_NAMES];	/* below the stage */
	size_t nwhole;
	const char *keep;	/* directory for images of broken points, or NULL */
	bool json;		/* findings as JSON Lines */
};

/**
 * crashpoints_examine() - look at all points of a record
 * @log:     the record
 * @dir:     where images are mounted
 * @scratch: where there is room for two images
 * Prints what is wrong, and a summary, to standard output.
 * Return: CMD_OK all points hold; CMD_FOUND; CMD_UNSURE it could not be told.
 */
int crashpoints_examine(const struct crashpoints *plan, const char *log,
			const char *dir, const char *scratch) MUST_CHECK;

#endif
