/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of the peek: a keeper, forked before the daemon had anything,
 * and the helpers that it forks. A helper does what may block for as long as a
 * request is held (a thread that faults and one that unmaps are enough): it reads
 * another process's memory. So the daemon never waits for it without a deadline,
 * and asks for another when it does not answer. It ends with its socket.
 *
 * Why a look is not another call's: the thread's /proc/TID/syscall, kept open and
 * so bound to that thread, says the same before and after; the WRITE has not been
 * answered, so the call that sent it has not ended in between; and the call's
 * descriptor is of this mount and file, and its range has the WRITE's. A thread
 * that has sent a WRITE of the same range by AIO or io_uring, and then writes it
 * again by such a call before the first is answered, is not told apart.
 */
#include "daemon/peek-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"

enum {
	TEXT_SIZE = 1024,	/* of syscall and fdinfo */
	END_DEADLINE_MS = 500,	/* of the helpers, when the daemon has ended */
};

/* A thread that is looked at. */
struct thread {
	pid_t tid;
	int fd;			/* its syscall file */
	char text[TEXT_SIZE];	/* what that said first */
	struct peek_call call;
	struct iovec vector[IOV_MAX];
	size_t nvectors;
};

/* A small file of procfs as a string. */
static int read_text(int fd, char *text)
{
	ssize_t n = pread(fd, text, TEXT_SIZE - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = '\0';
	return 0;
}

static int open_proc(pid_t tid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static ssize_t copy(const struct thread *thread, void *to, size_t len,
		    const struct iovec *from, size_t nfrom)
{
	struct iovec local = { to, len };
	ssize_t n = process_vm_readv(thread->tid, &local, 1, from, nfrom, 0);

	return n < 0 ? -errno : n;
}

/* ---- the descriptor ---- */

/*
 * The mount that was found last in our own mount namespace: as long as it is
 * there its number is nobody else's. Others are looked up each time.
 */
static uint64_t known_mnt_id;

static bool find_mount(const char *path, uint64_t mnt_id,
		       const struct peek_order *order)
{
	autofree char *text = NULL;

	return !fdio_read_file(path, &text) &&
	       peek_find_mount(text, mnt_id, order->major, order->minor);
}

static bool is_our_mount(const struct thread *thread, uint64_t mnt_id,
			 const struct peek_order *order)
{
	char path[64];

	if (mnt_id == known_mnt_id)
		return true;
	if (find_mount("/proc/self/mountinfo", mnt_id, order)) {
		known_mnt_id = mnt_id;
		return true;
	}
	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)thread->tid);
	return find_mount(path, mnt_id, order);
}

/* fdinfo tells without asking the file's filesystem, which is us. */
static int look_at_file(const struct thread *thread,
			const struct peek_order *order,
			struct peek_file *file_ret)
{
	char text[TEXT_SIZE];
	char name[32];
	autoclose int fd = -1;
	int err;

	snprintf(name, sizeof(name), "fdinfo/%d", thread->call.fd);
	fd = open_proc(thread->tid, name);
	err = fd < 0 ? fd : read_text(fd, text);
	if (!err)
		err = peek_parse_file(text, file_ret);
	if (err)
		return err;
	if (file_ret->ino != order->ino ||
	    !is_our_mount(thread, file_ret->mnt_id, order))
		return -ENOTSUP;
	return 0;
}

/* ---- the buffers ---- */

static int read_vector(struct thread *thread)
{
	const struct peek_call *call = &thread->call;
	struct iovec from = { (void *)(uintptr_t)call->addr, call->count };
	size_t bytes = call->count * sizeof(struct iovec);
	ssize_t n;

	thread->nvectors = 1;
	thread->vector[0] = from;
	if (!call->vector)
		return 0;
	if (!call->count || call->count > IOV_MAX)
		return -ENOTSUP;
	from.iov_len = bytes;
	n = copy(thread, thread->vector, bytes, &from, 1);
	if (n < 0)
		return (int)n;
	thread->nvectors = call->count;
	return (size_t)n == bytes ? 0 : -EFAULT;
}

static uint64_t vector_bytes(const struct thread *thread)
{
	uint64_t total = 0;

	for (size_t i = 0; i < thread->nvectors; i++)
		total += thread->vector[i].iov_len;
	return total;
}

