/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns a temporary mount.
 *
 *   pinctl ── forks ── guard ── forks ── pinfs -f
 *
 * The guard (tempmount-guard.c) outlives pinctl, and ends the mount however
 * pinctl ends.
 */
#include "client/tempmount-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/interrupt.h"
#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"

enum { START_MS = 20000 };	/* longest start of a daemon */

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

const char *tempmount_dir(const struct tempmount *mount)
{
	return mount->dir;
}

const char *tempmount_stage(const struct tempmount *mount)
{
	return mount->stage;
}

pid_t tempmount_guard(const struct tempmount *mount)
{
	return mount->guard;
}

pid_t tempmount_daemon(const struct tempmount *mount)
{
	return mount->daemon;
}

/* --------------------------------------------------------------- the caller */

static void mount_free(struct tempmount *mount)
{
	free(mount->dir);
	free(mount->source);
	free(mount->point);
	free(mount->messages);
	free(mount->stage);
	if (mount->lock_fd >= 0)
		close(mount->lock_fd);
	if (mount->daemon_fd >= 0)
		close(mount->daemon_fd);
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

const char *tempmount_base(void)
{
	const char *base = getenv("TMPDIR");

	return base && *base ? base : "/tmp";
}

/* Locked before the directory for a stage is there, by which it is known. */
static int make_stage_dir(struct tempmount *mount)
{
	if (!mount->with_stage)
		return 0;
	mount->lock_fd = open(mount->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount->lock_fd < 0 || flock(mount->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return fail(-errno, "cannot lock '%s': %s", mount->dir,
			    strerror(errno));
	if (asprintf(&mount->stage, "%s/" TEMPMOUNT_STAGE, mount->dir) < 0)
		return -ENOMEM;
	return mkdir(mount->stage, 0700) < 0 ?
		fail(-errno, "cannot make '%s': %s", mount->stage,
		     strerror(errno)) : 0;
}

static int make_dirs(struct tempmount *mount)
{
	const char *base = tempmount_base();
	int err;

	if (asprintf(&mount->dir, "%s/pinctl-XXXXXX", base) < 0) {
		mount->dir = NULL;
		return -ENOMEM;
	}
	if (!mkdtemp(mount->dir)) {
		err = -errno;
		free(mount->dir);
		mount->dir = NULL;	/* nothing to remove */
		return fail(err, "cannot make a directory in '%s': %s", base,
			    strerror(-err));
	}
	err = make_stage_dir(mount);
	if (err)
		return err;
	if ((!mount->source &&
	     asprintf(&mount->source, "%s/" TEMPMOUNT_SOURCE, mount->dir) < 0) ||
	    asprintf(&mount->point, "%s/" TEMPMOUNT_POINT, mount->dir) < 0 ||
	    asprintf(&mount->messages, "%s/messages", mount->dir) < 0)
		return -ENOMEM;
	if ((!mount->source_given && mkdir(mount->source, 0700) < 0) ||
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
	tempmount_block_signals(SIG_BLOCK);
	mount->guard = fork();
	if (mount->guard == 0)
		tempmount_guard_main(mount, options, tell[0], ready[1]);
	close(tell[0]);
	close(ready[1]);
	mount->guard_fd = tell[1];
	*ready_fd_ret = ready[0];
	if (mount->guard > 0)
		interrupt_add_guard(mount->guard, mount->guard_fd);
	tempmount_block_signals(SIG_UNBLOCK);
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

/* It is not reaped before the guard is told, so the number is its own. */
static bool note_daemon(struct tempmount *mount, int ready_fd)
{
	ssize_t n = fdio_read(ready_fd, &mount->daemon, sizeof(mount->daemon));

	if (n != (ssize_t)sizeof(mount->daemon)) {
		mount->daemon = 0;
		return false;
	}
	mount->daemon_fd = (int)syscall(SYS_pidfd_open, mount->daemon, 0);
	return mount->daemon_fd >= 0;
}

static int wait_ready(struct tempmount *mount, int ready_fd)
{
	char text[8];
	ssize_t n;

	if (!note_daemon(mount, ready_fd))
		return refused(mount);
	if (!tempmount_wait_readable(ready_fd, START_MS))
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

/* The rest of @mount is set. */
static int create_or_free(struct tempmount *mount, const char *options,
			  struct tempmount **mount_ret)
{
	int err;

	mount->guard_fd = mount->daemon_fd = mount->lock_fd = -1;
	reason[0] = '\0';
	err = create(mount, options);
	if (err) {
		if (!*reason)
			fail(err, "cannot make a temporary mount: %s",
			     strerror(-err));
		return tempmount_destroy(mount) == -EINVAL ? -EINVAL : err;
	}
	mount->served = true;
	*mount_ret = mount;
	return 0;
}

int tempmount_create(const char *options, struct tempmount **mount_ret)
{
	struct tempmount *mount = calloc(1, sizeof(*mount));

	return mount ? create_or_free(mount, options, mount_ret) : -ENOMEM;
}

int tempmount_create_kept(const char *options, struct tempmount **mount_ret)
{
	struct tempmount *mount = calloc(1, sizeof(*mount));

	if (!mount)
		return -ENOMEM;
	mount->keep = true;
	return create_or_free(mount, options, mount_ret);
}

int tempmount_create_stage(const char *options, struct tempmount **mount_ret)
{
	struct tempmount *mount = calloc(1, sizeof(*mount));

	if (!mount)
		return -ENOMEM;
	mount->with_stage = true;
	return create_or_free(mount, options, mount_ret);
}

int tempmount_create_over(const char *source, const char *options,
			  struct tempmount **mount_ret)
{
	struct tempmount *mount = calloc(1, sizeof(*mount));

	if (mount)
		mount->source = strdup(source);
	if (!mount || !mount->source) {
		free(mount);
		return -ENOMEM;
	}
	mount->source_given = true;
	return create_or_free(mount, options, mount_ret);
}

/* Tell the guard, and wait: every wait of its own has a deadline. */
static int end_guard(struct tempmount *mount)
{
	int status;

	close(mount->guard_fd);
	while (waitpid(mount->guard, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	interrupt_remove_guard(mount->guard);
	if (!WIFEXITED(status)) {
		tempmount_end_unguarded(mount);
		return -EOWNERDEAD;
	}
	switch (WEXITSTATUS(status)) {
	case TEMPMOUNT_CLEAN:
		return 0;
	case TEMPMOUNT_DAEMON_USAGE:
		return -EINVAL;
	case TEMPMOUNT_ABORTED:
		return -ETIMEDOUT;
	default:
		return -EIO;
	}
}

void tempmount_kill(struct tempmount *mount)
{
	static const char kill_it = TEMPMOUNT_KILL;

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
	if (mount->dir && (mount->guard <= 0 || (mount->keep && !mount->served))) {
		mount->keep = false;	/* there is nothing to be kept */
		tempmount_remove_dir(mount);
	}
	mount_free(mount);
	return err;
}
