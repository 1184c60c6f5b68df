/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that look at bytes: check against self-naming content, and digest.
 * The bytes, of memory or of a file, are copied to a private buffer first, so
 * that one look is one state of them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/faultguard.h"
#include "client/steps-call.h"
#include "common/cleanup.h"
#include "common/digest.h"

enum { DIGESTS_SHOWN = 8 };	/* more blocks are only counted */

/* What is looked at: mem= or fd=, from off=, len= bytes. */
struct view {
	bool is_mem;
	struct steps_mem mem;
	struct steps_fd fd;
	uint64_t off;		/* in the file [bytes] */
	size_t len;
};

static struct view read_view(struct steps_call *call)
{
	struct view view = {
		.is_mem = steps_has(call, "mem"),
		.off = steps_size_or(call, "off", 0),
		.len = steps_len(call),
	};

	if (view.is_mem == steps_has(call, "fd"))
		steps_bad(call, "either mem= or fd= must be given");
	if (view.is_mem) {
		view.mem = steps_mem(call, "mem", view.off, view.len);
		view.off = view.mem.off;
	} else {
		view.fd = steps_fd(call, "fd");
	}
	return view;
}

static long copy_view(const struct view *view, void *buf)
{
	if (!view->is_mem)
		return pread(view->fd.fd, buf, view->len, (off_t)view->off);
	if (faultguard_copy(buf, view->mem.addr, view->len) == 0)
		return (long)view->len;
	errno = EFAULT;
	return -1;
}

/* Where the first byte differs, and what the word around it says. */
static void say_difference(struct steps_call *call, const struct view *view,
			   const char *buf, size_t len, size_t first)
{
	size_t into = (size_t)((view->off + first) % CONTENT_WORD);
	size_t word = first - into;
	char text[CONTENT_TEXT_SIZE];
	struct content_id id;

	steps_say(call, "first", "%llu",
		  (unsigned long long)(view->off + first));
	if (first < into || word + CONTENT_WORD > len)
		return;
	content_decode(buf + word, &id);
	content_describe(buf + word, steps_path_of(call->steps, id.file),
			 text);
	steps_say(call, "found", "%s", text);
}

/* Bytes that are not there at all differ, too. */
static long judge(struct steps_call *call, const struct view *view,
		  const struct content_id *id, const char *buf, size_t got,
		  uint64_t file_off)
{
	size_t first = 0;
	size_t count = content_check(buf, got, file_off, id, &first);

	if (count > 0)
		say_difference(call, view, buf, got, first);
	if (got < view->len)
		steps_say(call, "short", "%zu", view->len - got);
	return (long)(count + view->len - got);
}

long steps_do_check(struct steps_call *call)
{
	struct view view = read_view(call);
	uint64_t file_off = view.off;
	struct content_id id = steps_content(call, view.is_mem ? view.mem.file :
					     view.fd.file, CONTENT_ANY_WRITER,
					     &file_off);
	autofree char *buf = steps_buffer(call, view.len);
	long ret;

	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, copy_view(&view, buf));
	return ret < 0 ? ret :
		judge(call, &view, &id, buf, (size_t)ret, file_off);
}

void steps_say_digests(struct steps_call *call, const char *buf, size_t len)
{
	char text[DIGESTS_SHOWN * DIGEST_HEX_SIZE] = "";
	size_t nblocks = (len + DIGEST_BLOCK - 1) / DIGEST_BLOCK;

	for (size_t i = 0; i < MIN(nblocks, (size_t)DIGESTS_SHOWN); i++) {
		size_t from = i * DIGEST_BLOCK;
		char hex[DIGEST_HEX_SIZE];

		digest_hex(digest_block(buf + from, MIN(len - from,
					(size_t)DIGEST_BLOCK)), hex);
		if (i > 0)
			strcat(text, ",");
		strcat(text, hex);
	}
	steps_say(call, "digest", "%s", nblocks ? text : "none");
	if (nblocks > DIGESTS_SHOWN)
		steps_say(call, "more", "%zu", nblocks - DIGESTS_SHOWN);
}

long steps_do_digest(struct steps_call *call)
{
	struct view view = read_view(call);
	autofree char *buf = steps_buffer(call, view.len);
	long ret;

	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, copy_view(&view, buf));
	if (ret >= 0)
		steps_say_digests(call, buf, (size_t)ret);
	return ret;
}
