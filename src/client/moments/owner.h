/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the moments in which the owner of the page goes away have in common. */
#ifndef PIN_OWNER_H
#define PIN_OWNER_H

#include "client/trial.h"
#include "common/compiler.h"

/**
 * owner_lets_go() - a call of the owner's that writes the page back
 * Its WRITE is held: the page is under writeback, the pin is from before. Of a
 * file that is not on the mount nothing is held; the call has come back then.
 * @call: a step of the writer's that, on the mount, does not come back before the
 *        WRITE is answered
 * Return: as a phase (trial.h).
 */
int owner_lets_go(struct trial *trial, const char *call) MUST_CHECK;
/* Answer that WRITE; the call succeeds. */
int owner_has_let_go(struct trial *trial) MUST_CHECK;

/**
 * owner_dies() - the writer's process ends, what its call waits for being held
 * @end: makes it end
 * Return: as a phase (trial.h); 0: it cannot end before its call, or is at its
 * end and its call lives on. If it then writes the page back, that WRITE is held,
 * when the file is on the mount.
 */
int owner_dies(struct trial *trial, int (*end)(struct trial *trial)) MUST_CHECK;
/* Until it has gone. There is another writer then. */
int owner_is_gone(struct trial *trial) MUST_CHECK;

#endif
