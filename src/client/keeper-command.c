/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the command on the mount, and what it starts, to the end of them all. */
#include "client/keeper-internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/ctlclient.h"
#include "client/offspring.h"
#include "client/tempmount.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"

enum { LEFT_MS = 2000 };	/* for what CMD has left, after SIGTERM */

enum { STATUS_CANNOT_RUN = 126, STATUS_NOT_FOUND = 127 };

/* ---- the command ---- */

static NORETURN void exec_command(const struct keeper *keeper)
{
	const struct keeper_plan *plan = keeper->plan;
	const char *point = tempmount_point(keeper->mount);
	const char *dir = plan->stage ? keeper->place.stage : point;

	sigprocmask(SIG_SETMASK, plan->mask, NULL);
	if (chdir(dir) < 0 || setenv("PINFS_MNT", point, 1) ||
	    (plan->stage && setenv("PINFS_STAGE", dir, 1)) ||
	    setenv("PWD", dir, 1)) {
		log_err("cannot use the mount: %s", strerror(errno));
		_exit(STATUS_CANNOT_RUN);
	}
	execvp(plan->command[0], plan->command);
	log_err("cannot run '%s': %s", plan->command[0], strerror(errno));
	_exit(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN);
}

static int start_command(struct keeper *keeper)
{
	fflush(NULL);
	keeper->command = fork();
	if (keeper->command == 0)
		exec_command(keeper);
	if (keeper->command > 0)
		return 0;
	keeper->command_ended = true;
	log_err("cannot run '%s': %s", keeper->plan->command[0],
		strerror(errno));
	return -errno;
}

/* ---- while it runs ---- */

/* Who is left alone also when the guard has gone. */
static pid_t spare(const struct keeper *keeper)
{
	return tempmount_daemon(keeper->mount);
}

static void pass_on(struct keeper *keeper, int number)
{
	pid_t group = keeper->command_ended ? 0 : getpgid(keeper->command);

	if (group > 0)
		offspring_signal(spare(keeper), group, number);
}

/* Only the first reason counts, unless nobody is left to be told of it. */
static void end_command(struct keeper *keeper, enum keeper_why why)
{
	uint64_t deadline_ns = why == KEEPER_WHY_OUTER ? 0 :
		clock_deadline_ns(keeper->plan->kill_after_ns);

	if (keeper->why == KEEPER_WHY_NOT || why == KEEPER_WHY_OUTER)
		keeper->why = why;
	if (!keeper->killed)
		keeper->deadline_ns = MIN(keeper->deadline_ns, deadline_ns);
}

