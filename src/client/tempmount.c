/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns a temporary mount.
 *
 *   pinctl ── forks ── guard ── forks ── pinfs -f
 *
 * The guard outlives pinctl. It waits for a byte, or the end, of a pipe whose
 * other end only pinctl has; so whichever way pinctl ends (a return, a signal,
 * SIGKILL), the guard sees it, ends the daemon, frees the mount point and
 * removes the directory. It is in a session of its own: a ^C does not reach it
 * or the daemon before pinctl has dealt with it.
 *
 * The end of the daemon: SIGTERM, on which it releases what it holds, unmounts
 * and ends; after END_MS, or when a scenario has hung, SIGKILL. Then its
 * supervisor aborts the connection and frees the mount point; the guard does it
 * when even that does not come.
 */
#include "client/tempmount.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/interrupt.h"
#include "client/program.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/mountinfo.h"
#include "rescue/rescue.h"

enum {
	START_MS = 20000,	/* longest start of a daemon */
	END_MS = 15000,		/* longest clean end */
	KILLED_MS = 5000,	/* longest end after a kill, and unmount */
	LOOK_MS = 5,		/* between two looks at the mount table */
};

/* What the guard is told; anything else, and nothing, is "end it". */
enum { KILL = 'K' };

/* The guard's exit status. */
enum { GUARD_CLEAN, GUARD_DAEMON_FAILED, GUARD_DAEMON_USAGE, GUARD_ABORTED };

enum { DAEMON_USAGE = 2 };	/* its exit status for what it does not know */

struct tempmount {
	char *dir;		/* $TMPDIR/pinctl-XXXXXX */
	char *source;
	char *point;
	char *messages;		/* file with what the daemon says */
	pid_t guard;
	int guard_fd;		/* its end of the pipe tells the guard */
};

static char reason[256];

static int fail(int err, const char *fmt, ...) PRINTF(2, 3);

static int fail(int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	log_err("%s", reason);
	return err;
}

const char *tempmount_reason(void)
{
	return reason;
}

const char *tempmount_source(const struct tempmount *mount)
{
	return mount->source;
}

const char *tempmount_point(const struct tempmount *mount)
{
	return mount->point;
}

/* ---------------------------------------------------------------- the guard */

/* Between fork(2) and the moment when parent or child can deal with them. */
static void block_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(how, &set, NULL);
}

/* Until @fd is readable (a pidfd: has ended). Return: false at the deadline. */
static bool wait_readable(int fd, int timeout_ms)
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

