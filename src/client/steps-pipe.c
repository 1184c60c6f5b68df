/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that move pages through pipes: no copy, sometimes no pin; and those
 * that move them from file to file.
 */
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "common/cleanup.h"

static const char ends[] = "rw";

/* For STEPS_TIMED(). */
static long make_pipe(int fds[2], int flags, uint64_t size)
{
	if (pipe2(fds, flags))
		return -1;
	if (size && fcntl(fds[1], F_SETPIPE_SZ, (int)size) < 0)
		return -1;
	return fcntl(fds[1], F_GETPIPE_SZ);
}

long steps_do_pipe(struct steps_call *call)
{
	const char *name = steps_new_fd(call, "fd");
	uint64_t size = steps_size_or(call, "size", 0);
	bool nonblock = steps_flag(call, "nonblock");
	int fds[2] = { -1, -1 };
	long ret;

	steps_check_ends(call, name, ends);
	if (size > INT32_MAX)
		steps_bad(call, "size= is too large");
	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, make_pipe(fds, O_CLOEXEC | (nonblock ?
						O_NONBLOCK : 0), size));
	if (ret >= 0) {
		int err = steps_add_ends(call, name, ends, fds, nonblock);

		return err ? err : ret;
	}
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return ret;
}

static unsigned int splice_flags(struct steps_fd a, struct steps_fd b)
{
	return a.nonblock || b.nonblock ? SPLICE_F_NONBLOCK : 0;
}

long steps_do_splice(struct steps_call *call)
{
	struct steps_fd in = steps_fd(call, "in");
	struct steps_fd out = steps_fd(call, "out");
	bool in_at = steps_has(call, "in-off");
	bool out_at = steps_has(call, "off");
	off64_t in_off = (off64_t)steps_size_or(call, "in-off", 0);
	off64_t out_off = (off64_t)steps_size_or(call, "off", 0);
	size_t len = steps_len(call);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, splice(in.fd, in_at ? &in_off : NULL, out.fd,
					out_at ? &out_off : NULL, len,
					splice_flags(in, out)));
}

long steps_do_vmsplice(struct steps_call *call)
{
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	struct steps_mem mem = steps_mem(call, "mem", off, len);
	struct steps_fd out = steps_fd(call, "out");
	struct iovec iov = { mem.addr, len };

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, vmsplice(out.fd, &iov, 1,
					  splice_flags(out, out)));
}

/* sendfile(2) writes where the descriptor is: it is put there before. */
long steps_do_sendfile(struct steps_call *call)
{
	struct steps_fd in = steps_fd(call, "in");
	struct steps_fd out = steps_fd(call, "out");
	off_t in_off = (off_t)steps_size_or(call, "in-off", 0);
	bool at = steps_has(call, "off");
	off_t off = (off_t)steps_size_or(call, "off", 0);
	size_t len = steps_len(call);

	if (!steps_begin(call))
		return 0;
	if (at && lseek(out.fd, off, SEEK_SET) < 0)
		return -errno;
	return STEPS_TIMED(call, sendfile(out.fd, in.fd, &in_off, len));
}

long steps_do_copy_range(struct steps_call *call)
{
	struct steps_fd in = steps_fd(call, "in");
	struct steps_fd out = steps_fd(call, "out");
	off64_t in_off = (off64_t)steps_size_or(call, "in-off", 0);
	off64_t off = (off64_t)steps_size_or(call, "off", 0);
	size_t len = steps_len(call);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, copy_file_range(in.fd, &in_off, out.fd, &off,
						 len, 0));
}
