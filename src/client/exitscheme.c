/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the exit schemes. They differ in "everything was skipped": 4 is
 * kselftest's, 77 Automake's, 32 LTP's (TCONF); git bisect run takes 125 for
 * "go round this commit", also right where nothing could be told.
 */
#include "client/exitscheme.h"

#include <string.h>

#include "client/cmd.h"

struct exitscheme {
	const char *name;
	int map[CMD_SKIP + 1];
};

static const struct exitscheme schemes[] = {
	{ "pinctl", { CMD_OK, CMD_FOUND, CMD_USAGE, CMD_UNSURE, CMD_SKIP } },
	{ "automake", { CMD_OK, CMD_FOUND, CMD_USAGE, CMD_UNSURE, 77 } },
	{ "ltp", { CMD_OK, CMD_FOUND, CMD_USAGE, CMD_UNSURE, 32 } },
	{ "bisect", { CMD_OK, CMD_FOUND, CMD_USAGE, CMD_UNTOLD,
		    CMD_UNTOLD } },
};

const struct exitscheme *exitscheme_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strcmp(schemes[i].name, name) == 0)
			return &schemes[i];
	return NULL;
}

int exitscheme_map(const struct exitscheme *scheme, int status)
{
	if (status < 0 || status > CMD_SKIP)
		return status;
	return scheme->map[status];
}

const char *exitscheme_names(void)
{
	return "pinctl, automake, ltp, bisect";
}
