/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the preparation of a mount for trials, and its undoing. */
#include "client/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/ctlclient.h"
#include "client/eventlog.h"
#include "client/interrupt.h"
#include "client/ondir.h"
#include "client/stage.h"
#include "client/stepper.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mountinfo.h"
#include "rescue/rescue.h"

enum {
	CLIENT_END_S = 5,	/* longest end of a client with nothing held */
	SETTLE_S = 5,		/* of writing the event log */
};

static int copy_member(const json_t *status, const char *key, char **text_ret)
{
	const char *text = json_string_value(json_object_get(status, key));

	if (!text) {
		log_err("the daemon's status has no '%s'", key);
		return -EPROTO;
	}
	*text_ret = strdup(text);
	return *text_ret ? 0 : -ENOMEM;
}

/* As copy_member(), where null is an answer. */
static int copy_loop(struct site *site, const json_t *status)
{
	if (json_is_null(json_object_get(status, "loop")))
		return 0;
	return copy_member(status, "loop", &site->loop);
}

/* Holds must outlive every wait for what they hold. */
static void limit_step(struct site *site, const json_t *status)
{
	json_t *options = json_object_get(status, "options");
	json_int_t us = json_integer_value(json_object_get(options,
							   "hold_max_us"));
	uint64_t longest_ns = (uint64_t)us * 1000 / 3 * 2;

	if (us > 0 && site->step_ns > longest_ns)
		site->step_ns = longest_ns;
}

static int read_status(struct site *site)
{
	uint64_t deadline_ns = clock_deadline_ns(site->step_ns);
	json_t *status;
	int err = ctlclient_call(site->control, deadline_ns, &status, "status");

	if (err) {
		log_err("the daemon of '%s' does not answer: %s",
			site->mountpoint, strerror(-err));
		return err;
	}
	err = copy_member(status, "source", &site->source);
	if (!err)
		err = copy_member(status, "live", &site->live);
	if (!err)
		err = copy_member(status, "live_reason", &site->live_reason);
	if (!err)
		err = copy_member(status, "cache", &site->cache);
	if (!err)
		err = copy_loop(site, status);
	if (!err)
		err = copy_member(status, "state", &site->state);
	if (!err)
		err = copy_member(status, "log", &site->log);
	if (!err) {
		site->daemon = (pid_t)json_integer_value(
			json_object_get(status, "pid"));
		site->is_live = strcmp(site->live, "proven") == 0;
		limit_step(site, status);
		err = eventlog_open(site->log, &site->events);
	}
	json_decref(status);
	return err;
}

int site_settle_events(const struct site *site)
{
	return (int)ctlclient_ask(site->control, clock_deadline_ns(
		SETTLE_S * CLOCK_NS_PER_SEC), NULL, "sync");
}

bool site_looks_twice(const struct site *site)
{
	return strcmp(site->live, "off") != 0;
}

static int spawn(struct site *site, const char *name,
		 struct stepper **stepper_ret)
{
	int err = stepper_spawn(name, site->mountpoint, stepper_ret);

	if (err) {
		log_err("cannot start a client on '%s': %s", site->mountpoint,
			strerror(-err));
		return err;
	}
	interrupt_add_child(stepper_pid(*stepper_ret));
	stepper_trace(*stepper_ret, site->trace, site->trace_arg);
	return 0;
}

static const char *temporary(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/tmp";
}

static int prepare(struct site *site, const char *mountpoint,
		   const struct site_options *options)
{
	int err = mountinfo_absolute(mountpoint, &site->mountpoint);

	site->step_ns = options->step_ns;
	site->mutation = options->mutation;
	site->keep = options->keep;
	site->dir = options->dir ? options->dir : temporary();
	site->dangerous = options->dangerous;
	site->trace = options->trace;
	site->trace_arg = options->trace_arg;
	if (!err)
		err = ctlclient_open(mountpoint, &site->control);
	if (!err)
		err = read_status(site);
	if (!err)
		err = spawn(site, "writer", &site->writer);
	if (!err)
		err = spawn(site, "observer", &site->observer);
	return err;
}

int site_open(const char *mountpoint, const struct site_options *options,
	      struct site **site_ret)
{
	struct site *site = calloc(1, sizeof(*site));
	int err;

	if (!site)
		return -ENOMEM;
	err = prepare(site, mountpoint, options);
	if (err) {
		site_close(site);
		return err;
	}
	*site_ret = site;
	return 0;
}

static int end_client(struct stepper *stepper)
{
	if (!stepper)
		return 0;
	interrupt_remove_child(stepper_pid(stepper));
	return stepper_destroy(stepper, clock_deadline_ns(
				       CLIENT_END_S * CLOCK_NS_PER_SEC));
}

int site_respawn_writer(struct site *site)
{
	int err = end_client(site->writer);

	site->writer = NULL;
	return err ? err : spawn(site, "writer", &site->writer);
}

int site_close(struct site *site)
{
	int err, other, third;

	if (!site)
		return 0;
	/* First: what it holds ends with it, and clients get free. */
	ctlclient_close(site->control);
	err = end_client(site->writer);
	other = end_client(site->observer);
	/* After the clients, which have its files open. */
	third = stage_destroy_all(site->stages);
	ondir_close(site->ondir);
	eventlog_close(site->events);
	free(site->mountpoint);
	free(site->source);
	free(site->state);
	free(site->log);
	free(site->cache);
	free(site->loop);
	free(site->live);
	free(site->live_reason);
	free(site);
	return err ? err : other ? other : third;
}

void site_trace(const struct site *site, const char *name, const char *line)
{
	if (site->trace)
		site->trace(name, line, site->trace_arg);
}

int site_abort(const char *mountpoint)
{
	struct mountinfo info;
	int err = mountinfo_find(mountpoint, &info);

	if (err)
		return err == -ENOENT ? 0 : err;
	err = rescue_free(info.mountpoint, info.major, info.minor);
	mountinfo_deinit(&info);
	return err;
}