/* Never below something that is still mounted. */
static void remove_dir(const struct tempmount *mount)
{
	struct mountinfo info;

	if (mount->point && find_mounted(mount, 0, &info)) {
		mountinfo_deinit(&info);
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

/*
 * End the daemon. Return: how it ended. A killed one leaves the rest to its
 * supervisor, which aborts the connection while that still has its number.
 */
static int end_daemon(pid_t pid, int pidfd, bool killed)
{
	int ended = GUARD_CLEAN;
	int status;

	kill(pid, killed ? SIGKILL : SIGTERM);
	if (!wait_readable(pidfd, killed ? KILLED_MS : END_MS)) {
		ended = GUARD_ABORTED;
		kill(pid, SIGKILL);
		wait_readable(pidfd, KILLED_MS);
	}
	if (waitpid(pid, &status, WNOHANG) != pid)
		return GUARD_ABORTED;
	if (ended != GUARD_CLEAN || (WIFEXITED(status) && !WEXITSTATUS(status)))
		return ended;
	return WIFEXITED(status) && WEXITSTATUS(status) == DAEMON_USAGE ?
		GUARD_DAEMON_USAGE : GUARD_DAEMON_FAILED;
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

	block_signals(SIG_UNBLOCK);
	find_program(program);
	snprintf(ready, sizeof(ready), "--ready-fd=%d", ready_fd);
	if (out < 0 || dup2(out, STDERR_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || fcntl(ready_fd, F_SETFD, 0) < 0)
		_exit(127);
	execlp(program, "pinfs", mount->source, mount->point, "-f", ready,
	       options ? "-o" : NULL, options, NULL);
	log_err("cannot start '%s': %s", program, strerror(errno));
	_exit(127);
}

static NORETURN void guard_main(const struct tempmount *mount,
				const char *options, int tell_fd, int ready_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int ended, pidfd;
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
	fdio_close_from(STDERR_FILENO + 1, tell_fd);
	pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
	wait_readable(tell_fd, -1);
	if (read(tell_fd, &told, 1) < 0)
		told = 0;
	ended = pidfd < 0 ? GUARD_ABORTED :
		end_daemon(pid, pidfd, told == KILL);
	if (ended != GUARD_CLEAN && told != KILL)
		show_messages(mount);
	free_mount_point(mount, ended == GUARD_CLEAN);
	remove_dir(mount);
	_exit(ended);
}

/* --------------------------------------------------------------- the caller */

static void mount_free(struct tempmount *mount)
{
	free(mount->dir);
	free(mount->source);
	free(mount->point);
	free(mount->messages);
	free(mount);
}

/*
 * A user without XDG_RUNTIME_DIR has no place for the control socket: the
 * daemon and we use the directory, then.
 */
static int give_runtime_dir(const char *dir)
{
	if (geteuid() == 0 || getenv("XDG_RUNTIME_DIR"))
		return 0;
	return setenv("XDG_RUNTIME_DIR", dir, 1) ? -errno : 0;
}

static int make_dirs(struct tempmount *mount)
{
	const char *base = getenv("TMPDIR");

	if (!base || !*base)
		base = "/tmp";
	if (asprintf(&mount->dir, "%s/pinctl-XXXXXX", base) < 0) {
		mount->dir = NULL;
		return -ENOMEM;
	}
	if (!mkdtemp(mount->dir)) {
		int err = -errno;

		free(mount->dir);
		mount->dir = NULL;	/* nothing to remove */
		return fail(err, "cannot make a directory in '%s': %s", base,
			    strerror(-err));
	}
	if ((!mount->source &&
	     asprintf(&mount->source, "%s/source", mount->dir) < 0) ||
	    asprintf(&mount->point, "%s/mnt", mount->dir) < 0 ||
	    asprintf(&mount->messages, "%s/messages", mount->dir) < 0)
		return -ENOMEM;
	if ((mkdir(mount->source, 0700) < 0 && errno != EEXIST) ||
	    mkdir(mount->point, 0700) < 0)
		return fail(-errno, "cannot make directories in '%s': %s",
			    mount->dir, strerror(errno));
	return give_runtime_dir(mount->dir);
}

/* What a daemon cannot do without; its own message would come much later. */
static int check_machine(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return fail(-EOPNOTSUPP, "cannot open /dev/fuse: %s",
			    strerror(errno));
	close(fd);
	return 0;
}

static int start_guard(struct tempmount *mount, const char *options,
		       int *ready_fd_ret)
{
	int tell[2], ready[2];

	if (pipe2(tell, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(ready, O_CLOEXEC) < 0) {
		close(tell[0]);
		close(tell[1]);
		return -errno;
	}
	fflush(NULL);
	block_signals(SIG_BLOCK);
	mount->guard = fork();
	if (mount->guard == 0)
		guard_main(mount, options, tell[0], ready[1]);
	close(tell[0]);
	close(ready[1]);
	mount->guard_fd = tell[1];
	*ready_fd_ret = ready[0];
	if (mount->guard > 0)
		interrupt_set_guard(mount->guard, mount->guard_fd);
	block_signals(SIG_UNBLOCK);
	return mount->guard < 0 ? -EAGAIN : 0;
}

/* The daemon has ended early: its own words are the reason. */
static int refused(const struct tempmount *mount)
{
	autofree char *text = NULL;
	const char *words;

	if (fdio_read_file(mount->messages, &text) || !*text)
		return fail(-EIO, "the daemon ended before it served '%s'",
			    mount->point);
	unlink(mount->messages);	/* said once is enough */
	fprintf(stderr, "%s\n", text);
	text[strcspn(text, "\n")] = '\0';
	words = strstr(text, ": ");	/* behind the program's name */
	snprintf(reason, sizeof(reason), "%s", words ? words + 2 : text);
	return -EIO;
}

static int wait_ready(const struct tempmount *mount, int ready_fd)
{
	char text[8];
	ssize_t n;

	if (!wait_readable(ready_fd, START_MS))
		return fail(-ETIMEDOUT, "the daemon does not serve '%s' within "
			    "%d s", mount->point, START_MS / 1000);
	n = read(ready_fd, text, sizeof(text));
	if (n >= 5 && memcmp(text, "READY", 5) == 0)
		return 0;
	return refused(mount);
}

static int create(struct tempmount *mount, const char *options)
{
	autoclose int ready_fd = -1;
	int err = check_machine();

	if (!err)
		err = make_dirs(mount);
	if (!err)
		err = start_guard(mount, options, &ready_fd);
	if (!err)
		err = wait_ready(mount, ready_fd);
	return err;
}

int tempmount_create(const char *options, struct tempmount **mount_ret)
{
	return tempmount_create_over(NULL, options, mount_ret);
}

int tempmount_create_over(const char *source, const char *options,
			  struct tempmount **mount_ret)
{
	struct tempmount *mount = calloc(1, sizeof(*mount));
	int err = 0;

	if (!mount)
		return -ENOMEM;
	mount->guard_fd = -1;
	reason[0] = '\0';
	if (source) {
		mount->source = strdup(source);
		err = mount->source ? 0 : -ENOMEM;
	}
	if (!err)
		err = create(mount, options);
	if (err) {
		if (!*reason)
			fail(err, "cannot make a temporary mount: %s",
			     strerror(-err));
		return tempmount_destroy(mount) == -EINVAL ? -EINVAL : err;
	}
	*mount_ret = mount;
	return 0;
}

/* Tell the guard, and wait: every wait of its own has a deadline. */
static int end_guard(struct tempmount *mount)
{
	int status;

	close(mount->guard_fd);
	while (waitpid(mount->guard, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	interrupt_set_guard(0, -1);
	if (!WIFEXITED(status))
		return -EIO;
	switch (WEXITSTATUS(status)) {
	case GUARD_CLEAN:
		return 0;
	case GUARD_DAEMON_USAGE:
		return -EINVAL;
	case GUARD_ABORTED:
		return -ETIMEDOUT;
	default:
		return -EIO;
	}
}

void tempmount_kill(struct tempmount *mount)
{
	static const char kill_it = KILL;

	if (!mount)
		return;
	if (write(mount->guard_fd, &kill_it, 1) < 0)
		log_err("cannot tell the guard of '%s': %s", mount->point,
			strerror(errno));
	tempmount_destroy(mount);
}

int tempmount_destroy(struct tempmount *mount)
{
	int err = 0;

	if (!mount)
		return 0;
	if (mount->guard > 0)
		err = end_guard(mount);
	else if (mount->dir)
		remove_dir(mount);
	mount_free(mount);
	return err;
}
