/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --exit-scheme= makes of pinctl's exit statuses (client/cmd.h). */
#ifndef PIN_EXITSCHEME_H
#define PIN_EXITSCHEME_H

#include "common/compiler.h"

struct exitscheme;

/* "pinctl", "automake", "ltp" or "bisect"; NULL: there is no such scheme. */
const struct exitscheme *exitscheme_find(const char *name);
/* The exit status that this scheme has for a CMD_ status. */
int exitscheme_map(const struct exitscheme *scheme, int status);
/* The names, for messages: "pinctl, automake, ..." */
const char *exitscheme_names(void);

#endif
