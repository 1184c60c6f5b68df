/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One look, in a helper process: it reads another process's memory, which blocks
 * for as long as a request is held when one thread faults and another unmaps.
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
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"

/* A thread that is looked at. */
struct thread {
	pid_t tid;
	int fd;			/* its syscall file */
	char text[PROCFS_TEXT_SIZE];	/* what that said first */
	struct peek_call call;
	struct iovec vector[IOV_MAX];
	size_t nvectors;
};

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
	       procfs_find_mount(text, mnt_id, order->major, order->minor);
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
			struct procfs_file *file_ret)
{
	char text[PROCFS_TEXT_SIZE];
	char name[32];
	autoclose int fd = -1;
	int err;

	snprintf(name, sizeof(name), "fdinfo/%d", thread->call.fd);
	fd = procfs_open(thread->tid, name);
	err = fd < 0 ? fd : procfs_read(fd, text);
	if (!err)
		err = procfs_parse_file(text, file_ret);
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
static int copy_bytes(struct thread *thread, const struct procfs_file *file,
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

	thread->fd = procfs_open(thread->tid, "syscall");
	err = thread->fd < 0 ? thread->fd :
			       procfs_read(thread->fd, thread->text);
	return err ? err : peek_parse_call(thread->text, &thread->call);
}

static int look_again(const struct thread *thread)
{
	char text[PROCFS_TEXT_SIZE];
	int err = procfs_read(thread->fd, text);

	if (err)
		return err;
	return strcmp(text, thread->text) ? -ESTALE : 0;
}

void peek_work(void *work)
{
	static struct thread thread;
	struct peek_order *order = work;
	struct procfs_file file;
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
	order->result = err == -EACCES ? -EPERM : err;
}
