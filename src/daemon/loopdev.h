/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loop device of the daemon's own whose queue asks for stable writes, for a
 * mount that is to inherit this.
 */
#ifndef PIN_LOOPDEV_H
#define PIN_LOOPDEV_H

#include "common/compiler.h"

struct loopdev;

/**
 * loopdev_create() - attach a free loop device, with stable_writes set
 * It is empty memory, and detaches itself when nobody has it open any more:
 * when the mount on it ends, or with the daemon.
 *
 * @user: whose it is, for people; what is too long is cut off
 *
 * Context: root; nothing needs to be cleaned up when the process is killed,
 * but for the attribute, which stays set between this and loopdev_settle().
 *
 * Return: 0 or -errno; a message has been logged.
 */
int loopdev_create(const char *user, struct loopdev **loop_ret) MUST_CHECK;
/**
 * loopdev_settle() - the device is mounted: put the attribute back, let go
 * From now on the mount alone keeps the device. Also for when it could not be
 * mounted: then the device goes away. NULL is allowed; the second time nothing
 * happens.
 */
void loopdev_settle(struct loopdev *loop);
/* Settles it. NULL is allowed. */
void loopdev_destroy(struct loopdev *loop);

/* "/dev/loopN" */
const char *loopdev_path(const struct loopdev *loop);

#endif
