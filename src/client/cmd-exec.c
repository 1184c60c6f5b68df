/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl exec: a command on a mount of its own. This process only watches over
 * the keeper (keeper.h), which does the work, so that whichever of the two is
 * killed, the other ends what is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/keeper.h"
#include "client/offspring.h"
#include "client/tally.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"

enum {
	KILL_AFTER_S = 10,	/* default of --kill-after */
	LEFT_MS = 2000,		/* of a killed keeper's, after SIGTERM */
	LOOK_MS = 100,		/* between two kills */
	GUARD_MS = 25000,	/* longest end of a guard, tempmount-guard.c */
	STATUS_SIGNAL = 128,
};

static const struct option longs[] = {
	{ "option", required_argument, NULL, 'o' },
	{ "fail-on", required_argument, NULL, 'f' },
	{ "kill-after", required_argument, NULL, 'k' },
	{ "audit", no_argument, NULL, 'a' },
	{ "quiet", no_argument, NULL, 'q' },
	{ 0 },
};

static void print_more(void)
{
	printf("\nCMD has the mount as its working directory, and its path in "
	       "PINFS_MNT.\n\n"
	       "  -o, --option=OPTS      -o of the daemon\n"
	       "      --fail-on=CLASSES  status 1 when such events came\n"
	       "      --kill-after=DURATION\n"
	       "                         from SIGTERM to SIGKILL, default 10s\n"
	       "      --audit            look for lost blocks before unmounting\n"
	       "  -q, --quiet            no summary\n\n"
	       "CLASSES are names of events, \"dropped\" and sets of these, "
	       "with commas:\n");
	tally_print_sets();
	printf("\nExit status: that of CMD (128 and its number when it died of "
	       "a signal), 1 by\nfail-on, 2 usage, 3 the mount could not be "
	       "made, or not be kept to the end.\n");
}

/* ------------------------------------------------------------ the arguments */

static int parse_option(struct keeper_plan *plan, int c)
{
	const char *bad;

	switch (c) {
	case 'o':
		plan->options = optarg;
		return CMD_OK;
	case 'f':
		bad = tally_parse(optarg, &plan->fail_on);
		return !bad ? CMD_OK :
			cmd_usage(&cmd_exec, "--fail-on: '%s' is no class of "
				  "events", bad);
	case 'k':
		return !parse_duration(optarg, &plan->kill_after_ns) ? CMD_OK :
			cmd_usage(&cmd_exec, "--kill-after=%s is not a "
				  "duration", optarg);
	case 'a':
		plan->audit = true;
		return CMD_OK;
	default:
		plan->quiet = true;
		return CMD_OK;
	}
}

/* What is behind "--" is CMD's. */
static int find_command(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			return i;
	return argc;
}

/* @source_ret: as it was given. */
static int parse_arguments(struct keeper_plan *plan, int argc, char **argv,
			   const char **source_ret)
{
	int end = find_command(argc, argv);
	int c, status;

	optind = 0;
	opterr = 0;
	while ((c = getopt_long(end, argv, ":o:q", longs, NULL)) >= 0) {
		if (c == ':' || c == '?')
			return cmd_bad_option(&cmd_exec, c, argv[optind - 1]);
		status = parse_option(plan, c);
		if (status)
			return status;
	}
	if (end - optind != 1)
		return cmd_usage(&cmd_exec, "one SOURCE is needed");
	if (end + 1 >= argc)
		return cmd_usage(&cmd_exec, "'--' and a CMD are needed");
	*source_ret = argv[optind];
	plan->command = argv + end + 1;
	return CMD_OK;
}

/* -------------------------------------------------------------- the watching */

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

static int watch(struct keeper_plan *plan)
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

static int run(int argc, char **argv)
{
	struct keeper_plan plan = {
		.kill_after_ns = KILL_AFTER_S * CLOCK_NS_PER_SEC,
	};
	autofree char *source = NULL;
	const char *given = NULL;
	int status = parse_arguments(&plan, argc, argv, &given);

	if (status)
		return status;
	source = realpath(given, NULL);
	if (!source) {
		log_err("cannot open SOURCE '%s': %s", given, strerror(errno));
		return CMD_UNSURE;
	}
	plan.source = source;
	return watch(&plan);
}

const struct cmd cmd_exec = {
	.name = "exec",
	.args = "[OPTIONS] SOURCE -- CMD [ARGUMENT...]",
	.help = "run a command on a mount of its own, and say what it found",
	.run = run,
	.more = print_more,
};
