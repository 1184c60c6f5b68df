/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the running of other programs with a deadline. */
#include "vm/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/tool.h"

enum { STATUS_SIGNAL = 128, STATUS_NOT_RUN = 127, LOOK_MS = 10 };

static NORETURN void become(const char *path, const char *const *argv,
			    const char *dir, int log)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setenv("LC_ALL", "C", 1);
	if (chdir(dir) < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
		_exit(STATUS_NOT_RUN);
	execv(path, (char *const *)argv);
	_exit(STATUS_NOT_RUN);
}

/* Return: 1 it has ended; 0 it runs; -errno. */
static int look_at(pid_t pid, int *status)
{
	pid_t ended = waitpid(pid, status, WNOHANG);

	if (ended < 0)
		return errno == EINTR ? 0 : -errno;
	return ended > 0;
}

int vm_child_run(const char *const *argv, const char *dir, int log,
		 uint64_t limit_ns)
{
	uint64_t deadline_ns = clock_deadline_ns(limit_ns);
	char path[PATH_MAX];
	int status, ended;
	pid_t pid;

	if (!tool_find(argv[0], path))
		return -ENOENT;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(path, argv, dir, log);
	setpgid(pid, pid);
	while ((ended = look_at(pid, &status)) == 0) {
		if (clock_now_ns() >= deadline_ns) {
			kill(-pid, SIGKILL);
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
				;
			return -ETIMEDOUT;
		}
		clock_sleep_ns(LOOK_MS * CLOCK_NS_PER_MS);
	}
	if (ended < 0)
		return ended;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   STATUS_SIGNAL + WTERMSIG(status);
}
