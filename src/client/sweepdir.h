/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of a sweep: a place for each kernel, and what was in it before.
 *
 *	OUT/NAME/		of the last sweep that had this kernel
 *	OUT/previous/NAME.1/	of the one before it, and so on
 */
#ifndef PIN_SWEEPDIR_H
#define PIN_SWEEPDIR_H

#include <limits.h>

#include "common/compiler.h"

#define SWEEPDIR_PREVIOUS "previous"

enum { SWEEPDIR_NAME_SIZE = 128 };

struct sweepdir;

/* mkdir -p. Return: 0 or -errno. */
int sweepdir_make(const char *path) MUST_CHECK;

/**
 * sweepdir_open() - the directory, made when it is not there
 * @keep: how many previous places of a name to keep; 0: none
 * Nobody else can have it at the same time, but processes that are forked from
 * this one.
 * Return: 0; -EBUSY another one has it; -errno. A message has been logged.
 */
int sweepdir_open(const char *path, unsigned int keep,
		  struct sweepdir **dir_ret) MUST_CHECK;
void sweepdir_close(struct sweepdir *dir);

/**
 * sweepdir_take() - an empty place for a kernel
 * What is there from before this sweepdir_open() becomes the first of the
 * previous ones, and the last of these goes.
 *
 * @name:     a wish; what cannot be a file name is replaced, and a name that was
 *            taken before gets a number behind it
 * @name_ret: that of the place
 * Return: 0; -EEXIST there is something that no sweep has made; -errno. A
 * message has been logged.
 */
int sweepdir_take(struct sweepdir *dir, const char *name,
		  char name_ret[SWEEPDIR_NAME_SIZE]) MUST_CHECK;
/* OUT/NAME, or a file in it; @file: NULL: the place itself. */
void sweepdir_path(const struct sweepdir *dir, const char *name,
		   const char *file, char path[PATH_MAX]);
/*
 * What only a process that ends by itself removes from its place (vm/machine.c):
 * much larger than all results, and of use to nobody.
 */
void sweepdir_clear(const struct sweepdir *dir, const char *name);
/* As sweepdir_take() makes a name of a wish, without looking for others. */
void sweepdir_name(const char *wish, char name[SWEEPDIR_NAME_SIZE]);

#endif
