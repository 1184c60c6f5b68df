/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at writers' buffers, in the daemon.
 *
 * What arrives by an O_DIRECT WRITE is a private copy; the buffer that it was
 * copied from belongs to a thread that sleeps until the reply. Reading it once
 * more just before is the second look. Reading another process's memory can
 * block, so helper processes do it (helper.c, peek-helper.c).
 *
 * What cannot be found out is counted and says nothing: a look that is not sure
 * must never accuse.
 */
#include "daemon/peek.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "daemon/event.h"
#include "daemon/finding.h"
#include "daemon/fs.h"
#include "daemon/helper.h"
#include "daemon/inode.h"
#include "daemon/livepage.h"
#include "daemon/peek-internal.h"
#include "daemon/receive.h"
#include "daemon/request.h"

_Static_assert((int)PEEK_ROOM >= (int)RECEIVE_MAX_BYTES, "every WRITE has room");

enum {
	HELPERS = 4,
	PEEK_DEADLINE_MS = 100,	/* for a free helper, and its answer */
	YOUNG_MS = 1,		/* peek=auto does not look at younger ones */
	MAX_LOST = 8,		/* helpers given up before all looking stops */
	MAX_REFUSED = 16,	/* looks refused, and none allowed */
};

struct peek {
	struct helper_pool *helpers;
	atomic_uint refused;	/* looks, in a row from the first */
	atomic_bool allowed;	/* one has been */
};

static const struct helper_kind kind = {
	.name = "pinfs-peek",
	.purpose = "writers' buffers are not looked at",
	.count = HELPERS,
	.max_lost = MAX_LOST,
	.order_size = sizeof(struct peek_order),
	.work = peek_work,
};

int peek_create(struct peek **peek_ret)
{
	struct peek *peek = calloc(1, sizeof(*peek));
	int err;

	if (!peek)
		return -ENOMEM;
	err = helper_pool_create(&kind, &peek->helpers);
	if (err) {
		free(peek);
		return err;
	}
	*peek_ret = peek;
	return 0;
}

void peek_destroy(struct peek *peek)
{
	if (!peek)
		return;
	helper_pool_destroy(peek->helpers);
	free(peek);
}

static void note_permission(struct peek *peek, int result)
{
	if (!result)
		atomic_store(&peek->allowed, true);
	if (result == -EPERM && !atomic_load(&peek->allowed) &&
	    atomic_fetch_add(&peek->refused, 1) + 1 >= MAX_REFUSED)
		helper_stop(peek->helpers, "not permitted (ptrace(2), access "
			    "mode checking)");
}

/* ---- the look ---- */

struct verdict {
	struct fs *fs;
	const struct request *request;
	uint64_t now_ns;
};

static void block_differs(const struct livepage_diff *diff, void *context)
{
	const struct verdict *verdict = context;
	const struct request *request = verdict->request;
	struct fs *fs = verdict->fs;
	struct finding_look look = { "source", "peek", verdict->now_ns };

	stats_add(&fs->stats.source_blocks, 1);
	if (event_allowed(fs->events, request->write.inode))
		finding_report_diff(fs, request, diff, &look, FINDING_BUFFER,
				    json_pack("{s:I, s:n}", "pid",
					      (json_int_t)request->pid,
					      "evidence"));
}

/* The helper's copy, as a source of bytes. */
struct copy {
	struct livepage_source source;
	const uint8_t *bytes;
};

static ssize_t look_at_copy(struct livepage_source *source, void *buf,
			    size_t len)
{
	struct copy *copy = container_of(source, struct copy, source);

	memcpy(buf, copy->bytes, len);
	copy->bytes += len;
	return (ssize_t)len;
}

static void compare(struct fs *fs, const struct request *request,
		    const uint8_t *bytes)
{
	const struct request_write *write = &request->write;
	const uint8_t *arrival = request->bytes + write->data_off;
	struct verdict verdict = { fs, request, clock_now_ns() };
	struct copy copy = { { look_at_copy }, bytes };

	stats_add(&fs->stats.peeks, 1);
	if (memcmp(bytes, arrival, write->len) &&
	    livepage_recheck(&copy.source, arrival, (uint64_t)write->off,
			     write->len, block_differs, &verdict) < 0)
		log_err("a writer's buffer was not compared to its end");
}

static void fill_order(const struct fs *fs, const struct request *request,
		       struct peek_order *order)
{
	order->tid = request->pid;
	order->major = major(fs->dev);
	order->minor = minor(fs->dev);
	order->ino = inode_ino(request->write.inode);
	order->off = (uint64_t)request->write.off;
	order->len = request->write.len;
}

/* Return: 0 compared, or why not. */
static int look(struct fs *fs, const struct request *request,
		struct helper *helper, uint64_t deadline_ns)
{
	struct peek_order *order = helper_order(helper);
	int err;

	fill_order(fs, request, order);
	err = helper_ask(fs->peek->helpers, helper, deadline_ns);
	if (err) {
		if (err == -ETIMEDOUT)
			stats_add(&fs->stats.peek_timeouts, 1);
		return err;
	}
	err = order->result;
	note_permission(fs->peek, err);
	if (!err)
		compare(fs, request, order->bytes);
	return err;
}

/* Does its caller sleep in a system call that may be found? */
static bool is_candidate(const struct fs *fs, const struct request *request)
{
	if (!fs->peek || helper_stopped(fs->peek->helpers))
		return false;
	if (request->write_flags & FUSE_WRITE_CACHE)
		return false;
	return (request->flags & O_DIRECT) ||
	       fs->config->cache == CONFIG_CACHE_NONE;
}

bool peek_is_sure(const struct fs *fs, const struct request *request)
{
	return fs->config->peek == CONFIG_PEEK_ON && is_candidate(fs, request);
}

static bool is_wanted(const struct fs *fs, const struct request *request)
{
	if (!is_candidate(fs, request))
		return false;
	return fs->config->peek == CONFIG_PEEK_ON || request->detached ||
	       clock_now_ns() - request->arrival_ns >=
	       YOUNG_MS * CLOCK_NS_PER_MS;
}

void peek_request(struct fs *fs, const struct request *request)
{
	uint64_t deadline_ns;
	struct helper *helper;
	int err = -ESRCH;

	if (!is_wanted(fs, request))
		return;
	deadline_ns = clock_deadline_ns(PEEK_DEADLINE_MS * CLOCK_NS_PER_MS);
	/* 0: the kernel has no number for it in our namespace. */
	if (request->pid)
		err = helper_take(fs->peek->helpers, deadline_ns, &helper);
	if (!err) {
		err = look(fs, request, helper, deadline_ns);
		helper_give(fs->peek->helpers, helper);
	}
	if (err)
		stats_add(&fs->stats.peeks_void, 1);
}
