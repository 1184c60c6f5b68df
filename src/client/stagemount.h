/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A filesystem on a loop device over an image, mounted on a directory. The loop
 * device detaches itself as the filesystem ends, and that ends with its last
 * mount: nothing has to be kept for it.
 */
#ifndef PIN_STAGEMOUNT_H
#define PIN_STAGEMOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct stage_kind;

enum { STAGEMOUNT_WORDS = 16, STAGEMOUNT_WHY_SIZE = 300 };

/* What kind of filesystem, and how it is made and mounted. */
struct stagemount {
	const struct stage_kind *kind;
	uint64_t image_bytes;
	const char *mkfs[STAGEMOUNT_WORDS + 1];	/* more words, then NULL */
	const char *options;	/* of mount(8); NULL: none */
};

/**
 * stagemount_kind() - look a kind up that has a filesystem
 * @stage: its kind and size are set
 * Return: 0; -EINVAL there is none of that name.
 */
int stagemount_kind(struct stagemount *stage, const char *name) MUST_CHECK;

/**
 * stagemount_make() - make an image, a filesystem in it, and mount that
 * @image:   does not exist yet
 * @dir:     where to mount
 * @why_ret: on failure, one sentence
 *
 * Context: waits for the image's filesystem without a deadline.
 * Return: 0; -EEXIST; -EOPNOTSUPP this machine or mount cannot; -errno.
 */
int stagemount_make(const struct stagemount *stage, const char *image,
		    const char *dir, char why_ret[STAGEMOUNT_WHY_SIZE])
	MUST_CHECK;

/**
 * stagemount_attach() - a loop device for an image
 * @flags:      LO_FLAGS_ of linux/loop.h
 * @device_ret: LOOP_PATH_SIZE bytes
 * Return: a descriptor that keeps it, or -errno, and @why_ret.
 */
int stagemount_attach(int image_fd, uint32_t flags, char *device_ret,
		      char why_ret[STAGEMOUNT_WHY_SIZE]) MUST_CHECK;
/**
 * stagemount_mount() - mount the filesystem of a device on a directory
 * Return: 0; -EIO mount(8) refused, @why_ret has its words; -errno.
 */
int stagemount_mount(const struct stagemount *stage, const char *device,
		     const char *dir, char why_ret[STAGEMOUNT_WHY_SIZE])
	MUST_CHECK;

#endif
