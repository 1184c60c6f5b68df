/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where findings are: a mount whose daemon is asked, a state directory, a log,
 * or a bundle. What it is shows by looking at it (a directory that is a pinfs
 * mount is never touched).
 */
#ifndef PIN_FINDINGSPLACE_H
#define PIN_FINDINGSPLACE_H

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
/* A new descriptor of the log, at its beginning. Return: -errno. */
int findingsplace_log(const struct findingsplace *place) MUST_CHECK;
/**
 * findingsplace_evidence() - a new descriptor of an evidence file
 * @path: as the event has it. A file of that name beside the log is tried if
 *        there is none at the path, and only that one in a bundle.
 * Return: -errno; -ELOOP, -EINVAL for what is no regular file.
 */
int findingsplace_evidence(const struct findingsplace *place,
			   const char *path) MUST_CHECK;

#endif