/* Make the vector begin @at bytes further. */
static void skip_bytes(struct thread *thread, uint64_t at)
{
	size_t i = 0;

	for (; i < thread->nvectors && at >= thread->vector[i].iov_len; i++)
		at -= thread->vector[i].iov_len;
	thread->nvectors -= i;
	memmove(thread->vector, thread->vector + i,
		thread->nvectors * sizeof(thread->vector[0]));
	if (!thread->nvectors)
		return;
	thread->vector[0].iov_base = (char *)thread->vector[0].iov_base + at;
	thread->vector[0].iov_len -= at;
}

/* The bytes of the WRITE, as they are in the buffer now. */
static int copy_bytes(struct thread *thread, const struct peek_file *file,
		      struct peek_order *order)
{
	uint64_t at = 0;
	ssize_t n;
	int err = read_vector(thread);

	if (!err)
		err = peek_locate(&thread->call, file, vector_bytes(thread),
				  order->off, order->len, &at);
	if (err)
		return err;
	skip_bytes(thread, at);
	n = copy(thread, order->bytes, order->len, thread->vector,
		 thread->nvectors);
	if (n < 0)
		return (int)n;
	return (uint64_t)n == order->len ? 0 : -EFAULT;
}

/* ---- one look ---- */

static int look_at_call(struct thread *thread)
{
	int err;

	thread->fd = open_proc(thread->tid, "syscall");
	err = thread->fd < 0 ? thread->fd :
			       read_text(thread->fd, thread->text);
	return err ? err : peek_parse_call(thread->text, &thread->call);
}

static int look_again(const struct thread *thread)
{
	char text[TEXT_SIZE];
	int err = read_text(thread->fd, text);

	if (err)
		return err;
	return strcmp(text, thread->text) ? -ESTALE : 0;
}

static int look(struct peek_order *order)
{
	static struct thread thread;
	struct peek_file file;
	int err;

	thread.tid = order->tid;
	err = look_at_call(&thread);
	if (!err)
		err = look_at_file(&thread, order, &file);
	if (!err)
		err = copy_bytes(&thread, &file, order);
	if (!err)
		err = look_again(&thread);
	if (thread.fd >= 0)
		close(thread.fd);
	return err == -EACCES ? -EPERM : err;
}

/* ---- processes ---- */

static NORETURN void helper_main(int memory_fd, int fd)
{
	struct peek_order *order = mmap(NULL, sizeof(*order),
					PROT_READ | PROT_WRITE, MAP_SHARED,
					memory_fd, 0);
	char word;

	close(memory_fd);
	if (order == MAP_FAILED)
		_exit(1);
	while (recv(fd, &word, sizeof(word), 0) == sizeof(word)) {
		order->result = look(order);
		if (send(fd, &word, sizeof(word), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

/*
 * The two descriptors of a helper to be. Return: false when the daemon is gone.
 */
static bool receive_descriptors(int fd, int fds[2])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	char word;
	struct iovec iov = { &word, sizeof(word) };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	const struct cmsghdr *header;

	fds[0] = fds[1] = -1;
	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) <= 0)
		return false;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_len == CMSG_LEN(2 * sizeof(int)))
		memcpy(fds, CMSG_DATA(header), 2 * sizeof(int));
	return true;
}

/* Those that hang end with what they hang in, and nobody waits for them. */
static void wait_for_helpers(void)
{
	uint64_t deadline_ns = clock_deadline_ns(END_DEADLINE_MS *
						 CLOCK_NS_PER_MS);

	while (waitpid(-1, NULL, WNOHANG) >= 0 && clock_now_ns() < deadline_ns)
		clock_sleep_ns(CLOCK_NS_PER_MS / 10);
}

static void leave_daemon(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	prctl(PR_SET_NAME, "pinfs-peek");
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
	if (chdir("/") < 0)
		_exit(1);
	fdio_close_from(3, fd);
}

void peek_keeper_main(int fd)
{
	int fds[2];

	leave_daemon(fd);
	while (receive_descriptors(fd, fds)) {
		pid_t pid = fds[1] < 0 ? -1 : fork();

		if (!pid) {
			close(fd);
			helper_main(fds[0], fds[1]);
		}
		for (int i = 0; i < 2; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		/* Those that have been given up. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	wait_for_helpers();
	_exit(0);
}
