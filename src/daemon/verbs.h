/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the control verbs do: one table, one function a verb. */
#ifndef PIN_VERBS_H
#define PIN_VERBS_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

struct fs;

/**
 * verbs_run() - do what one line of a control connection asks for
 * @connection: the connection's number; gates with scope=connection go with it
 * @fd:         the connection: a wait ends when its peer has gone
 * @line:       a verb and key=value words
 *
 * Context: a connection's thread; blocks (wait, release, pause).
 * Return: the reply, a new reference; NULL without memory.
 */
json_t *verbs_run(struct fs *fs, uint64_t connection, int fd, const char *line)
	MUST_CHECK;

#endif
