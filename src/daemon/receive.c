/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receiving a request.
 *
 * A WRITE of page-cache pages that is spliced from /dev/fuse arrives as
 * references to those very pages (fs/fuse/dev.c: fuse_ref_folio(), 6.18). tee(2)
 * keeps a second set of references, the live view; reading the first set into
 * memory gives the snapshot. libfuse never sees the pipe: it copies small
 * requests before we could tee them, leaves bytes of operations it does not
 * know in the pipe, and falls back to read(2) silently.
 *
 * What the pipe holds: the headers in a buffer of their own, then one buffer a
 * page. The kernel fails the request with EIO when the pipe has too few buffers
 * (fuse_dev_splice_read()), hence the fixed size and max_write below it.
 *
 * O_DIRECT WRITEs are private copies (args->user_pages in fuse_copy_folio()):
 * there is nothing live in them, so they are not tee'd.
 */
#include "daemon/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "daemon/request.h"

_Static_assert(RECEIVE_HEADER_BYTES == sizeof(struct fuse_in_header) +
	       sizeof(struct fuse_write_in), "header of a WRITE");

static void close_pair(int pair[2])
{
	for (int i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			close(pair[i]);
		pair[i] = -1;
	}
}

static int make_request_pipe(struct receive *receive)
{
	if (pipe2(receive->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		receive->pipe[0] = receive->pipe[1] = -1;
		return -errno;
	}
	if (fcntl(receive->pipe[1], F_SETPIPE_SZ, RECEIVE_MAX_BYTES) < 0)
		return -errno;
	return 0;
}

int receive_init(struct receive *receive, int dev_fd, bool live)
{
	int err;

	*receive = (struct receive){
		.dev_fd = dev_fd,
		.live = live,
		.pipe = { -1, -1 },
		.live_pipe = { -1, -1 },
		.page_bytes = (size_t)sysconf(_SC_PAGESIZE),
	};
	receive->memory = aligned_alloc(receive->page_bytes,
					receive->page_bytes + RECEIVE_MAX_BYTES);
	if (!receive->memory)
		return -ENOMEM;
	if (!live)
		return 0;
	err = make_request_pipe(receive);
	if (err)
		receive_deinit(receive);
	return err;
}

void receive_deinit(struct receive *receive)
{
	close_pair(receive->pipe);
	close_pair(receive->live_pipe);
	free(receive->memory);
	receive->memory = NULL;
}

/* Where a request begins so that a WRITE's data is page aligned. */
static uint8_t *request_start(const struct receive *receive)
{
	return receive->memory + receive->page_bytes - RECEIVE_HEADER_BYTES;
}

static int device_error(int err)
{
	switch (err) {
	case EAGAIN:
		return -EAGAIN;
	case ENODEV:
		return -ENODEV;
	case ECONNABORTED:	/* through fusectl (FUSE_ABORT_ERROR) */
		return -ECONNABORTED;
	case EINTR:
	case ENOENT:		/* withdrawn: its caller was killed */
		return -EINTR;
	default:
		return -err;
	}
}

/* Is this the WRITE of page-cache pages, whose view is worth keeping? */
static bool is_page_cache_write(const uint8_t *bytes, size_t len)
{
	struct fuse_in_header header;
	struct fuse_write_in in;

	if (len <= RECEIVE_HEADER_BYTES)
		return false;
	memcpy(&header, bytes, sizeof(header));
	if (header.opcode != FUSE_WRITE)
		return false;
	memcpy(&in, bytes + sizeof(header), sizeof(in));
	return (in.write_flags & FUSE_WRITE_CACHE) || !(in.flags & O_DIRECT);
}

static bool make_live_pipe(struct receive *receive)
{
	if (receive->live_pipe[0] >= 0)
		return true;
	if (pipe2(receive->live_pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		receive->live_pipe[0] = receive->live_pipe[1] = -1;
		return false;
	}
	/* May fail for an unprivileged user: then only small WRITEs fit. */
	(void)fcntl(receive->live_pipe[1], F_SETPIPE_SZ, RECEIVE_MAX_BYTES);
	return true;
}

/* Keep references to the @len bytes that are next in the request pipe. */
static int tee_pages(struct receive *receive, size_t len)
{
	ssize_t n;

	if (!make_live_pipe(receive))
		return -1;
	n = tee(receive->pipe[0], receive->live_pipe[1], len, SPLICE_F_NONBLOCK);
	if (n == (ssize_t)len)
		return receive->live_pipe[0];
	close_pair(receive->live_pipe);
	return -1;
}

/* Bytes left in the pipe would be taken for the next request. */
static int broken_pipe(struct receive *receive)
{
	int err;

	close_pair(receive->pipe);
	err = make_request_pipe(receive);
	return err ? err : -EIO;
}

/* So that it can be answered, whatever becomes of the rest. */
static void note_header(struct request *request, const uint8_t *bytes,
			size_t len)
{
	struct fuse_in_header header;

	if (len < sizeof(header))
		return;
	memcpy(&header, bytes, sizeof(header));
	request->unique = header.unique;
	request->opcode = header.opcode;
}

static int receive_spliced(struct receive *receive, struct request *request)
{
	uint8_t *start = request_start(receive);
	ssize_t total = splice(receive->dev_fd, NULL, receive->pipe[1], NULL,
			       RECEIVE_MAX_BYTES, SPLICE_F_NONBLOCK);
	size_t head;

	if (total <= 0)
		return total < 0 ? device_error(errno) : -ENODEV;
	head = MIN((size_t)total, (size_t)RECEIVE_HEADER_BYTES);
	if (fdio_read(receive->pipe[0], start, head) != (ssize_t)head)
		return broken_pipe(receive);
	note_header(request, start, head);
	if (is_page_cache_write(start, total)) {
		request->should_live = true;
		request->begin_ns = clock_now_ns();
		request->live_fd = tee_pages(receive, total - head);
	}
	if (fdio_read(receive->pipe[0], start + head, total - head) !=
	    (ssize_t)(total - head))
		return broken_pipe(receive);
	request->len = total;
	return 0;
}

static int receive_copied(struct receive *receive, struct request *request)
{
	ssize_t total = read(receive->dev_fd, request_start(receive),
			     RECEIVE_MAX_BYTES);

	if (total <= 0)
		return total < 0 ? device_error(errno) : -ENODEV;
	note_header(request, request_start(receive), total);
	request->len = total;
	request->should_live = receive->live &&
		is_page_cache_write(request_start(receive), total);
	return 0;
}

int receive_request(struct receive *receive, struct request *request,
		    bool pages)
{
	int err;

	*request = (struct request){
		.session = request->session,
		.bytes = request_start(receive),
		.live_fd = -1,
	};
	err = receive->live && pages ? receive_spliced(receive, request) :
				       receive_copied(receive, request);
	if (err)
		return err;
	request->arrival_ns = clock_now_ns();
	return request_decode(request);
}

void receive_done(struct receive *receive, struct request *request)
{
	if (receive->live_pipe[0] < 0)
		return;
	if (request->live_taken) {
		/* The read end went with the detached copy. */
		receive->live_pipe[0] = -1;
		close_pair(receive->live_pipe);
	} else if (request->live_fd >= 0 && !request->live_read) {
		close_pair(receive->live_pipe);
	}
}

void receive_shrink(int fd, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = page;

	while (bytes < len)
		bytes *= 2;
	/* EBUSY: first and last page are partial, one buffer more is in use. */
	if (fcntl(fd, F_SETPIPE_SZ, (int)bytes) < 0)
		(void)fcntl(fd, F_SETPIPE_SZ, (int)bytes * 2);
}
