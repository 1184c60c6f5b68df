/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where findings are: a mount whose daemon is asked, a state directory, a log,
 * or a bundle. What it is shows by looking at it (a directory that is a pinfs
 * mount is never touched).
 */
#ifndef PIN_FINDINGSPLACE_H
#define PIN_FINDINGSPLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "client/redact.h"
#include "common/compiler.h"
#include "common/json.h"

struct findingsplace;

/**
 * findingsplace_open() - find out what a name is
 * A daemon is told to write all that is still to be said first ("sync").
 * Return: 0 or -errno; a message has been logged.
 */
int findingsplace_open(const char *name, struct findingsplace **place_ret)
	MUST_CHECK;
void findingsplace_close(struct findingsplace *place);	/* NULL is allowed */

/* As it is called in a report. */
const char *findingsplace_name(const struct findingsplace *place);
/* What status says, and the line of mountinfo; NULL: it is not known. */
json_t *findingsplace_status(const struct findingsplace *place);
const char *findingsplace_mountinfo(const struct findingsplace *place);
/* What was left out when the bundle was made; of others: REDACT_NONE. */
enum redact_level findingsplace_left_out(const struct findingsplace *place);
/* A new descriptor of the log, at its beginning. Return: -errno. */
int findingsplace_log(const struct findingsplace *place) MUST_CHECK;
/* Is it the name of an evidence file, without a directory? */
bool findingsplace_is_evidence(const char *name);
/**
 * findingsplace_evidence() - what an evidence file has
 * @path: as the event has it. A file of that name beside the log comes first,
 *        and in a bundle there is no other place. A name that the daemon does
 *        not give is none: the log may have come from elsewhere.
 * @text_ret: NUL-terminated; caller frees
 * @len_ret:  bytes, without the NUL
 * Return: 0 or -errno (-ENOENT; -EINVAL no evidence file's name, or no regular
 * file; -EFBIG).
 */
int findingsplace_evidence(const struct findingsplace *place, const char *path,
			   char **text_ret, size_t *len_ret) MUST_CHECK;

#endif
