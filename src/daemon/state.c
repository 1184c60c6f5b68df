/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state directory. Its lock is an flock(2) on STATE/lock, which ends with
 * the process however that ends; the file's text (pid and mount point) is only
 * for the message to the second daemon.
 */
#include "daemon/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"

struct state_dir {
	char *path;
	int fd;
	int lock_fd;
	struct stat attr;
};

static int open_dir(int source_fd, const char *source_path, const char *path,
		    struct state_dir *state)
{
	const char *name = path ? path : ".pinfs";
	int at = path ? AT_FDCWD : source_fd;
	struct stat source;

	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST) {
		int err = -errno;

		log_err("cannot create the state directory '%s%s%s': %s%s",
			path ? "" : source_path, path ? "" : "/", name,
			strerror(-err), path ? "" : " (see -o state=DIR)");
		return err;
	}
	state->fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
			   O_CLOEXEC);
	if (state->fd < 0 || fstat(state->fd, &state->attr) < 0) {
		int err = -errno;

		log_err("cannot open the state directory '%s': %s", name,
			strerror(-err));
		return err;
	}
	if (fstat(source_fd, &source) == 0 && source.st_dev == state->attr.st_dev &&
	    source.st_ino == state->attr.st_ino) {
		log_err("the state directory '%s' is SOURCE itself", path);
		return -EINVAL;
	}
	if (path)
		state->path = realpath(path, NULL);
	else if (asprintf(&state->path, "%s/.pinfs", source_path) < 0)
		state->path = NULL;
	return state->path ? 0 : -ENOMEM;
}

static void say_who_has_it(const struct state_dir *state)
{
	char text[256] = "";
	ssize_t n = pread(state->lock_fd, text, sizeof(text) - 1, 0);

	if (n > 0)
		text[strcspn(text, "\n")] = '\0';
	log_err("the state directory '%s' is in use by another pinfs%s%s",
		state->path, n > 0 ? ": " : "", text);
}

static int take_lock(struct state_dir *state, uint64_t wait_ns)
{
	uint64_t deadline_ns = clock_deadline_ns(wait_ns);

	state->lock_fd = openat(state->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC |
				O_NOFOLLOW, 0600);
	if (state->lock_fd < 0) {
		int err = -errno;

		log_err("cannot open '%s/lock': %s", state->path,
			strerror(-err));
		return err;
	}
	while (flock(state->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			int err = -errno;

			log_err("cannot lock '%s/lock': %s", state->path,
				strerror(-err));
			return err;
		}
		if (clock_now_ns() >= deadline_ns) {
			say_who_has_it(state);
			return -EBUSY;
		}
		clock_sleep_ns(10 * CLOCK_NS_PER_MS);
	}
	return 0;
}

static int write_owner(const struct state_dir *state, const char *mountpoint)
{
	autofree char *text = NULL;

	if (asprintf(&text, "process %d, mounted on %s\n", (int)getpid(),
		     mountpoint) < 0)
		return -ENOMEM;
	if (ftruncate(state->lock_fd, 0) < 0)
		return -errno;
	return fdio_pwrite(state->lock_fd, text, strlen(text), 0);
}

int state_open(int source_fd, const char *source_path, const char *path,
	       uint64_t wait_ns, const char *mountpoint,
	       struct state_dir **state_ret)
{
	struct state_dir *state = calloc(1, sizeof(*state));
	int err;

	if (!state)
		return -ENOMEM;
	state->fd = state->lock_fd = -1;
	err = open_dir(source_fd, source_path, path, state);
	if (!err)
		err = take_lock(state, wait_ns);
	if (!err) {
		err = write_owner(state, mountpoint);
		if (err)
			log_err("cannot write '%s/lock': %s", state->path,
				strerror(-err));
	}
	if (err)
		state_close(state);
	else
		*state_ret = state;
	return err;
}

void state_close(struct state_dir *state)
{
	if (!state)
		return;
	if (state->lock_fd >= 0)
		close(state->lock_fd);
	if (state->fd >= 0)
		close(state->fd);
	free(state->path);
	free(state);
}

const char *state_path(const struct state_dir *state)
{
	return state->path;
}

int state_fd(const struct state_dir *state)
{
	return state->fd;
}

const struct stat *state_stat(const struct state_dir *state)
{
	return &state->attr;
}
