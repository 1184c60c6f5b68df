/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps "freeze" and "thaw", and "place": what happens to the filesystem of
 * a file, and where on its device a byte of the file is.
 *
 * A frozen filesystem stays so whoever goes away: the freeze itself is a user of
 * it (fs/super.c: freeze_super(), 6.18). So a process of its own freezes it, and
 * thaws it when a socket ends, when it is told to, or when its time is over. The
 * socket's other end is the object of "freeze": it ends with "close" and with
 * this process, however that goes. Signals of a terminal do not end it.
 *
 * It is a copy of one thread of several: until its _exit(2) it only makes system
 * calls. Nobody waits for it, for its parent ends at once.
 */
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "common/fdio.h"

#define LIMIT_NS (10 * CLOCK_NS_PER_SEC)	/* default of limit= */

/* ------------------------------------------------- the process that freezes */

static void report(int sock, int err)
{
	(void)!send(sock, &err, sizeof(err), MSG_NOSIGNAL);
}

/* Return: 0 told to, or nobody is there any more; -ETIME. */
static int wait_told(int sock, uint64_t limit_ns)
{
	uint64_t deadline_ns = clock_deadline_ns(limit_ns);
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	int n;

	do {
		n = poll(&pfd, 1, clock_left_ms(deadline_ns));
	} while (n < 0 && errno == EINTR);
	return n == 0 ? -ETIME : 0;
}

/* It keeps nothing of its parent's but these two. */
static NORETURN void freezer(int fd, int sock, uint64_t limit_ns)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, "pinctl-freeze");
	if (dup2(sock, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(1);
	fdio_close_from(STDERR_FILENO, -1);
	err = ioctl(STDOUT_FILENO, FIFREEZE, 0) < 0 ? -errno : 0;
	report(STDIN_FILENO, err);
	if (err)
		_exit(1);
	err = wait_told(STDIN_FILENO, limit_ns);
	if (ioctl(STDOUT_FILENO, FITHAW, 0) < 0)
		err = -errno;
	report(STDIN_FILENO, err);
	_exit(0);
}

/* By a child that ends, so that nobody has to reap the other. */
static int start_freezer(int fd, int sock, uint64_t limit_ns)
{
	pid_t pid = fork();

	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			freezer(fd, sock, limit_ns);
		_exit(pid < 0);
	}
	if (pid < 0)
		return -errno;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* What it has to say next. One that could not be started says nothing. */
static int hear(int sock)
{
	int err = 0;
	ssize_t n = fdio_read(sock, &err, sizeof(err));

	if (n < 0)
		return (int)n;
	return n == (ssize_t)sizeof(err) ? err : -ECHILD;
}

/* ------------------------------------------------------------- freeze, thaw */

static uint64_t limit_word(struct steps_call *call)
{
	const char *text = steps_text_or(call, "limit", NULL);
	uint64_t ns = LIMIT_NS;

	if (text && (parse_duration(text, &ns) || !ns))
		steps_bad(call, "limit=%s is not a duration", text);
	return ns;
}

static int freeze(int fd, uint64_t limit_ns, int *sock_ret)
{
	int socks[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks))
		return -errno;
	err = start_freezer(fd, socks[1], limit_ns);
	close(socks[1]);
	if (!err)
		err = hear(socks[0]);
	if (err)
		close(socks[0]);
	else
		*sock_ret = socks[0];
	return err;
}

long steps_do_freeze(struct steps_call *call)
{
	const char *name = steps_new_fd(call, "fd");
	struct steps_fd of = steps_fd(call, "of");
	uint64_t limit_ns = limit_word(call);
	int sock = -1, err;

	if (!steps_begin(call))
		return 0;
	call->start_ns = clock_now_ns();
	err = freeze(of.fd, limit_ns, &sock);
	call->end_ns = clock_now_ns();
	if (!err)
		err = steps_add_fd(call->steps, name, of.file, sock, false);
	if (err && sock >= 0)
		close(sock);	/* and it thaws */
	return err;
}

static int thaw(int sock)
{
	if (shutdown(sock, SHUT_WR) < 0)
		return -errno;
	return hear(sock);
}

long steps_do_thaw(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	long err;

	if (!steps_check(call))
		return 0;
	steps_take_fd(call, "fd");
	if (!steps_begin(call))
		return 0;
	call->start_ns = clock_now_ns();
	err = thaw(fd.fd);
	call->end_ns = clock_now_ns();
	close(fd.fd);
	return err;
}

/* -------------------------------------------------------------------- place */

/*
 * What is said of an extent whose bytes are on no device yet, or not as they
 * are in the file, is no place. Without FIEMAP_FLAG_SYNC nothing is written back
 * for it: a frozen filesystem may be asked, too.
 */
long steps_do_place(struct steps_call *call)
{
	union {
		struct fiemap map;
		char room[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
	} u = { .map = { .fm_length = 1, .fm_extent_count = 1 } };
	const struct fiemap_extent *extent = u.map.fm_extents;
	struct steps_fd fd = steps_fd(call, "fd");
	uint64_t off = steps_size_or(call, "off", 0);
	long err;

	u.map.fm_start = off;
	u.map.fm_flags = steps_flag(call, "sync") ? FIEMAP_FLAG_SYNC : 0;
	if (!steps_begin(call))
		return 0;
	err = STEPS_TIMED(call, ioctl(fd.fd, FS_IOC_FIEMAP, &u.map));
	if (err < 0)
		return err;
	if (!u.map.fm_mapped_extents ||
	    extent->fe_flags & (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_ENCODED |
				FIEMAP_EXTENT_UNWRITTEN |
				FIEMAP_EXTENT_DATA_INLINE))
		return -ENODATA;
	return (long)(extent->fe_physical + off - extent->fe_logical);
}