static void take_signal(struct keeper *keeper)
{
	struct signalfd_siginfo info;

	while (read(keeper->signal_fd, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (number == SIGCHLD)
			continue;
		/* What the terminal sends, it sends to CMD as well. */
		if (info.ssi_code <= 0 || number == SIGHUP)
			pass_on(keeper, number);
		if (number == SIGTERM || number == SIGHUP)
			end_command(keeper, KEEPER_WHY_ASKED);
	}
}

static void lose_guard(struct keeper *keeper)
{
	if (keeper->guard_lost)
		return;
	keeper->guard_lost = true;
	log_err("the guard of the mount was killed");
	end_command(keeper, KEEPER_WHY_GUARD);
	pass_on(keeper, SIGTERM);
}

/*
 * Whoever has ended. What CMD has left is our child, and nobody else's to reap;
 * the guard is left for tempmount_destroy().
 */
static void reap(struct keeper *keeper)
{
	siginfo_t info = { .si_pid = 0 };

	keeper->command_ended = waitpid(keeper->command,
					&keeper->command_status, WNOHANG) ==
				keeper->command;
	while (!keeper->command_ended &&
	       waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid && info.si_pid != keeper->command) {
		if (info.si_pid == tempmount_guard(keeper->mount)) {
			lose_guard(keeper);
			return;
		}
		waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = 0;
	}
}

static void look_at(struct keeper *keeper, struct pollfd fds[3])
{
	if (fds[0].revents)
		take_signal(keeper);
	if (fds[1].revents) {
		fds[1].fd = -1;
		end_command(keeper, KEEPER_WHY_OUTER);
	}
	if (fds[2].revents) {
		fds[2].fd = -1;
		log_err("the mount has ended before '%s'",
			keeper->plan->command[0]);
		end_command(keeper, KEEPER_WHY_DAEMON);
		pass_on(keeper, SIGTERM);
	}
}

/* Asleep in a held request it is not gone before the daemon is. */
static void wait_for_command(struct keeper *keeper)
{
	struct pollfd fds[] = {
		{ .fd = keeper->signal_fd, .events = POLLIN },
		{ .fd = keeper->plan->outer_fd },
		{ .fd = ctlclient_fd(keeper->control), .events = POLLIN },
	};

	keeper->deadline_ns = CLOCK_NEVER;
	for (;;) {
		reap(keeper);
		if (keeper->command_ended)
			return;
		if (clock_now_ns() >= keeper->deadline_ns) {
			if (keeper->killed)
				return;
			offspring_signal(spare(keeper), 0, SIGKILL);
			keeper->killed = true;
			keeper->deadline_ns = clock_deadline_ns(
				KEEPER_KILLED_MS * CLOCK_NS_PER_MS);
		}
		if (poll(fds, ARRAY_SIZE(fds),
			 clock_left_ms(keeper->deadline_ns)) > 0)
			look_at(keeper, fds);
	}
}

/* ---- what it has left behind ---- */

static void name_left(const struct keeper *keeper)
{
	autofree struct offspring *list = NULL;
	ssize_t n = offspring_find(spare(keeper), &list);
	char text[256] = "";
	size_t used = 0;
	unsigned int left = 0;

	for (ssize_t i = 0; i < n; i++) {
		if (list[i].spared || list[i].pid == keeper->command)
			continue;
		if (used < sizeof(text))
			used += (size_t)snprintf(text + used,
						 sizeof(text) - used,
						 "%s%s (%d)", left ? ", " : "",
						 list[i].name, list[i].pid);
		left++;
	}
	if (left && keeper->why != KEEPER_WHY_OUTER)
		log_warn("'%s' has left %u process%s, which %s ended: %s",
			 keeper->plan->command[0], left, left == 1 ? "" : "es",
			 left == 1 ? "is" : "are", text);
}

/* Nothing may use the mount when it is unmounted, in whatever session. */
static void end_left(struct keeper *keeper)
{
	if (!keeper->killed) {
		name_left(keeper);
		if (!offspring_signal(spare(keeper), 0, SIGTERM))
			return;
		/* A stopped one does not end of it. */
		offspring_signal(spare(keeper), 0, SIGCONT);
		if (offspring_wait(spare(keeper), false, LEFT_MS))
			return;
	}
	for (int i = 0; i < 3; i++) {
		offspring_signal(spare(keeper), 0, SIGKILL);
		if (offspring_wait(spare(keeper), false, KEEPER_KILLED_MS / 3))
			return;
	}
}

void keeper_run_command(struct keeper *keeper)
{
	if (start_command(keeper))
		return;
	/* A terminal, or a pipe, that has gone must not end us. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	wait_for_command(keeper);
	end_left(keeper);
}

void keeper_reap_command(struct keeper *keeper)
{
	uint64_t deadline_ns = clock_deadline_ns(KEEPER_KILLED_MS * CLOCK_NS_PER_MS);

	while (!keeper->command_ended && clock_now_ns() < deadline_ns) {
		kill(keeper->command, SIGKILL);
		clock_sleep_ns(10 * CLOCK_NS_PER_MS);
		keeper->command_ended = waitpid(keeper->command,
						&keeper->command_status,
						WNOHANG) == keeper->command;
	}
	if (!offspring_wait(0, true, KEEPER_KILLED_MS))
		log_err("processes of '%s' are still there",
			keeper->plan->command[0]);
}

/* ---- other work ---- */

static NORETURN void do_work(const struct keeper *keeper, keeper_work *work)
{
	sigprocmask(SIG_SETMASK, keeper->plan->mask, NULL);
	exit(work(&keeper->place, keeper->plan->context));
}

void keeper_take_signals(struct keeper *keeper, bool signals, bool outer)
{
	if (signals)
		take_signal(keeper);
	if (outer)
		end_command(keeper, KEEPER_WHY_OUTER);
}

int keeper_task(struct keeper *keeper, keeper_work *work)
{
	struct pollfd fds[] = {
		{ .fd = keeper->signal_fd, .events = POLLIN },
		{ .fd = keeper->plan->outer_fd },
	};
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		do_work(keeper, work);
	while (pid > 0 && waitpid(pid, &status, WNOHANG) == 0) {
		if (poll(fds, ARRAY_SIZE(fds), -1) <= 0)
			continue;
		keeper_take_signals(keeper, fds[0].revents, fds[1].revents);
		if (keeper->why != KEEPER_WHY_NOT)
			break;
	}
	end_left(keeper);
	return WIFEXITED(status) ? WEXITSTATUS(status) : CMD_UNSURE;
}

/* ---- the audit ---- */

static int audit(const struct keeper_place *place, UNUSED const void *context)
{
	char *argv[] = { (char *)"audit", (char *)place->mount, NULL };

	/* Standard output is CMD's. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	return cmd_audit.run(2, argv);
}

/*
 * What it finds are events in the log. A signal, or the end of pinctl, ends it:
 * then it could not tell.
 */
void keeper_audit(struct keeper *keeper)
{
	keeper->place.mount = tempmount_point(keeper->mount);
	keeper->audited = keeper_task(keeper, audit) <= CMD_FOUND;
}
