/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of "pinctl run --on" and its filesystem: how the clients reach
 * it, what it does, found out by trying it in a file of its own, and what the
 * kernel's log says about it. One that does not answer costs a client, not us.
 */
#ifndef PIN_ONDIR_H
#define PIN_ONDIR_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

struct site;

/* What a filesystem may do. */
enum ondir_trait {
	ONDIR_DIRECT,	/* its files can be opened with O_DIRECT */
	ONDIR_DROPS,	/* a clean page of its can be thrown out of the cache */
	ONDIR_TAKES,	/* an O_DIRECT write takes what is cached from its file */
	ONDIR_PUNCHES,	/* fallocate(2) makes holes */
	ONDIR_TRAITS,
};

enum { ONDIR_PATH_SIZE = 40, ONDIR_WHY_SIZE = 256 };

struct ondir {
	char path[ONDIR_PATH_SIZE];	/* for any process, short, no blanks */
	char *type;		/* of the filesystem, as in mountinfo */
	/* Private: */
	int fd;			/* O_PATH: nobody is asked */
	char *device;		/* by what the kernel's log calls it; NULL: none */
	struct kernellog *log;	/* NULL: not listening */
	bool tried;
	int err;		/* of the trying */
	bool traits[ONDIR_TRAITS];	/* valid when tried, without an err */
	char why[ONDIR_WHY_SIZE];
};

/**
 * ondir_get() - the directory of a site, opened when first asked for
 * @ondir_ret: lives as long as the site
 * Return: 0; -errno of open(2): nothing can be made there.
 */
int ondir_get(struct site *site, const struct ondir **ondir_ret) MUST_CHECK;
/* NULL is allowed. */
void ondir_close(struct ondir *ondir);

/**
 * ondir_has() - does its filesystem do that? Tried when first asked.
 * @why_ret: on failure, one sentence; lives as long as the site
 * Return: 1, 0, -ETIMEDOUT it did not answer, -errno it could not be told.
 */
int ondir_has(struct site *site, enum ondir_trait trait, const char **why_ret)
	MUST_CHECK;

/* From now on: what the kernel says about the device of that filesystem. */
void ondir_listen(struct site *site);
/* The first of it, or "" when nothing was said, or nobody can know. */
void ondir_hear(struct site *site, char *line, size_t size);

#endif
