/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of a WRITE.
 *
 *   arrival    receive.c has read the bytes into memory: this copy is the
 *              snapshot, the first look. For page-cache WRITEs a pipe holds
 *              references to the same pages: the live view.
 *   store      exactly the snapshot is written to SOURCE, with its checksums
 *              (store.h).
 *   window     the time until the second look: the store itself, -o window=,
 *              and a gate at=reply. The request waits in the hold queue, not
 *              in a thread.
 *   recheck    livepage.c compares the live pages with the snapshot, block by
 *              block. Each block that differs is an "unstable" event, which
 *              finding.c completes: who it was is looked for beside the way.
 *   policy     what becomes of it (writeback-policy.c); with policy=report, the
 *              default, nothing more.
 *   reply      the kernel is told that the write is done, and ends writeback
 *              of the pages. Nothing about the inode is touched after it.
 *
 * Why the second look is the last thing before the reply: until the reply the
 * pages are under writeback, and whatever changes them then has escaped the
 * protection that makes pages stable. After it a change is an ordinary one.
 *
 * What has no live view is not looked at twice here: O_DIRECT WRITEs, which are
 * private copies (peek.c looks into their writers' memory before the reply), and
 * everything with live=off. A page-cache WRITE that lost
 * its live view (no pipe to be had) is counted, and said once.
 *
 * Since Linux 6.16 write(2) does not wait for FUSE writeback (KERNEL facts in
 * pinfs(8), NOTES), so a difference is no proof of a pin: the event's cause is
 * "unknown", but "pin" on a mount with stable writes (pins_only), where it does
 * wait; "notify" where the daemon itself put the bytes there (the control verb
 * "store"); and "through" for the pages of a write-through WRITE, which are not
 * under writeback at all (no PG_writeback: fs/fuse/file.c, fuse_perform_write()
 * in 6.18).
 */
#include "daemon/writeback.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/json.h"
#include "common/log.h"
#include "daemon/declare.h"
#include "daemon/event.h"
#include "daemon/finding.h"
#include "daemon/fs.h"
#include "daemon/handle.h"
#include "daemon/inode.h"
#include "daemon/livepage.h"
#include "daemon/notify.h"
#include "daemon/peek.h"
#include "daemon/probe.h"
#include "daemon/request.h"
#include "daemon/session.h"
#include "daemon/settle.h"
#include "daemon/store.h"
#include "daemon/writeback-policy.h"

/* What a recheck carries to its callback. */
struct verdict {
	struct fs *fs;
	const struct request *request;
	uint64_t now_ns;
};

/* Has the daemon put all that has changed there, since the WRITE arrived? */
static bool is_ours(const struct verdict *verdict,
		    const struct livepage_diff *diff)
{
	const struct request *request = verdict->request;
	uint64_t generation = inode_generation(request->write.inode);

	for (size_t i = 0; i < diff->nranges; i++) {
		const struct livepage_range *range = &diff->ranges[i];

		if (!notify_explains(&verdict->fs->notify, generation,
				     diff->off + range->off,
				     diff->recheck + range->off, range->len,
				     request->arrival_ns))
			return false;
	}
	return true;
}

static enum finding_known what_is_known(const struct verdict *verdict,
					const struct livepage_diff *diff)
{
	if (is_ours(verdict, diff))
		return FINDING_NOTIFY;
	if (!verdict->request->write.writepage)
		return FINDING_THROUGH;
	return verdict->fs->loop ? FINDING_STABLE : FINDING_UNKNOWN;
}

static void report(const struct verdict *verdict,
		   const struct livepage_diff *diff)
{
	const struct request *request = verdict->request;
	struct fs *fs = verdict->fs;
	struct finding_look look = { "unstable", "recheck", verdict->now_ns };

	finding_report_diff(fs, request, diff, &look,
			    what_is_known(verdict, diff),
			    json_pack("{s:s, s:n, s:n, s:s, s:n, s:n}",
				      "origin", request_write_origin(request),
				      "cause", "ground", "policy",
				      config_word(fs->config, "policy"),
				      "suspects", "evidence"));
}

static void block_differs(const struct livepage_diff *diff, void *context)
{
	const struct verdict *verdict = context;
	struct fs *fs = verdict->fs;
	struct inode *inode = verdict->request->write.inode;

	if (probe_saw_change(fs->probe, inode))
		return;
	stats_add(&fs->stats.unstable_blocks, 1);
	settle_unstable(fs, inode, diff);
	if (event_allowed(fs->events, inode))
		report(verdict, diff);
}

/* A page-cache WRITE without a live view: said once, counted always. */
static void note_copied(struct fs *fs, const struct request *request,
			const char *reason)
{
	static struct log_limit once = LOG_LIMIT(3600, 1);
	const struct request_write *write = &request->write;
	unsigned int dropped;
	char path[PATH_MAX];

	stats_add(&fs->stats.copied_writes, 1);
	if (!log_allowed(&once, &dropped))
		return;
	inode_path(fs->inodes, write->inode, NULL, path, sizeof(path));
	log_warn("a page-cache WRITE to '%s' has no live view (%s); more of "
		 "these are only counted (copied_writes)", path, reason);
	event_write(fs->events, "copied", json_pack(
		"{s:o, s:I, s:I, s:I, s:s}", "path", json_text(path),
		"ino", (json_int_t)inode_ino(write->inode),
		"offset", (json_int_t)write->off,
		"length", (json_int_t)write->len, "reason", reason));
}

/* The second look. Return: how many blocks differ; -errno. */
static ssize_t recheck(struct fs *fs, struct request *request)
{
	struct request_write *write = &request->write;
	struct verdict verdict = { .fs = fs, .request = request,
				   .now_ns = clock_now_ns() };
	struct livepage_pipe pages;
	ssize_t differing;

	livepage_pipe_init(&pages, request->live_fd);
	differing = livepage_recheck(&pages.source,
				     request->bytes + write->data_off,
				     write->off, write->len, block_differs,
				     &verdict);
	if (differing < 0) {
		note_copied(fs, request, strerror((int)-differing));
		return differing;
	}
	/* What a shortened WRITE did not ask for is still there. */
	request->live_read = !request->fault.shortens;
	stats_add(&fs->stats.live_writes, 1);
	stats_add(&fs->stats.rechecked_blocks,
		  (write->off + write->len + DIGEST_BLOCK - 1) / DIGEST_BLOCK -
		  write->off / DIGEST_BLOCK);
	if (differing > 0)
		stats_add(&fs->stats.unstable_writes, 1);
	return differing;
}

/* The second look, and the policy. Return: what the kernel is told. */
static int look_again(struct fs *fs, struct request *request)
{
	autoclose int pages_fd = -1;
	int err = writeback_policy_store(fs, request);

	if (err) {
		stats_add(&fs->stats.write_errors, 1);
		return err;
	}
	pages_fd = writeback_policy_keep(fs, request);
	if (recheck(fs, request) > 0 &&
	    !probe_is_watched(fs->probe, request->write.inode))
		err = writeback_policy_changed(fs, request, pages_fd);
	return err;
}

static void finish(struct request *request)
{
	struct request_write *write = &request->write;
	struct fs *fs = fuse_req_userdata(write->req);
	uint64_t unique = request->unique;
	int err = 0;

	if (request->live_fd >= 0)
		err = look_again(fs, request);
	else if (request->should_live)
		note_copied(fs, request, "its pages could not be kept");
	peek_request(fs, request);
	if (err)
		fuse_reply_err(write->req, -err);
	else
		fuse_reply_write(write->req, write->len);
	finding_replied(fs, unique);
}

/*
 * When the window of -o window= ends; 0 for what is not looked at twice, in the
 * page cache or in its writer's memory.
 */
static uint64_t window_end_ns(const struct fs *fs,
			      const struct request *request)
{
	if (!fs->config->window_ns ||
	    (request->live_fd < 0 && !peek_is_sure(fs, request)))
		return 0;
	return request->arrival_ns + fs->config->window_ns;
}

static void wait_and_finish(struct request *request)
{
	struct fs *fs = fuse_req_userdata(request->write.req);

	if (!session_hold_at_reply(request, window_end_ns(fs, request),
				   wait_and_finish))
		finish(request);
}

static void count_write(struct stats *stats, const struct request *request)
{
	stats_add(&stats->writes, 1);
	stats_add(&stats->written_bytes, request->write.len);
	if (request->write.writepage)
		stats_add(&stats->writeback_writes, 1);
	else if (request->flags & O_DIRECT)
		stats_add(&stats->direct_writes, 1);
	else
		stats_add(&stats->through_writes, 1);
}

void writeback_write(struct fs *fs, fuse_req_t req, struct inode *inode,
		     struct handle *handle, const void *data, size_t len,
		     off_t off)
{
	struct request *request = session_current();
	int err;

	request->write = (struct request_write){
		.req = req,
		.inode = inode,
		.handle = handle,
		.off = off,
		.len = len,
		.data_off = (size_t)((const uint8_t *)data - request->bytes),
		.writepage = request->write_flags & FUSE_WRITE_CACHE,
	};
	count_write(&fs->stats, request);
	settle_write(fs, inode, data, len, (uint64_t)off);
	if (request->should_live)
		expect_pages(&fs->expect, fs->session, inode_expect(inode));
	declare_arrived(fs, request, handle);
	err = store_write(fs, inode, handle->fd, data, len, off,
			  request_flip_bit(request, len));
	if (err) {
		stats_add(&fs->stats.write_errors, 1);
		fuse_reply_err(req, -err);
		return;
	}
	request->stored_ns = clock_now_ns();
	wait_and_finish(request);
}
