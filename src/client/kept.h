/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mounts whose evidence "pinctl run --keep" leaves, and where it is. */
#ifndef PIN_KEPT_H
#define PIN_KEPT_H

#include <stddef.h>

#include "common/compiler.h"

struct site;

struct kept_place {
	char *source;	/* SOURCE of the mount, with the files of the trials */
	char *state;	/* its state directory: checksums, evidence */
	char *log;	/* its event log */
};

/* All zero: empty. */
struct kept {
	struct kept_place *places;
	size_t count;
};

/* Note where a site is, once. Return: 0 or -ENOMEM. */
int kept_add(struct kept *kept, const struct site *site) MUST_CHECK;
/* SOURCE of a site whose place was noted; NULL: it was not. */
const char *kept_source(const struct kept *kept, const struct site *site);
void kept_deinit(struct kept *kept);

#endif
