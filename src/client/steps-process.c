/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that happen to the process itself: a fork after which both sides
 * write to the same pages, and its end.
 *
 * The child is a copy of one thread of several. Whatever lock another held is
 * held for ever in it, so until its _exit(2) it only makes system calls.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/faultguard.h"
#include "client/pageinfo.h"
#include "client/steps-call.h"
#include "common/cleanup.h"
#include "common/fdio.h"

/* What one side saw. */
struct side {
	int number;		/* the signal that a write got, or 0 */
	uint64_t frame;		/* of the first page, afterwards; 0: unknown */
};

struct touch {
	volatile char *addr;
	size_t len;
	size_t page;
	char change;		/* what is added to each page's first byte */
};

static void do_touch(void *arg)
{
	const struct touch *touch = arg;

	for (size_t at = 0; at < touch->len; at += touch->page)
		touch->addr[at] = (char)(touch->addr[at] + touch->change);
}

static uint64_t frame_or_zero(const void *addr)
{
	uint64_t frame;

	return pageinfo_frame(addr, &frame) == 0 ? frame : 0;
}

static struct side touch_pages(const struct steps_mem *mem, char change)
{
	struct touch touch = {
		.addr = mem->addr,
		.len = mem->len,
		.page = (size_t)sysconf(_SC_PAGESIZE),
		.change = change,
	};
	struct side side = { .number = faultguard_call(do_touch, &touch) };

	side.frame = frame_or_zero(mem->addr);
	return side;
}

/* Other bytes in the child's pages, there until the parent has written, too. */
static void NORETURN run_child(const struct steps_mem *mem, int fd)
{
	struct side side;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	side = touch_pages(mem, 1);
	if (fdio_write(fd, &side, sizeof(side)) == 0)
		(void)!fdio_read(fd, &byte, 1);
	_exit(0);
}

/* The parent's bytes stay as they are: each is written as it was read. */
static int touch_both(const struct steps_mem *mem, int fd, struct side *child,
		      struct side *parent)
{
	ssize_t got = fdio_read(fd, child, sizeof(*child));

	if (got != sizeof(*child))
		return got < 0 ? (int)got : -ECHILD;
	*parent = touch_pages(mem, 0);
	return child->number || parent->number ? -EFAULT : 0;
}

static int fork_and_touch(const struct steps_mem *mem, struct side *child,
			  struct side *parent)
{
	int ends[2];
	pid_t pid;
	int err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run_child(mem, ends[1]);
	}
	err = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!err)
		err = touch_both(mem, ends[0], child, parent);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return err;
}

static void say_frame(struct steps_call *call, const char *key,
		      uint64_t before, uint64_t after)
{
	steps_say(call, key, "%s", !before || !after ? "unknown" :
		  before == after ? "same" : "other");
}

long steps_do_fork_touch(struct steps_call *call)
{
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	struct steps_mem mem = steps_mem(call, "mem", off, len);
	struct side child = { 0 }, parent = { 0 };
	uint64_t before;
	int err;

	if (!steps_begin(call))
		return 0;
	before = frame_or_zero(mem.addr);
	call->start_ns = clock_now_ns();
	err = fork_and_touch(&mem, &child, &parent);
	call->end_ns = clock_now_ns();
	if (err)
		return err;
	say_frame(call, "child", before, child.frame);
	say_frame(call, "parent", before, parent.frame);
	return 0;
}

long steps_do_exit(struct steps_call *call)
{
	int status = 0;

	if (steps_has(call, "status"))
		status = (int)steps_number(call, "status", UINT8_MAX);
	if (!steps_begin(call))
		return 0;
	_exit(status);
}
