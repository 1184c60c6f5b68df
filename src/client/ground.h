/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where scenarios run: a mount that was given, or one of our own that is made
 * when first needed, and made anew after a run has spoiled it.
 */
#ifndef PIN_GROUND_H
#define PIN_GROUND_H

#include <stdbool.h>

#include "client/capability.h"
#include "client/site.h"
#include "common/compiler.h"

struct kept;
struct tempmount;

struct ground {
	/* Set by the caller, the rest is zero: */
	const char *given;		/* --mnt; NULL: make one */
	const char *options;		/* -o of one that we make, or NULL */
	bool pins_only;			/* make it so; needs a loop device */
	bool suspects;			/* its daemon looks for who it was */
	struct site_options site_options;
	struct kept *kept;		/* gets each site's place, or NULL */
	/* Valid after ground_ready(): */
	struct site *site;
	struct capability_set capabilities;
	/* Private: */
	struct tempmount *mount;
	char *more;			/* our own storage of options */
	const char *lack;		/* why there can be no such mount */
	bool lost;			/* the given mount had to be aborted */
};

/**
 * ground_ready() - have a site
 * Return: 0; -EOPNOTSUPP cannot mount here; -EINVAL the daemon does not know
 * the options; -ENODEV the given mount is gone; -errno. A message has been
 * logged; ground_reason() has it too.
 */
int ground_ready(struct ground *ground) MUST_CHECK;
/**
 * ground_vary() - another ground, which is the same but for more options
 * Where no mount of our own is made there is none: the given one is as it is.
 * Return: 0, -EINVAL it has no mount of its own, -ENOMEM.
 */
int ground_vary(const struct ground *ground, const char *more,
		struct ground *ground_ret) MUST_CHECK;
/**
 * ground_with_cache() - where a scenario runs that needs a kind of cache
 * @cache:  "through"; NULL: any
 * @varied: zero at first; becomes ground_vary()'s when needed
 * Return: @ground, @varied; never NULL. It is not ready yet, and may have
 * another cache all the same when it is a given mount.
 */
struct ground *ground_with_cache(struct ground *ground, const char *cache,
				 struct ground *varied);
/* Why ground_ready() returned an error: one sentence; static. */
const char *ground_reason(const struct ground *ground);
/**
 * ground_spoiled() - something may be held that nobody will let go
 * @hung: something did not come: abort our mount instead of unmounting it
 */
void ground_spoiled(struct ground *ground, bool hung);
/* Return: 0, -errno when a mount did not end as it should. */
int ground_close(struct ground *ground);

#endif
