/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the pauses of a mount's receiving, in a trial. */
#include <string.h>

#include "client/ctlclient.h"
#include "client/trial.h"
#include "common/clock.h"

static int ask(struct trial *trial, const char *line, const char *key,
	       long *value_ret)
{
	uint64_t deadline_ns = clock_deadline_ns(trial->site->step_ns);
	json_t *reply;
	int err;

	site_trace(trial->site, "control", line);
	err = ctlclient_call(trial->site->control, deadline_ns, &reply, "%s",
			     line);
	if (!err) {
		err = ctlclient_reply_error(reply);
		if (!err && key)
			*value_ret = (long)json_integer_value(
				json_object_get(reply, key));
		json_decref(reply);
	}
	return err ? trial_fail(trial, err, "control '%s': %s", line,
				strerror(-err)) : 0;
}

int trial_pause(struct trial *trial, long *queued_ret)
{
	int err = ask(trial, "pause scope=connection", "queued", queued_ret);

	trial->paused = !err;
	return err;
}

int trial_queued(struct trial *trial, long *queued_ret)
{
	return ask(trial, "status", "queued", queued_ret);
}

int trial_resume(struct trial *trial)
{
	int err = trial->paused ? ask(trial, "resume", NULL, NULL) : 0;

	if (!err)
		trial->paused = false;
	return err;
}
