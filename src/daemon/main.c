/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's process: options, and a background start that returns only when
 * the mount serves, or fails with the reason.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fdio.h"
#include "common/log.h"
#include "daemon/config.h"
#include "daemon/fs.h"

enum { EXIT_STATUS_USAGE = 2 };

/* In the parent: wait for "READY", or for the daemon's early end. */
static int wait_for_daemon(pid_t pid, int fd)
{
	char text[16];
	int status;
	ssize_t n = fdio_read(fd, text, sizeof(text));

	if (n >= 5 && !memcmp(text, "READY", 5))
		return 0;
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	    WEXITSTATUS(status))
		return WEXITSTATUS(status);
	log_err("the daemon ended before the mount served");
	return 1;
}

static int run_in_background(const struct config *config)
{
	int pipe_fd[2];
	pid_t pid;

	if (pipe2(pipe_fd, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		log_err("cannot start in the background: %s", strerror(errno));
		return 1;
	}
	if (pid) {
		close(pipe_fd[1]);
		return wait_for_daemon(pid, pipe_fd[0]);
	}
	close(pipe_fd[0]);
	setsid();
	if (chdir("/") < 0)
		log_warn("cannot leave the working directory: %s",
			 strerror(errno));
	return fs_run(config, pipe_fd[1]);
}

int main(int argc, char **argv)
{
	struct config config;
	int status;

	log_setup("pinfs", LOG_SINK_STDERR, false);
	if (fdio_open_standard()) {
		log_err("cannot open /dev/null: %s", strerror(errno));
		return 1;
	}
	switch (config_parse(&config, argc, argv)) {
	case CONFIG_HELP:
		config_print_help();
		status = 0;
		break;
	case CONFIG_VERSION:
		printf("pinfs %s\n", PACKAGE_VERSION);
		status = 0;
		break;
	case CONFIG_BAD:
		status = EXIT_STATUS_USAGE;
		break;
	case CONFIG_RUN:
	default:
		log_setup("pinfs", LOG_SINK_STDERR, config.debug);
		/* The kernel has applied the caller's umask already. */
		umask(0);
		status = config.foreground ? fs_run(&config, -1) :
					     run_in_background(&config);
		break;
	}
	config_deinit(&config);
	return status;
}
