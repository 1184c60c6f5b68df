/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pinfs mount behind a mount point, found in /proc/self/mountinfo without
 * touching it: a mount that holds requests would hang whoever looks at it.
 */
#ifndef PIN_MOUNTREF_H
#define PIN_MOUNTREF_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/mountinfo.h"

struct mountref {
	struct mountinfo info;
	char *socket;	/* path of its control socket; NULL: no place for one */
	bool plain;	/* its type does not name pinfs, only its socket does */
};

/**
 * mountref_find() - is there a pinfs mount, and which?
 * Its type is fuse.pinfs or fuseblk.pinfs, or plain fuse or fuseblk (option
 * nosubtype) with a control socket of its device number.
 * Return: 0 (then call mountref_deinit()), -ENOENT not a mount point,
 * -EMEDIUMTYPE not a pinfs mount, -errno. A message has been logged.
 */
int mountref_find(const char *mountpoint, struct mountref *ref_ret) MUST_CHECK;
/* The same without a message. */
int mountref_look(const char *mountpoint, struct mountref *ref_ret) MUST_CHECK;
void mountref_deinit(struct mountref *ref);

#endif
