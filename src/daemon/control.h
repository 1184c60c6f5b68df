/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket: one thread that accepts, one a connection. */
#ifndef PIN_CONTROL_H
#define PIN_CONTROL_H

#include <stdint.h>

#include "common/compiler.h"

struct control;
struct fs;

/**
 * control_create() - make the socket of this mount (include/pinfs/control.h)
 * Context: fs->dev is known. Return: 0 or -errno; a message has been logged.
 */
int control_create(struct fs *fs, struct control **control_ret) MUST_CHECK;
/* A socket in the file system, and which one it was. */
struct control_socket {
	char path[108];		/* sun_path; "" for none */
	uint64_t ino;		/* st_ino */
};

const struct control_socket *control_socket(const struct control *control);
/**
 * control_unlink() - remove a mount's socket
 * Device numbers are given out again at once: the path may be another mount's
 * by now, and is then left alone.
 */
void control_unlink(const struct control_socket *socket);
/* Remove the socket, end all connections and what they hold. */
void control_destroy(struct control *control);

#endif
