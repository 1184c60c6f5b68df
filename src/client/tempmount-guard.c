/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the guard of a temporary mount: what starts its daemon, and ends it.
 *
 * It waits for a byte, or the end, of a pipe whose other end only pinctl has; so
 * whichever way pinctl ends (a return, a signal, SIGKILL), the guard sees it,
 * ends the daemon, frees the mount point and removes the directory. It is in a
 * session of its own: a ^C does not reach it or the daemon before pinctl has
 * dealt with it.
 *
 * The end of the daemon: SIGTERM, on which it releases what it holds, unmounts
 * and ends; after END_MS, or when a scenario has hung, SIGKILL. Then its
 * supervisor aborts the connection and frees the mount point; the guard does it
 * when even that does not come.
 *
 * A filesystem whose image is on the mount writes as it ends: a child unmounts it,
 * which waits for the mount's answers. SIGTERM gives it those that were held, or
 * not received, and the daemon serves on until the image is closed; SIGKILL makes
 * errors of them. There SOURCE is a temporary one, so nobody needs what a kill
 * cuts off, and the times are short.
 */
#include "client/tempmount-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/mountinfo.h"
#include "common/program.h"
#include "rescue/rescue.h"

enum {
	END_MS = 15000,		/* longest clean end */
	STAGE_END_MS = 4000,	/* END_MS of a mount with a stage */
	KILLED_MS = 5000,	/* longest end after a kill, and unmount */
	LOOK_MS = 5,		/* between two looks at the mount table */
};

enum { DAEMON_USAGE = 2 };	/* its exit status for what it does not know */

void tempmount_block_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(how, &set, NULL);
}

