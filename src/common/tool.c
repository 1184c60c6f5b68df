/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"

enum { STATUS_SIGNAL = 128, STATUS_NOT_FOUND = 127 };

/* A user's PATH may lack the last two, in which these programs are. */
bool tool_find(const char *name, char path[PATH_MAX])
{
	const char *given = getenv("PATH");
	char dirs[PATH_MAX];
	char *rest = dirs;

	if (strchr(name, '/'))
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX &&
		       access(path, X_OK) == 0;
	snprintf(dirs, sizeof(dirs), "%s%s/usr/sbin:/sbin", given ? given : "",
		 given && *given ? ":" : "");
	for (char *dir; (dir = strsep(&rest, ":"));)
		if (*dir &&
		    snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX &&
		    access(path, X_OK) == 0)
			return true;
	return false;
}

static NORETURN void become(const char *path, const char *const *argv, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(out, STDERR_FILENO) < 0)
		_exit(STATUS_NOT_FOUND);
	execv(path, (char *const *)argv);
	_exit(STATUS_NOT_FOUND);
}

int tool_run(const char *const *argv, char *text_ret, size_t size)
{
	autoclose int out = memfd_create("tool", MFD_CLOEXEC);
	char path[PATH_MAX];
	int status;
	ssize_t n;
	pid_t pid;

	*text_ret = '\0';
	if (out < 0)
		return -errno;
	if (!tool_find(argv[0], path))
		return -ENOENT;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(path, argv, out);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	n = fdio_pread(out, text_ret, size - 1, 0);
	text_ret[n > 0 ? n : 0] = '\0';
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   STATUS_SIGNAL + WTERMSIG(status);
}

void tool_cut_line(char *text)
{
	size_t blank = strspn(text, " \t\n");

	memmove(text, text + blank, strlen(text + blank) + 1);
	text[strcspn(text, "\n")] = '\0';
}
