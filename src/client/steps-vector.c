/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps whose call takes several parts of memory, and the word that names
 * them. The kernel goes through the parts in order: with a page of the last
 * that has to be read first, it stops there with the others already pinned
 * (fs/fuse/file.c: fuse_get_user_pages(), 6.18).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "client/steps-call.h"
#include "common/cleanup.h"

/* A size out of @text. Return: false: it is none. */
static bool read_size(const char *text, uint64_t *bytes_ret)
{
	return *text && parse_size(text, bytes_ret) == 0;
}

/* Cut NAME:AT:LEN at its last two colons. Return: false: it is not that. */
static bool cut(char *text, uint64_t *at_ret, uint64_t *len_ret)
{
	char *len = strrchr(text, ':'), *at;

	if (!len)
		return false;
	*len++ = '\0';
	at = strrchr(text, ':');
	if (!at || at == text)
		return false;
	*at++ = '\0';
	return read_size(at, at_ret) && read_size(len, len_ret);
}

static void add(struct steps_call *call, struct steps_segments *segments,
		char *text)
{
	struct steps_mem mem;
	uint64_t at = 0, len = 0;

	if (!cut(text, &at, &len)) {
		steps_bad(call, "a segment is not NAME:AT:LEN");
		return;
	}
	if (len == 0 || len > STEPS_LEN_MAX - segments->len)
		steps_bad(call, "segments= must be from 1 to %d bytes each, "
			  "and all together", STEPS_LEN_MAX);
	mem = steps_mem_named(call, text, at, len);
	if (segments->count == STEPS_SEGMENTS_MAX)
		steps_bad(call, "more than %d segments", STEPS_SEGMENTS_MAX);
	if (call->bad[0])
		return;
	if (segments->count == 0)
		segments->first = mem;
	segments->iov[segments->count++] = (struct iovec){ mem.addr, mem.len };
	segments->len += mem.len;
}

struct steps_segments steps_segments(struct steps_call *call)
{
	struct steps_segments segments = { .count = 0 };
	autofree char *text = strdup(steps_text(call, "segments"));
	char *rest = text;

	if (!text)
		call->err = ENOMEM;
	while (rest && !call->bad[0])
		add(call, &segments, strsep(&rest, ","));
	return segments;
}

long steps_do_preadv(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	off_t off = (off_t)steps_size_or(call, "off", 0);
	struct steps_segments into = steps_segments(call);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, preadv(fd.fd, into.iov, into.count, off));
}

long steps_do_pwritev(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	off_t off = (off_t)steps_size_or(call, "off", 0);
	struct steps_segments from = steps_segments(call);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, pwritev(fd.fd, from.iov, from.count, off));
}
