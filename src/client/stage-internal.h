/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pinctl and the process of a stage share. */
#ifndef PIN_STAGE_INTERNAL_H
#define PIN_STAGE_INTERNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/stage.h"

enum { STAGE_ARGS = 12 };

struct stage_kind {
	const char *name;	/* NULL: behind the last */
	const char *type;	/* of the filesystem; NULL: just the device */
	uint64_t image_bytes;	/* most of them are never written */
	const char *mkfs[STAGE_ARGS];	/* up to the device */
	/* Up to the device: its status says whether all is well there. */
	const char *check[STAGE_ARGS];
	const char *ro_option;	/* makes "ro" write nothing at all; or NULL */
};

/* NULL: there is none. */
const struct stage_kind *stage_kind(const char *name);

/* What the process has to say, once: ready, or why not. */
struct stage_report {
	int err;
	char why[STAGE_WHY_SIZE];
	struct stage_source source;
};

/* Note why. Return: @err. */
int stage_fail(struct stage_report *report, int err, const char *fmt, ...)
	PRINTF(3, 4);

/* Where mkfs is, in PATH or where administrators have it. false: nowhere. */
bool stage_find_program(const char *name, char path[PATH_MAX]);

/**
 * stage_mount() - mount a filesystem, on no directory
 * @readonly: with the kind's ro_option
 * Return: a descriptor of the mount, which ends with it and the files open on
 * it; -errno, noted.
 */
int stage_mount(const struct stage_kind *kind, const char *device,
		bool readonly, struct stage_report *report) MUST_CHECK;
/* Does the kernel know the type? Return: 0 or -errno. */
int stage_probe_type(const char *type) MUST_CHECK;

/* Make a filesystem by the kind's program. Return: 0 or -errno, noted. */
int stage_format(const struct stage_kind *kind, const char *device,
		 struct stage_report *report) MUST_CHECK;

/**
 * stage_main() - be the process: make the stage, report, wait for the end
 * @use:        what it is for
 * @mountpoint: of the mount
 * @sock:       a struct stage_report goes there, in one write. Then a byte from
 *              there says: drop caches, and comes back when that is done; and
 *              its end, that the stage is not wanted any more.
 */
NORETURN void stage_main(const struct stage_kind *kind, enum stage_use use,
			 const char *mountpoint, int sock);

#endif
