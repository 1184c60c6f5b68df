/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the stage of a kept mount: a filesystem on a loop device whose image is a
 * file on the mount.
 *
 * Whoever makes it, uses it or ends it may wait for a request that is held. So
 * the keeper leaves that to children, and waits for them with one eye on
 * whatever else asks for the end. A stage that does not end because of what is
 * held ends with the mount: the guard sees to that (tempmount-guard.c).
 */
#include "client/keeper-internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/ctlclient.h"
#include "client/leftover.h"
#include "client/stage-internal.h"
#include "client/stagecopy.h"
#include "client/stagemount.h"
#include "client/tempmount.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/mountinfo.h"

enum {
	MAKE_MS = 120000,	/* longest making */
	END_MS = 120000,	/* longest end with nothing held */
	LOOK_MS = 300,		/* between two questions what is held */
};

#define REPLY_NS (5 * CLOCK_NS_PER_SEC)
#define RECORD_NS (60 * CLOCK_NS_PER_SEC)	/* with all of the image */

/* What the child that makes it has to say. */
struct report {
	int err;
	uint64_t ino;	/* of the image on the mount */
	char why[STAGEMOUNT_WHY_SIZE];
};

/* ---------------------------------------------------------------- beginning */

static int name_place(struct keeper *keeper)
{
	struct keeper_place *place = &keeper->place;
	char *image, *log;

	place->dir = tempmount_dir(keeper->mount);
	place->mount = tempmount_point(keeper->mount);
	place->stage = tempmount_stage(keeper->mount);
	if (asprintf(&image, "%s/" STAGECOPY_IMAGE,
		     tempmount_source(keeper->mount)) < 0)
		return -ENOMEM;
	place->image = image;
	if (asprintf(&log, "%s/requests", place->dir) < 0)
		return -ENOMEM;
	place->log = log;
	return 0;
}

static NORETURN void make(const struct keeper *keeper, int out)
{
	const struct keeper_place *place = &keeper->place;
	struct report report = { 0 };
	autofree char *image = NULL;
	struct stat attr;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (asprintf(&image, "%s/" STAGECOPY_IMAGE, place->mount) < 0)
		_exit(1);
	report.err = stagemount_make(keeper->plan->stage, image, place->stage,
				     report.why);
	if (!report.err && stat(image, &attr) == 0)
		report.ino = attr.st_ino;
	_exit(fdio_write(out, &report, sizeof(report)) ? 1 : 0);
}

static int await_report(const struct keeper *keeper, int in,
			struct report *report)
{
	struct pollfd fds[] = {
		{ .fd = in, .events = POLLIN },
		{ .fd = keeper->plan->outer_fd },
		{ .fd = ctlclient_fd(keeper->control), .events = POLLIN },
	};
	int n;

	do {
		n = poll(fds, ARRAY_SIZE(fds), MAKE_MS);
	} while (n < 0 && errno == EINTR);
	if (n > 0 && fds[0].revents && fdio_read(in, report, sizeof(*report)) ==
	    (ssize_t)sizeof(*report))
		return report->err;
	snprintf(report->why, sizeof(report->why), "%s", n == 0 ?
		 "it is not made in time" : "its making was ended");
	return -EPIPE;
}

static int start_recording(struct keeper *keeper, uint64_t ino)
{
	json_t *reply = NULL;
	int err = ctlclient_call(keeper->control, clock_deadline_ns(RECORD_NS),
				 &reply, "record file=%s ino=%llu base",
				 keeper->place.log, (unsigned long long)ino);

	if (!err && ctlclient_reply_error(reply)) {
		cmd_log_reply(reply);
		err = ctlclient_reply_error(reply);
	}
	json_decref(reply);
	return err;
}

