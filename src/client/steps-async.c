/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that read by Linux AIO and by io_uring, each with a context of its
 * own, one read deep; the step ends with the completion. A step whose context
 * cannot be had says refused=, so that it is not taken for a failed read. That
 * the kernel does not register this memory is no such thing, but what the step
 * is made to find out. AIO by the bare system calls: they need no library.
 */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifdef HAVE_LIBURING
#include <liburing.h>
#endif

#include "client/steps-call.h"
#include "common/cleanup.h"

/* The words of both. */
struct async_read {
	struct steps_fd fd;
	struct steps_mem mem;
	size_t len;
	uint64_t off;
	bool fixed;		/* by io_uring, the memory registered before */
};

static struct async_read read_words(struct steps_call *call)
{
	struct async_read read = {
		.fd = steps_fd(call, "fd"),
		.off = steps_size_or(call, "off", 0),
		.len = steps_len(call),
	};

	read.mem = steps_mem(call, "into", steps_size_or(call, "at", 0),
			     read.len);
	return read;
}

/* What a completion says, as a system call would. */
static long as_call(long res)
{
	if (res >= 0)
		return res;
	errno = (int)-res;
	return -1;
}

/* -------------------------------------------------------------- Linux AIO */

/* For STEPS_TIMED(). */
static long aio_read(aio_context_t context, const struct async_read *read)
{
	struct iocb block = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = (uint32_t)read->fd.fd,
		.aio_buf = (uintptr_t)read->mem.addr,
		.aio_nbytes = read->len,
		.aio_offset = (int64_t)read->off,
	};
	struct iocb *blocks = &block;
	struct io_event event;
	long n;

	if (syscall(SYS_io_submit, context, 1L, &blocks) != 1)
		return -1;
	do
		n = syscall(SYS_io_getevents, context, 1L, 1L, &event, NULL);
	while (n < 0 && errno == EINTR);
	return n == 1 ? as_call((long)event.res) : -1;
}

long steps_do_aio_read(struct steps_call *call)
{
	struct async_read read = read_words(call);
	aio_context_t context = 0;
	long ret;

	if (!steps_begin(call))
		return 0;
	if (syscall(SYS_io_setup, 1U, &context)) {
		ret = -errno;
		steps_say(call, "refused", "io_setup");
		return ret;
	}
	ret = STEPS_TIMED(call, aio_read(context, &read));
	syscall(SYS_io_destroy, context);
	return ret;
}

/* --------------------------------------------------------------- io_uring */

#ifdef HAVE_LIBURING
/*
 * For STEPS_TIMED(). A ring that was just made has room for one. It would poll
 * for what O_NONBLOCK says is not to be waited for (io_uring:
 * io_rw_init_file()), unless told.
 */
static long uring_read(struct io_uring *ring, const struct async_read *read)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	struct io_uring_cqe *cqe;
	int err;

	if (read->fixed)
		io_uring_prep_read_fixed(sqe, read->fd.fd, read->mem.addr,
					 (unsigned int)read->len, read->off,
					 0);
	else
		io_uring_prep_read(sqe, read->fd.fd, read->mem.addr,
				   (unsigned int)read->len, read->off);
	if (read->fd.nonblock)
		sqe->rw_flags = RWF_NOWAIT;
	err = io_uring_submit(ring);
	if (err < 0)
		return as_call(err);
	do
		err = io_uring_wait_cqe(ring, &cqe);
	while (err == -EINTR);
	return as_call(err ? err : cqe->res);
}

/* For STEPS_TIMED(). The pages are pinned from here to the end of the ring. */
static long uring_read_fixed(struct io_uring *ring,
			     const struct async_read *read)
{
	struct iovec iov = { read->mem.addr, read->len };
	int err = io_uring_register_buffers(ring, &iov, 1);

	return err ? as_call(err) : uring_read(ring, read);
}

static long uring_run(struct steps_call *call, const struct async_read *read)
{
	struct io_uring ring;
	long ret = io_uring_queue_init(1, &ring, 0);

	if (ret < 0) {
		steps_say(call, "refused", "io_uring_setup");
		return ret;
	}
	ret = STEPS_TIMED(call, read->fixed ? uring_read_fixed(&ring, read) :
					      uring_read(&ring, read));
	io_uring_queue_exit(&ring);
	return ret;
}
#else
static long uring_run(struct steps_call *call,
		      UNUSED const struct async_read *read)
{
	steps_say(call, "refused", "built without liburing");
	return -EOPNOTSUPP;
}
#endif

/*
 * By a descriptor of its own, from before other lines are read: a number that
 * "close" frees may soon be that of a pipe, which a ring would poll for ever.
 */
static long uring_step(struct steps_call *call, bool fixed)
{
	struct async_read read = read_words(call);
	autoclose int fd = fcntl(read.fd.fd, F_DUPFD_CLOEXEC, 0);
	int err = fd < 0 ? -errno : 0;

	read.fd.fd = fd;
	read.fixed = fixed;
	if (!steps_begin(call))
		return 0;
	return err ? err : uring_run(call, &read);
}

long steps_do_uring_read(struct steps_call *call)
{
	return uring_step(call, false);
}

long steps_do_uring_fixed(struct steps_call *call)
{
	return uring_step(call, true);
}
