/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several writers take their bytes from, in the writer's client. */
#ifndef PIN_FEED_H
#define PIN_FEED_H

#include "client/trial.h"
#include "common/compiler.h"

/* The file "s" with the new content, open for reading and writing. */
int feed_make_file(struct trial *trial) MUST_CHECK;
/* Close and remove it. */
int feed_drop_file(struct trial *trial) MUST_CHECK;
/**
 * feed_make_pipe() - the pipe "p" with the new content
 * The bytes say that they are the target's, as those of write(2) do.
 */
int feed_make_pipe(struct trial *trial) MUST_CHECK;
/* Close both ends. */
int feed_drop_pipe(struct trial *trial) MUST_CHECK;

#endif