int keeper_begin_stage(struct keeper *keeper)
{
	struct report report = { .err = -EPIPE };
	int err = name_place(keeper);
	int ends[2];
	pid_t pid;

	if (!err)
		err = leftover_note(keeper->place.dir, keeper->place.mount);
	if (err || pipe2(ends, O_CLOEXEC) < 0)
		return err ? err : -errno;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		make(keeper, ends[1]);
	close(ends[1]);
	err = pid < 0 ? -EAGAIN : await_report(keeper, ends[0], &report);
	close(ends[0]);
	if (err) {
		log_err("cannot make the stage: %s", report.why);
		if (pid > 0)
			kill(pid, SIGKILL);
		return -ECANCELED;
	}
	waitpid(pid, NULL, 0);
	return keeper->plan->record ? start_recording(keeper, report.ino) : 0;
}

/* ------------------------------------------------------------------- ending */

static int unmount(const struct keeper *keeper)
{
	const char *stage = keeper->place.stage;
	struct mountinfo info;

	while (mountinfo_find(stage, &info) == 0) {
		if (umount2(stage, UMOUNT_NOFOLLOW) < 0)
			return CMD_UNSURE;
		stage_forget(keeper->plan->stage->kind, info.source);
		mountinfo_deinit(&info);
	}
	return CMD_OK;
}

/* Does something stop the daemon from answering? */
static bool is_held(struct keeper *keeper)
{
	json_t *status = NULL;
	bool held = true;

	if (ctlclient_call(keeper->control, clock_deadline_ns(REPLY_NS),
			   &status, "status") == 0)
		held = json_is_true(json_object_get(status, "paused")) ||
		       json_integer_value(json_object_get(status, "held")) > 0;
	json_decref(status);
	return held;
}

static bool await_unmount(struct keeper *keeper, pid_t pid)
{
	uint64_t deadline_ns = clock_deadline_ns(END_MS * CLOCK_NS_PER_MS);
	unsigned int held = 0;
	int status;

	for (;;) {
		struct pollfd fds[] = {
			{ .fd = keeper->signal_fd, .events = POLLIN },
			{ .fd = keeper->plan->outer_fd },
		};

		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && !WEXITSTATUS(status);
		if (poll(fds, ARRAY_SIZE(fds), LOOK_MS) > 0)
			keeper_take_signals(keeper, fds[0].revents,
					    fds[1].revents);
		/* Twice: a hold may have a short deadline. */
		held = is_held(keeper) ? held + 1 : 0;
		if (keeper->why != KEEPER_WHY_NOT || held > 1 ||
		    clock_now_ns() > deadline_ns)
			return false;
	}
}

static void stop_recording(struct keeper *keeper)
{
	json_t *reply = NULL;

	if (ctlclient_call(keeper->control, clock_deadline_ns(RECORD_NS),
			   &reply, "record off") ||
	    ctlclient_reply_error(reply))
		log_err("the record of the stage is not complete");
	json_decref(reply);
}

static bool command_succeeded(const struct keeper *keeper)
{
	return WIFEXITED(keeper->command_status) &&
	       WEXITSTATUS(keeper->command_status) == 0;
}

void keeper_end_stage(struct keeper *keeper)
{
	const struct keeper_plan *plan = keeper->plan;
	pid_t pid;

	keeper->examined = CMD_UNSURE;
	if (keeper->why != KEEPER_WHY_NOT || keeper->killed ||
	    (plan->examine && !command_succeeded(keeper)))
		return;
	keeper->examined = plan->before_end ?
		keeper_task(keeper, plan->before_end) : CMD_OK;
	if (plan->record)
		stop_recording(keeper);
	if (keeper->why != KEEPER_WHY_NOT)
		return;
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(unmount(keeper));
	keeper->stage_ended = pid > 0 && await_unmount(keeper, pid);
	if (!plan->examine || keeper->examined != CMD_OK)
		return;
	if (!keeper->stage_ended)
		log_err("the stage cannot be unmounted");
	keeper->examined = keeper->stage_ended ?
		keeper_task(keeper, plan->examine) : CMD_UNSURE;
}
