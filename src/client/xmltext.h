/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as XML 1.0: what that cannot have becomes \xNN text. */
#ifndef PIN_XMLTEXT_H
#define PIN_XMLTEXT_H

#include <stdio.h>

/* For contents and for attributes in double quotes. */
void xmltext_put(FILE *out, const char *text);
/* ' name="value"' */
void xmltext_attribute(FILE *out, const char *name, const char *value);

#endif
