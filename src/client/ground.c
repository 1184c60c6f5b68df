/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the mount under the scenarios, from its making to its end. A mount that
 * somebody gave us is aborted only when a client of ours is stuck in it and
 * nothing else can free it.
 */
#include "client/ground.h"

#include <errno.h>
#include <string.h>

#include "client/tempmount.h"
#include "common/cleanup.h"
#include "common/log.h"

static const char *point(const struct ground *ground)
{
	return ground->given ? ground->given : tempmount_point(ground->mount);
}

int ground_ready(struct ground *ground)
{
	int err = 0;

	if (ground->site)
		return 0;
	if (ground->lost)
		return -ENODEV;
	if (!ground->given && !ground->mount)
		err = tempmount_create(ground->options, &ground->mount);
	if (!err)
		err = site_open(point(ground), &ground->site_options,
				&ground->site);
	ground->capabilities.site = ground->site;
	return err;
}

const char *ground_reason(const struct ground *ground)
{
	if (ground->lost)
		return "the mount was aborted";
	if (!ground->given && *tempmount_reason())
		return tempmount_reason();
	return "the mount cannot be used";
}

static void abort_mount(struct ground *ground, const char *mountpoint)
{
	int err = site_abort(mountpoint);

	if (err)
		log_err("cannot abort '%s': %s", mountpoint, strerror(-err));
	else if (ground->given)
		log_err("'%s' was aborted, with all that was in flight",
			mountpoint);
	ground->lost = ground->given != NULL;
}

void ground_spoiled(struct ground *ground, bool hung)
{
	autofree char *mountpoint = ground->site ?
		strdup(ground->site->mountpoint) : NULL;
	bool ours = !ground->given;
	int err;

	if (!mountpoint)
		return;
	/* Whatever is held on our own mount, its clients come back now. */
	if (hung && ours)
		abort_mount(ground, mountpoint);
	err = site_close(ground->site);
	ground->site = ground->capabilities.site = NULL;
	if (err && !ours)
		abort_mount(ground, mountpoint);
	if (!ours)
		return;
	if (hung)
		tempmount_kill(ground->mount);
	else
		tempmount_destroy(ground->mount);
	ground->mount = NULL;
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
	return err ? err : other;
}
