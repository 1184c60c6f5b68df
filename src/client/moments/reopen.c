/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the moment "reopen": somebody opens the file, and the answer to that OPEN
 * lacks FOPEN_KEEP_CACHE, as it does from most FUSE servers.
 */
#include <errno.h>
#include <string.h>

#include "client/ctlclient.h"
#include "client/moments/event.h"
#include "client/moments/moments.h"
#include "common/clock.h"

static long ask(struct trial *trial, const char *key, const char *line)
{
	long value;

	site_trace(trial->site, "control", line);
	value = ctlclient_ask(trial->site->control,
			      clock_deadline_ns(trial->site->step_ns), key,
			      "%s", line);
	if (value < 0)
		trial_fail(trial, (int)value, "control '%s': %s", line,
			   strerror((int)-value));
	return value;
}

static int clear(struct trial *trial, long gate)
{
	char line[32];

	snprintf(line, sizeof(line), "clear id=%ld", gate);
	return (int)MIN(ask(trial, NULL, line), 0L);
}

static int reopen(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	char line[128];
	long gate;
	int err;

	snprintf(line, sizeof(line), "inject op=open path=/%s count=1 nokeep "
		 "scope=connection", trial->target);
	gate = ask(trial, "id", line);
	if (gate < 0)
		return (int)gate;
	err = trial_step(trial, observer, NULL, "open fd=o path=%s mode=r",
			 trial->target);
	if (!err)
		err = trial_step(trial, observer, NULL, "close fd=o");
	return err ? err : clear(trial, gate);
}

static int enter(struct trial *trial)
{
	return event_takes_pages(trial, reopen);
}

const struct scenario_moment reopen_moment = {
	.part = {
		.name = "reopen",
		.help = "after an open(2) that keeps no cache",
		.about = "Unless the server answers an OPEN with "
			 "FOPEN_KEEP_CACHE, fuse_open() drops all of the "
			 "file's pages with invalidate_inode_pages2() "
			 "(fs/fuse/file.c, 6.1 to 6.18), pinned ones too: "
			 "see invalidate. So any process that may read a "
			 "file can, by opening it, take away what another "
			 "one is about to get: ORPHAN. pinfs itself always "
			 "keeps the cache, but for the one open of this "
			 "moment (inject op=open nokeep).",
		.is = PART_EVENT,
		.needs = EVENT_NEEDS | PART_ON_MOUNT,
		.rejects = EVENT_REJECTS,
	},
	.enter = enter,
};
