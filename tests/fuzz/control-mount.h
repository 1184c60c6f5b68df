/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mount for the control verbs: real gates and a real hold queue, requests that
 * arrive when they are told to, and fakes of all that needs a kernel. Its clock
 * stands still, so that no deadline passes and an input always does the same;
 * what the thread that is in a verb waits for has no time at all.
 */
#ifndef PIN_CONTROL_MOUNT_H
#define PIN_CONTROL_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/parse.h"

struct fs;

/* A new mount, the only one; take it down before the next. */
struct fs *control_mount_up(void);
/* Asserts that each request that was held has gone on, once. */
void control_mount_down(void);

/* This thread is in a verb: its waits end at once. */
void control_mount_in_verb(bool in_verb);
/* A request arrives: op= [ino=] [off=] [len=] [pid=] [name=] [reply]. */
void control_mount_arrive(struct parse_line *words);
/* Requests that are held now, window or no window. */
size_t control_mount_held(void);

#endif
