/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's heart: a thread that tells the supervisor, again and again, that
 * the daemon is alive. What stops it is what the watchdog is for.
 */
#ifndef PIN_HEART_H
#define PIN_HEART_H

#include "common/compiler.h"

struct fs;
struct heart;

/**
 * heart_create() - begin to beat; the first beat has been sent on return
 * @fs: gates, holds and the supervisor must be there
 *
 * Context: before the mount is made, so that no mount is unwatched. Return: 0 (
 * with watchdog=off as well: there is no heart then, NULL), -errno.
 */
int heart_create(struct fs *fs, struct heart **heart_ret) MUST_CHECK;
/* Gates and holds are about to go: beat on without them. */
void heart_forget_locks(struct heart *heart);
/* The last of the daemon: nothing that blocks may come after it. */
void heart_destroy(struct heart *heart);

#endif
