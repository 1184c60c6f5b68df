/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What enumerates the points, and what looks at one image, share. */
#ifndef PIN_CRASHPOINTS_INTERNAL_H
#define PIN_CRASHPOINTS_INTERNAL_H

#include <stdint.h>

#include "client/crashpoints.h"
#include "client/stagemark.h"

/* One image. */
struct crashpoints_case {
	const struct crashpoints *plan;
	struct crashimage *image;
	size_t n;			/* the point */
	struct crashimage_point point;
	enum crashimage_kind kind;
	uint64_t seed;
	unsigned int wrong;		/* findings so far */
};

/* Say what is wrong with it. */
void crashpoints_tell(struct crashpoints_case *what, const char *fmt, ...)
	PRINTF(2, 3);

/**
 * crashpoints_look() - mount an image, look at it, have it checked
 * @image_fd: its file; is another one afterwards
 * Return: 0: what is wrong has been told; -errno it could not be looked at.
 */
int crashpoints_look(struct crashpoints_case *what, int image_fd,
		     const char *dir) MUST_CHECK;

/**
 * crashpoints_promises() - what has been promised until a point, and is not so
 * @root: of the mounted image
 * Return: 0 or -errno.
 */
int crashpoints_promises(struct crashpoints_case *what, int root) MUST_CHECK;

#endif
