/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PR_SET_PDEATHSIG alone would do for a QEMU that is a program. Where --qemu is a
 * script the signal ends the script only, and an execve(2) that gains privilege
 * forgets it (fs/exec.c:begin_new_exec() (6.18)). The keeper leads a process group
 * of its own, has the other end of a pipe that nobody but us can write to, and ends
 * by killing the group, itself included.
 */
#include "vm/qemu-keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fdio.h"

enum { STATUS_NOT_FOUND = 127, COUNT = VM_KEEPER_END - VM_KEEPER_LIFE };

/* Handlers of the process that we were have no business here. */
static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* First out of the way of the numbers that they are to have. */
static bool place(const int fds[COUNT], int said)
{
	int null = open("/dev/null", O_RDWR);
	int high[COUNT];
	int high_said = fcntl(said, F_DUPFD, VM_KEEPER_END);

	for (int i = 0; i < COUNT; i++) {
		high[i] = fcntl(fds[i], F_DUPFD, VM_KEEPER_END);
		if (high[i] < 0)
			return false;
	}
	if (dup2(null, STDIN_FILENO) < 0 || dup2(high_said, STDOUT_FILENO) < 0 ||
	    dup2(high_said, STDERR_FILENO) < 0)
		return false;
	for (int i = 0; i < COUNT; i++)
		if (dup2(high[i], VM_KEEPER_LIFE + i) < 0)
			return false;
	fdio_close_from(VM_KEEPER_END, -1);
	return true;
}

static NORETURN void become(const char *path, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(VM_KEEPER_LIFE);
	close(VM_KEEPER_TOLD);
	execv(path, argv);
	dprintf(STDERR_FILENO, "cannot run '%s': %s\n", path, strerror(errno));
	_exit(STATUS_NOT_FOUND);
}

static void tell(int number)
{
	/* Who does not listen any more has closed the other pipe, too. */
	if (fdio_write(VM_KEEPER_TOLD, &number, sizeof(number)))
		return;
}

/* Until QEMU ends, or whoever started us. */
static void wait_for_end(int pidfd)
{
	struct pollfd fds[] = {
		{ .fd = VM_KEEPER_LIFE, .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		continue;
}

NORETURN void vm_qemu_keep(const char *path, char **argv,
			   const int fds[COUNT], int said)
{
	int status = STATUS_NOT_FOUND << 8;
	pid_t pid;

	reset_signals();
	signal(SIGPIPE, SIG_IGN);
	setpgid(0, 0);
	if (!place(fds, said))
		_exit(STATUS_NOT_FOUND);
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		become(path, argv);
	}
	for (int line = 0; line < VM_QEMU_LINES; line++)
		close(VM_KEEPER_LINES + line);
	if (pid > 0) {
		tell(pid);
		wait_for_end((int)syscall(SYS_pidfd_open, pid, 0));
		if (waitpid(pid, &status, WNOHANG) == pid)
			tell(status);
	}
	kill(0, SIGKILL);
	_exit(STATUS_NOT_FOUND);
}
