/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bundle: what a report needs in one file, a tar archive compressed by zstd,
 * to be read on another machine. It has, in this order:
 *
 *	MANIFEST	"name: value" lines: version, kernel, what was left out
 *	report.txt	the report as a mail
 *	status.json	reply of the daemon to "status", if it was asked
 *	mountinfo	the mount's line of /proc/self/mountinfo, if it was there
 *	events.jsonl	the log
 *	evidence/NAME	evidence files that the log names
 *
 * A reader refuses a bundle that has anything else in it: a path, a link, a
 * device, more bytes than BUNDLE_LIMIT. Nothing is ever unpacked to a name.
 */
#ifndef PIN_BUNDLE_H
#define PIN_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/findings.h"
#include "common/compiler.h"

struct bundle;

#define BUNDLE_LIMIT (UINT64_C(2) << 30)	/* bytes, unpacked */

enum {
	BUNDLE_EVIDENCE_LIMIT = 1 << 20,	/* of one evidence file [bytes] */
	BUNDLE_TEXT_LIMIT = 1 << 20,		/* of each of the small ones */
	BUNDLE_FILES = 1 << 16,			/* in all */
};

/* Does a file begin as bundles do? */
bool bundle_is_one(int fd);
/**
 * bundle_open() - read a whole bundle into an unnamed temporary file
 * Return: 0 or -errno (-EBADMSG refused; -EOPNOTSUPP built without libarchive);
 * a message has been logged.
 */
int bundle_open(const char *path, struct bundle **bundle_ret) MUST_CHECK;
void bundle_close(struct bundle *bundle);	/* NULL is allowed */
/* A new descriptor of the log, at its beginning. Return: -errno. */
int bundle_log(const struct bundle *bundle) MUST_CHECK;
/**
 * bundle_read() - one of its files
 * @name: "status.json", "evidence/..."
 * @text_ret: NUL-terminated; caller frees
 * Return: 0, -ENOENT, -errno.
 */
int bundle_read(const struct bundle *bundle, const char *name, char **text_ret,
		size_t *len_ret) MUST_CHECK;

/**
 * bundle_write() - make a bundle of what findings are of
 * @path:   made with mode 0600; there must be none
 * @report: text of report.txt
 * Return: 0 or -errno; a message has been logged, and there is no file then.
 */
int bundle_write(const struct findings *findings, const char *path,
		 const char *report, size_t len) MUST_CHECK;

#endif
