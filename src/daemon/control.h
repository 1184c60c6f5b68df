/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket: one thread that accepts, one a connection. */
#ifndef PIN_CONTROL_H
#define PIN_CONTROL_H

#include "common/compiler.h"

struct control;
struct fs;
struct unixsock_name;

/**
 * control_create() - make the socket of this mount (include/pinfs/control.h)
 * Context: fs->dev is known. Return: 0 or -errno; a message has been logged.
 */
int control_create(struct fs *fs, struct control **control_ret) MUST_CHECK;
/* Where the socket is; lives as long as @control. */
const struct unixsock_name *control_socket(const struct control *control);
/* Remove the socket, end all connections and what they hold. */
void control_destroy(struct control *control);

#endif
