/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two sides of a walker: walker.c asks, walker-child.c answers. */
#ifndef PIN_WALKER_INTERNAL_H
#define PIN_WALKER_INTERNAL_H

#include "common/compiler.h"

/*
 * Lines of JSON. Questions: {"next":true}, {"cached":OFF}, {"settle":[OFF...]}.
 * Answers: {"path":,"ino":}, {"off":,"len":}, {}, {"end":true} when there is no
 * next, {"errno":,"why":} when it failed.
 */
enum { WALKER_LINE_MAX = 1 << 20 };

/* In the child. @sock: one line at a time comes and goes. Never returns. */
NORETURN void walker_child(int sock, const char *mountpoint,
			   char *const paths[]);

#endif
