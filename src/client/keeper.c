/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns a mount in a mount namespace of its own, and the command on it.
 *
 *   pinctl ────── keeper ─┬─ guard ── pinfs -f
 *                         └─ CMD ── ...
 *
 * Whichever of them is killed, the others see it and end the rest:
 *
 *   pinctl  the keeper, by the pipe whose other end only pinctl has: it kills
 *           CMD with all that is below it, and unmounts
 *   keeper  pinctl, its parent, which then is the parent of CMD (a subreaper):
 *           it kills CMD with all below; and the guard, which unmounts
 *   guard   the keeper: it ends CMD and does the guard's work
 *   pinfs   its supervisor frees the mount; the keeper, whose control connection
 *           ends, ends CMD
 *
 * pinctl, keeper and CMD are in one session and process group, so that CMD has
 * the terminal as if the shell had started it, and ^C and ^Z reach all three;
 * pinctl and keeper then wait for what CMD makes of it. A signal that was sent
 * to pinctl by kill(2) is passed on to those of CMD's process group that are
 * below the keeper, and so not to the shell's script around us.
 *
 * The namespace is the keeper's. It gets the mounts that are made outside later
 * (MS_SLAVE), and gives none of its own. What has moved to another namespace
 * with a copy of the mount is still below the keeper, and ended with the rest:
 * what counts is descent, not the namespace.
 *
 * CMD may be on a stage instead (keeper-stage.c), a filesystem on a loop device
 * whose image is on the mount. That is unmounted first, and where it cannot be,
 * by the guard. Without a namespace of its own there is no stage: it would stay
 * where all see it when everything is killed.
 */
#include "client/keeper-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/ctlclient.h"
#include "client/tempmount.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"

#define REPLY_NS (5 * CLOCK_NS_PER_SEC)

/*
 * Without the right to it the mount is made where all see it, by fusermount3 for
 * users: it ends just as well.
 */
static void enter_namespace(bool stage)
{
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0)
		return;
	if (stage) {
		log_err("a stage needs a mount namespace of its own: %s",
			strerror(errno));
		_exit(CMD_UNSURE);
	}
	log_warn("no mount namespace of its own (%s): others can see the mount",
		 strerror(errno));
}

static int open_log(struct keeper *keeper, const json_t *status)
{
	const char *path = json_string_value(json_object_get(status, "log"));
	struct stat attr;

	keeper->log_fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) :
				-1;
	if (keeper->log_fd >= 0 && fstat(keeper->log_fd, &attr) == 0 &&
	    S_ISREG(attr.st_mode)) {
		keeper->log_mark = attr.st_size;
		return 0;
	}
	if (keeper->log_fd >= 0)
		close(keeper->log_fd);
	keeper->log_fd = -1;
	if (!keeper->plan->fail_on)
		return 0;
	log_err("--fail-on needs an event log that can be read again, and '%s' "
		"cannot", path ? path : "?");
	return -ENOTSUP;
}

/* The line of the mount's begin is in the log already: number 1. */
static int ask_daemon(struct keeper *keeper)
{
	json_t *status = NULL;
	const char *live;
	int err = ctlclient_open(tempmount_point(keeper->mount),
				 &keeper->control);

	if (!err)
		err = ctlclient_call(keeper->control,
				     clock_deadline_ns(REPLY_NS), &status,
				     "status");
	if (err)
		return err;
	live = json_string_value(json_object_get(status, "live"));
	snprintf(keeper->live, sizeof(keeper->live), "%s", live ? live : "?");
	err = open_log(keeper, status);
	json_decref(status);
	return err;
}

/* The directory that the mount point is in: CMD may become another user. */
static int open_way(const char *point)
{
	autofree char *dir = strdup(point);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!slash)
		return -ENOMEM;
	*slash = '\0';
	return chmod(dir, 0711) ? -errno : 0;
}

/* Return: a CMD_ status. */
static int make_mount(struct keeper *keeper)
{
	const struct keeper_plan *plan = keeper->plan;
	int err = plan->stage ?
		tempmount_create_stage(plan->options, &keeper->mount) :
		tempmount_create_over(plan->source, plan->options,
				      &keeper->mount);

	if (err)
		return err == -EINVAL ? CMD_USAGE : CMD_UNSURE;
	err = open_way(tempmount_point(keeper->mount));
	if (!err)
		err = ask_daemon(keeper);
	if (!err && plan->stage)
		err = keeper_begin_stage(keeper);
	if (!err)
		return CMD_OK;
	if (err != -ENOTSUP && err != -ECANCELED)
		log_err("cannot use the mount of '%s': %s",
			tempmount_source(keeper->mount), strerror(-err));
	ctlclient_close(keeper->control);
	if (tempmount_destroy(keeper->mount))
		log_err("nor did it end as it should");
	return CMD_UNSURE;
}

static void count_status(struct keeper *keeper)
{
	json_t *status = NULL;

	if (ctlclient_call(keeper->control, clock_deadline_ns(REPLY_NS),
			   &status, "status") == 0)
		tally_add_status(&keeper->tally, status);
	json_decref(status);
}

/* Return: is what was counted all there is? */
static bool count_log(struct keeper *keeper)
{
	int err;

	if (keeper->log_fd < 0)
		return true;
	err = tally_add_log(&keeper->tally, keeper->log_fd, keeper->log_mark, 1);
	if (err)
		log_err("cannot read the event log: %s", strerror(-err));
	return !err && keeper->tally.ended && !keeper->tally.lost_requests;
}

/* Those that were asleep in a held request go with the daemon. */
static void end_mount(struct keeper *keeper)
{
	int err;

	count_status(keeper);
	ctlclient_close(keeper->control);
	err = tempmount_destroy(keeper->mount);
	keeper->mount = NULL;
	if (err && err != -EOWNERDEAD)
		log_err("the mount did not end as it should: %s",
			strerror(-err));
	keeper->unclean = !count_log(keeper) || err;
	keeper_reap_command(keeper);
}

int keeper_open_signals(sigset_t *before_ret)
{
	static const int numbers[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct sigaction action;

		/* nohup(1): a blocked signal would come all the same. */
		if (sigaction(numbers[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &set, before_ret);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void keeper_main(const struct keeper_plan *plan)
{
	struct keeper keeper = { .plan = plan, .log_fd = -1 };
	int status;

	prctl(PR_SET_NAME, "pinctl-keeper");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* While the mount is made, a signal may take its course. */
	sigprocmask(SIG_SETMASK, plan->mask, NULL);
	enter_namespace(plan->stage);
	status = make_mount(&keeper);
	if (status)
		_exit(status);
	keeper.signal_fd = keeper_open_signals(NULL);
	keeper_run_command(&keeper);
	if (plan->audit && keeper.why == KEEPER_WHY_NOT)
		keeper_audit(&keeper);
	if (plan->stage)
		keeper_end_stage(&keeper);
	end_mount(&keeper);
	status = keeper_judge(&keeper);
	fflush(NULL);
	_exit(status);
}
