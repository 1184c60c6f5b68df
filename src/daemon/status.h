/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mount says of itself: the members of the replies to status and list. */
#ifndef PIN_STATUS_H
#define PIN_STATUS_H

#include "common/compiler.h"
#include "common/json.h"

struct fs;

/* Requests that the kernel has queued or waits for; -1 when it cannot be known. */
long status_waiting(const struct fs *fs);
/* Of these, those that have not been received; -1 when it cannot be known. */
long status_queued(const struct fs *fs);
/* Add the members of "status" to an object. Return: 0 or -ENOMEM. */
int status_fill(struct fs *fs, json_t *object) MUST_CHECK;
/* Add "gates" and "held". Return: 0 or -ENOMEM. */
int status_fill_list(struct fs *fs, json_t *object) MUST_CHECK;
/* The counters, as an object (a new reference). */
json_t *status_counters(const struct fs *fs);
/* The options in force, as an object (a new reference). */
json_t *status_options(const struct fs *fs);

#endif
