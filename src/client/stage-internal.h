/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pinctl and the process of a stage share. */
#ifndef PIN_STAGE_INTERNAL_H
#define PIN_STAGE_INTERNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/stage.h"

enum { STAGE_ARGS = 12 };

struct stage_kind {
	const char *name;	/* NULL: behind the last */
	const char *type;	/* of the filesystem; NULL: just the device */
	uint64_t image_bytes;	/* most of them are never written */
	bool mirrored;		/* on two devices, to write only */
	const char *mkfs[STAGE_ARGS];	/* up to the device */
	const char *option;	/* to write to it; or NULL */
	/* Up to the device: its status says whether all is well there. */
	const char *check[STAGE_ARGS];
	const char *ro_option;	/* makes "ro" write nothing at all; or NULL */
	const char *copy_option;	/* beside the original; or NULL */
};

enum stage_how {
	STAGE_HOW_WRITE,
	STAGE_HOW_READ,		/* as it is: nothing is written, or repaired */
	STAGE_HOW_COPY,		/* as after a power cut, the original mounted */
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

/* A path of a descriptor of this process, for others. */
void stage_name_fd(char *path, size_t size, int fd);

/**
 * stage_mount() - mount a filesystem, on no directory
 * @mirror: its second device; NULL: it has none
 * @how:    and with the kind's option for that
 * Return: a descriptor of the mount, which ends with it and the files open on
 * it; -errno, noted.
 */
int stage_mount(const struct stage_kind *kind, const char *device,
		const char *mirror, enum stage_how how,
		struct stage_report *report) MUST_CHECK;
/* The kernel forgets of what a device, not mounted, was a part. NULL: none. */
void stage_forget(const struct stage_kind *kind, const char *device);
/* Does the kernel know the type? Return: 0 or -errno. */
int stage_probe_type(const char *type) MUST_CHECK;

/**
 * stage_format() - make a filesystem by the kind's program
 * @mirror: as in stage_mount()
 * Return: 0 or -errno, noted.
 */
int stage_format(const struct stage_kind *kind, const char *device,
		 const char *mirror, struct stage_report *report) MUST_CHECK;

/* A copy of an image with its filesystem mounted; -1: not open. */
struct stage_copied {
	int image_fd;		/* in memory */
	int device_fd;
	int root_fd;
};

#define STAGE_COPIED_NONE \
	((struct stage_copied){ .image_fd = -1, .device_fd = -1, .root_fd = -1 })

/* What is asked of the process, a byte each, and what it answers. */
enum {
	STAGE_ASK_DROP = 'd',	/* drop caches: the same byte */
	STAGE_ASK_COPY = 'c',	/* a struct stage_copy_report */
	STAGE_ASK_FORGET = 'f',	/* end the copy: the same byte */
};

struct stage_copy_report {
	struct stage_report report;	/* err and why */
	struct stage_copy copy;
};

/**
 * stage_copy_make() - copy an image and mount what is in it
 * @image_fd: of the mount
 * @daemon:   that serves it; 0: not known
 * @copied:   what there is of it, also on failure: to be dropped
 */
void stage_copy_make(const struct stage_kind *kind, int image_fd,
		     pid_t daemon, struct stage_copied *copied,
		     struct stage_copy_report *report);
void stage_copy_drop(struct stage_copied *copied);

/**
 * stage_main() - be the process: make the stage, report, wait for the end
 * @use:        what it is for
 * @mountpoint: of the mount
 * @daemon:     of the mount; 0: not known
 * @sock:       a struct stage_report goes there, in one write. Then it answers
 *              what is asked (STAGE_ASK_); its end says that the stage is not
 *              wanted any more.
 */
NORETURN void stage_main(const struct stage_kind *kind, enum stage_use use,
			 const char *mountpoint, pid_t daemon, int sock);

#endif
