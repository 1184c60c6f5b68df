/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instances of tracefs: trace buffers of our own, beside those of whoever else
 * traces. An instance is a directory, and outlives whoever made it; so each is
 * locked (flock(2)) by its owner, and one that nobody locks is a leftover.
 */
#ifndef PIN_TRACEFS_H
#define PIN_TRACEFS_H

#include <stddef.h>

#include "common/compiler.h"

#define TRACEFS_OWN "pinfs-"	/* what names of our instances begin with */

struct tracefs {
	int fd;			/* its directory, locked; -1: none */
	char *path;		/* absolute */
};

/**
 * tracefs_root() - where tracefs is mounted
 * Return: a constant; NULL when it is not there, or not ours to read.
 */
const char *tracefs_root(void);
/**
 * tracefs_create() - make an instance and lock it
 * A leftover of that name is removed first.
 * @name: begins with TRACEFS_OWN
 *
 * Context: may take tens of milliseconds.
 * Return: 0; -ENOENT no tracefs; -EACCES; -EBUSY somebody has one of that name;
 * -errno.
 */
int tracefs_create(struct tracefs *instance, const char *name) MUST_CHECK;
/* No event any more, and the instance is gone. -EBUSY: a buffer is open. */
int tracefs_remove(struct tracefs *instance);
/**
 * tracefs_sweep() - remove the instances of owners that are gone
 * Return: how many there were.
 */
size_t tracefs_sweep(void);
/* Write @text into a file of the instance. Return: 0 or -errno. */
int tracefs_set(const struct tracefs *instance, const char *file,
		const char *text) MUST_CHECK;
/* Contents of a file of the instance; the caller frees. Return: 0 or -errno. */
int tracefs_get(const struct tracefs *instance, const char *file,
		char **text_ret) MUST_CHECK;

#endif
