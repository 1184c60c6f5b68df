/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the watching over a keeper. The process that the user started only does
 * that, so that whichever of the two is killed, the other ends what is left.
 */
#include "client/keeper-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/offspring.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"

enum {
	LEFT_MS = 2000,		/* of a killed keeper's, after SIGTERM */
	LOOK_MS = 100,		/* between two kills */
	GUARD_MS = 25000,	/* longest end of a guard, tempmount-guard.c */
	STATUS_SIGNAL = 128,
};

/* The keeper is told what kill(2) told us; the terminal tells it itself. */
static void pass_on(pid_t keeper, int signal_fd)
{
	struct signalfd_siginfo info;

	while (read(signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo != SIGCHLD &&
		    (info.ssi_code <= 0 || info.ssi_signo == SIGHUP))
			kill(keeper, (int)info.ssi_signo);
}

static int wait_for_keeper(pid_t keeper, int signal_fd)
{
	struct pollfd pfd = { .fd = signal_fd, .events = POLLIN };
	int status;

	while (waitpid(keeper, &status, WNOHANG) != keeper)
		if (poll(&pfd, 1, -1) > 0)
			pass_on(keeper, signal_fd);
	return status;
}

/*
 * All that was below the keeper is below us now. The guard of the mount sees by
 * itself that the keeper has gone.
 */
static int clean_up(int number)
{
	uint64_t deadline_ns = clock_deadline_ns(GUARD_MS * CLOCK_NS_PER_MS);

	log_err("the process that kept the mount died of signal %d", number);
	if (offspring_signal(0, 0, SIGTERM)) {
		offspring_signal(0, 0, SIGCONT);
		offspring_wait(0, false, LEFT_MS);
	}
	while (!offspring_wait(0, true, LOOK_MS) &&
	       clock_now_ns() < deadline_ns)
		offspring_signal(0, 0, SIGKILL);
	if (clock_now_ns() >= deadline_ns)
		log_err("what was below it has not ended");
	return number == SIGKILL ? CMD_UNSURE : STATUS_SIGNAL + number;
}

/* A shell that was CMD, and was killed, has not given the terminal back. */
static void take_terminal_back(int terminal_fd)
{
	sigset_t set, before;

	if (terminal_fd < 0 || tcgetpgrp(terminal_fd) == getpgrp())
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, &before);
	tcsetpgrp(terminal_fd, getpgrp());
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* -1 unless it is ours now. */
static int open_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0 && tcgetpgrp(fd) != getpgrp()) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int keeper_watch(struct keeper_plan *plan)
{
	autoclose int terminal_fd = open_terminal();
	sigset_t before;
	int outer[2];
	int signal_fd, status;
	pid_t keeper;

	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal_fd = keeper_open_signals(&before);
	if (signal_fd < 0 || pipe2(outer, O_CLOEXEC) < 0) {
		log_err("cannot watch over a command: %s", strerror(errno));
		return CMD_UNSURE;
	}
	plan->mask = &before;
	plan->outer_fd = outer[0];
	fflush(NULL);
	keeper = fork();
	if (keeper == 0) {
		close(outer[1]);
		close(signal_fd);
		keeper_main(plan);
	}
	close(outer[0]);
	if (keeper < 0) {
		log_err("cannot watch over a command: %s", strerror(errno));
		return CMD_UNSURE;
	}
	status = wait_for_keeper(keeper, signal_fd);
	status = WIFEXITED(status) ? WEXITSTATUS(status) :
				     clean_up(WTERMSIG(status));
	take_terminal_back(terminal_fd);
	return status;
}