bool tempmount_wait_readable(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n;

	do {
		n = poll(&pfd, 1, timeout_ms);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static int remove_entry(const char *path, UNUSED const struct stat *attr,
			UNUSED int type, UNUSED struct FTW *ftw)
{
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

/* Is something still mounted there, also after a while? */
static bool find_mounted(const struct tempmount *mount, int timeout_ms,
			 struct mountinfo *info_ret)
{
	while (mountinfo_find(mount->point, info_ret) == 0) {
		if (timeout_ms <= 0)
			return true;
		mountinfo_deinit(info_ret);
		clock_sleep_ns(LOOK_MS * CLOCK_NS_PER_MS);
		timeout_ms -= LOOK_MS;
	}
	return false;
}

/*
 * Abort and detach what nobody else has freed. Detach it also where nothing can
 * be aborted (a user's mount, with no fusectl mounted): the daemon is dead, and
 * its connection ends with it.
 */
static void free_mount_point(const struct tempmount *mount, bool clean)
{
	struct mountinfo info;

	if (!find_mounted(mount, clean ? 0 : KILLED_MS, &info))
		return;
	if (rescue_free(mount->point, info.major, info.minor) &&
	    rescue_unmount(mount->point, info.major, info.minor))
		log_err("'%s' is still mounted", mount->point);
	mountinfo_deinit(&info);
}

void tempmount_remove_dir(const struct tempmount *mount)
{
	struct mountinfo info;

	if (mount->point && find_mounted(mount, 0, &info)) {
		mountinfo_deinit(&info);
		return;
	}
	if (mount->keep) {
		if (mount->point && rmdir(mount->point) && errno != ENOENT)
			log_err("cannot remove '%s': %s", mount->point,
				strerror(errno));
		return;
	}
	if (nftw(mount->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT))
		log_err("cannot remove '%s': %s", mount->dir, strerror(errno));
}

static void show_messages(const struct tempmount *mount)
{
	autofree char *text = NULL;

	if (fdio_read_file(mount->messages, &text) == 0 && *text)
		fprintf(stderr, "%s\n", text);
}

static void signal_daemon(int pidfd, int number)
{
	/* ESRCH: it has ended. */
	if (syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0) &&
	    errno != ESRCH)
		log_err("cannot end the daemon: %s", strerror(errno));
}

/* ---- the stage ---- */

/* Its descriptor, as of a process, is readable when that is done; or -1. */
static int start_end_of_stage(const struct tempmount *mount)
{
	pid_t pid = mount->stage ? fork() : -1;

	if (pid)
		return pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	/* Users of it may be left, in held requests: they go with the mount. */
	while (umount2(mount->stage, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	_exit(0);
}

static void finish_end_of_stage(const struct tempmount *mount, int pidfd)
{
	if (pidfd < 0)
		return;
	if (!tempmount_wait_readable(pidfd, KILLED_MS))
		log_err("what was mounted on '%s' has not ended", mount->stage);
	close(pidfd);
}

/* ---- the daemon ---- */

/*
 * End the daemon. Return: how it ended. A killed one leaves the rest to its
 * supervisor, which aborts the connection while that still has its number.
 */
static int end_daemon(pid_t pid, int pidfd, bool killed, int end_ms)
{
	int ended = TEMPMOUNT_CLEAN;
	int status;

	signal_daemon(pidfd, killed ? SIGKILL : SIGTERM);
	if (!tempmount_wait_readable(pidfd, killed ? KILLED_MS : end_ms)) {
		ended = TEMPMOUNT_ABORTED;
		signal_daemon(pidfd, SIGKILL);
		tempmount_wait_readable(pidfd, KILLED_MS);
	}
	if (waitpid(pid, &status, WNOHANG) != pid)
		return TEMPMOUNT_ABORTED;
	if (ended != TEMPMOUNT_CLEAN || (WIFEXITED(status) && !WEXITSTATUS(status)))
		return ended;
	return WIFEXITED(status) && WEXITSTATUS(status) == DAEMON_USAGE ?
		TEMPMOUNT_DAEMON_USAGE : TEMPMOUNT_DAEMON_FAILED;
}

static int end_ms(const struct tempmount *mount)
{
	return mount->stage ? STAGE_END_MS : END_MS;
}

/* $PINFS, or beside this program; "pinfs" for execvp() to look for. */
static void find_program(char path[PATH_MAX])
{
	const char *given = getenv("PINFS");
	char dir[PATH_MAX];

	if (given && *given) {
		snprintf(path, PATH_MAX, "%s", given);
		return;
	}
	program_dir(dir);
	if (*dir && snprintf(path, PATH_MAX, "%s/pinfs", dir) < PATH_MAX &&
	    access(path, X_OK) == 0)
		return;
	snprintf(path, PATH_MAX, "pinfs");
}

static NORETURN void exec_daemon(const struct tempmount *mount,
				 const char *options, int ready_fd)
{
	int out = open(mount->messages,
		       O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
		       0600);
	char ready[32], program[PATH_MAX];
	pid_t self = getpid();

	tempmount_block_signals(SIG_UNBLOCK);
	find_program(program);
	snprintf(ready, sizeof(ready), "--ready-fd=%d", ready_fd);
	if (out < 0 || dup2(out, STDERR_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || fcntl(ready_fd, F_SETFD, 0) < 0 ||
	    fdio_write(ready_fd, &self, sizeof(self)))
		_exit(127);
	execlp(program, "pinfs", mount->source, mount->point, "-f", ready,
	       options ? "-o" : NULL, options, NULL);
	log_err("cannot start '%s': %s", program, strerror(errno));
	_exit(127);
}

/* -1: none. */
static void close_all_but(int fd, int other)
{
	int low = MIN(fd, other);
	int high = MAX(fd, other);

	for (int i = STDERR_FILENO + 1; i < high; i++)
		if (i != low)
			close(i);
	fdio_close_from(high + 1, -1);
}

void tempmount_guard_main(const struct tempmount *mount, const char *options,
			  int tell_fd, int ready_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int ended, pidfd, stage_fd;
	char told = 0;
	pid_t pid;

	setsid();
	prctl(PR_SET_NAME, "pinctl-guard");
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	pid = fork();
	if (pid == 0)
		exec_daemon(mount, options, ready_fd);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	close_all_but(tell_fd, mount->lock_fd);
	pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	tempmount_wait_readable(tell_fd, -1);
	if (read(tell_fd, &told, 1) < 0)
		told = 0;
	stage_fd = start_end_of_stage(mount);
	ended = pidfd < 0 ? TEMPMOUNT_ABORTED :
		end_daemon(pid, pidfd, told == TEMPMOUNT_KILL, end_ms(mount));
	if (ended != TEMPMOUNT_CLEAN && told != TEMPMOUNT_KILL)
		show_messages(mount);
	free_mount_point(mount, ended == TEMPMOUNT_CLEAN);
	finish_end_of_stage(mount, stage_fd);
	tempmount_remove_dir(mount);
	_exit(ended);
}

void tempmount_end_unguarded(const struct tempmount *mount)
{
	int stage_fd = start_end_of_stage(mount);
	bool clean = mount->daemon_fd < 0 ||
		     end_daemon(mount->daemon, mount->daemon_fd, false,
				end_ms(mount)) == TEMPMOUNT_CLEAN;

	free_mount_point(mount, clean);
	finish_end_of_stage(mount, stage_fd);
	tempmount_remove_dir(mount);
}
