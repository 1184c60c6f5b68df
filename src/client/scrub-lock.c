/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock of a state directory: flock(2) on STATE/lock, whose text says who has
 * it (daemon/state.c).
 */
#include "client/scrub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "client/mountref.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"

/* umount(8) returns before the daemon has written the rest and ended. */
#define WAIT_NS (10 * CLOCK_NS_PER_SEC)

enum { TEXT_SIZE = 4096 + 64 };

static void read_owner(int fd, char text[TEXT_SIZE])
{
	ssize_t n = fdio_pread(fd, text, TEXT_SIZE - 1, 0);

	text[MAX(n, 0)] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

/* Is the mount still there? */
static bool serves(const char *text)
{
	static const char word[] = ", mounted on ";
	const char *at = strstr(text, word);
	struct mountref ref;

	if (!at || mountref_look(at + strlen(word), &ref))
		return false;
	mountref_deinit(&ref);
	return true;
}

static int wait_for(int fd, const char *path)
{
	uint64_t deadline_ns = clock_deadline_ns(WAIT_NS);
	char text[TEXT_SIZE];

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR) {
			int err = -errno;

			log_err("cannot lock '%s/lock': %s", path,
				strerror(-err));
			return err;
		}
		read_owner(fd, text);
		if (serves(text) || scrub_is_over() ||
		    clock_now_ns() >= deadline_ns) {
			log_err("the state directory '%s' is in use: %s; scrub "
				"the mount", path, text);
			return -EBUSY;
		}
		clock_sleep_ns(10 * CLOCK_NS_PER_MS);
	}
	return 0;
}

static int write_owner(int fd)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "process %d, pinctl scrub\n",
			   (int)getpid());

	if (ftruncate(fd, 0))
		return -errno;
	return fdio_pwrite(fd, text, (size_t)len, 0);
}

int scrub_lock(int state_fd, const char *state_path, bool create, int *fd_ret)
{
	autoclose int fd = openat(state_fd, "lock", O_RDWR | O_CLOEXEC |
				  O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
	int err;

	*fd_ret = -1;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0) {
		err = -errno;
		log_err("cannot open '%s/lock': %s", state_path,
			strerror(-err));
		return err;
	}
	err = wait_for(fd, state_path);
	if (err)
		return err;
	err = write_owner(fd);
	if (err) {
		log_err("cannot write '%s/lock': %s", state_path,
			strerror(-err));
		return err;
	}
	*fd_ret = steal_fd(&fd);
	return 0;
}
