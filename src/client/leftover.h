/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is left of a mount with a stage when those that keep it were killed: a
 * directory, a control socket, and those of its processes that were spared.
 */
#ifndef PIN_LEFTOVER_H
#define PIN_LEFTOVER_H

#include "common/compiler.h"

struct ctlclient;

/**
 * leftover_note() - write down in a directory who serves the mount in it
 * Return: 0 or -errno.
 */
int leftover_note(const char *dir, const char *mountpoint) MUST_CHECK;
/**
 * leftover_connect() - a control connection to whoever that is
 * Also from another mount namespace. Return: as ctlclient_open_socket().
 */
int leftover_connect(const char *dir, struct ctlclient **client_ret) MUST_CHECK;

/**
 * leftover_remove() - remove what is left, in $TMPDIR or /tmp, and in tracefs
 * What somebody still keeps is not looked at. Kills what was spared, logs what it
 * does and what else has to be done by hand.
 * Return: how many are still there.
 */
unsigned int leftover_remove(void);

#endif
