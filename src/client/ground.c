/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the mount under the scenarios, from its making to its end. A mount that
 * somebody gave us is aborted only when a client of ours is stuck in it and
 * nothing else can free it.
 */
#include "client/ground.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/kept.h"
#include "client/tempmount.h"
#include "common/cleanup.h"
#include "common/log.h"

static const char *point(const struct ground *ground)
{
	return ground->given ? ground->given : tempmount_point(ground->mount);
}

/* What a daemon cannot do without; NULL: it is all there. */
static const char *find_lack(void)
{
	if (geteuid() != 0)
		return "a pins-only mount needs root";
	if (access("/dev/loop-control", R_OK | W_OK) < 0)
		return "a pins-only mount needs loop devices: there is no "
		       "/dev/loop-control";
	return NULL;
}

/*
 * Who it was is known here, and to look for it takes longer than a scenario. What
 * the user gives comes later and wins.
 */
static char *all_options(const struct ground *ground, const char *options)
{
	char *text;

	if (asprintf(&text, "%s%s%s",
		     ground->suspects ? "suspects=on" : "suspects=off,trace=off",
		     options ? "," : "", options ? options : "") < 0)
		return NULL;
	return text;
}

static int create_mount(struct ground *ground, const char *more)
{
	autofree char *options = all_options(ground, more);
	int err = !options ? -ENOMEM : ground->site_options.keep ?
		tempmount_create_kept(options, &ground->mount) :
		tempmount_create(options, &ground->mount);

	/* Said now too: a signal may end us before the end. */
	if (!err && ground->site_options.keep)
		log_info("'%s' will be kept", tempmount_source(ground->mount));
	return err;
}

static int make_mount(struct ground *ground)
{
	const char *more = ground->options;
	autofree char *options = NULL;

	if (!ground->pins_only)
		return create_mount(ground, more);
	ground->lack = find_lack();
	if (ground->lack) {
		log_err("%s", ground->lack);
		return -EOPNOTSUPP;
	}
	if (asprintf(&options, "pins_only%s%s", more ? "," : "",
		     more ? more : "") < 0)
		return -ENOMEM;
	return create_mount(ground, options);
}

int ground_vary(const struct ground *ground, const char *more,
		struct ground *ground_ret)
{
	struct ground varied = { .pins_only = ground->pins_only,
				 .suspects = ground->suspects,
				 .site_options = ground->site_options,
				 .kept = ground->kept };
	const char *options = ground->options;

	if (ground->given)
		return -EINVAL;
	if (asprintf(&varied.more, "%s%s%s", options ? options : "",
		     options ? "," : "", more) < 0)
		return -ENOMEM;
	varied.options = varied.more;
	*ground_ret = varied;
	return 0;
}

struct ground *ground_with_cache(struct ground *ground, const char *cache,
				 struct ground *varied)
{
	const struct site *site = ground->site;
	char option[32];

	if (!cache || (site && strcmp(site->cache, cache) == 0))
		return ground;
	snprintf(option, sizeof(option), "cache=%s", cache);
	if (!varied->options && ground_vary(ground, option, varied))
		return ground;
	return varied;
}

int ground_ready(struct ground *ground)
{
	int err = 0;

	if (ground->site)
		return 0;
	if (ground->lost)
		return -ENODEV;
	if (!ground->given && !ground->mount)
		err = make_mount(ground);
	if (!err)
		err = site_open(point(ground), &ground->site_options,
				&ground->site);
	ground->capabilities.site = ground->site;
	if (!err && ground->kept)
		err = kept_add(ground->kept, ground->site);
	return err;
}

const char *ground_reason(const struct ground *ground)
{
	if (ground->lost)
		return "the mount was aborted";
	if (ground->lack)
		return ground->lack;
	if (!ground->given && *tempmount_reason())
		return tempmount_reason();
	return "the mount cannot be used";
}

/* Ours: with the daemon everything in flight ends, and clients come back. */
static void drop_ours(struct ground *ground, bool hung)
{
	if (hung)
		tempmount_kill(ground->mount);
	site_close(ground->site);
	if (!hung)
		tempmount_destroy(ground->mount);
	ground->mount = NULL;
}

/* Somebody else's: only when a client of ours is stuck in it. */
static void drop_given(struct ground *ground)
{
	autofree char *mountpoint = strdup(ground->site->mountpoint);
	int err = site_close(ground->site);

	if (!err || !mountpoint)
		return;
	ground->lost = true;
	err = site_abort(mountpoint);
	if (err)
		log_err("cannot abort '%s': %s", mountpoint, strerror(-err));
	else
		log_err("'%s' was aborted, with all that was in flight",
			mountpoint);
}

void ground_spoiled(struct ground *ground, bool hung)
{
	if (!ground->site)
		return;
	if (ground->given)
		drop_given(ground);
	else
		drop_ours(ground, hung);
	ground->site = ground->capabilities.site = NULL;
}

int ground_close(struct ground *ground)
{
	int err = site_close(ground->site);
	int other;

	if (err)
		log_err("a client did not end: %s", strerror(-err));
	ground->site = NULL;
	other = tempmount_destroy(ground->mount);
	if (other)
		log_err("the temporary mount did not end as it should: %s",
			strerror(-other));
	ground->mount = NULL;
	free(ground->more);
	ground->more = NULL;
	return err ? err : other;
}
