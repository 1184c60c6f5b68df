/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a page that has changed while it was under writeback: the four
 * answers that filesystems have.
 *
 *   report    nothing: SOURCE has the bytes of the first look, and their checksum.
 *   rewrite   what is there now is stored, with its checksum, and looked at again,
 *             until two looks agree.
 *   fail      the WRITE fails with EIO, so that fsync(2) tells.
 *   zerocopy  what a filesystem does that takes the checksum of a page and then
 *             hands the page itself to the disk: the checksum is that of the
 *             first look, the bytes are the page's as they are at the end.
 */
#include "daemon/writeback-policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/fs.h"
#include "daemon/handle.h"
#include "daemon/livepage.h"
#include "daemon/request.h"
#include "daemon/store.h"

enum { REWRITE_TRIES = 8 };	/* then the follow-up WRITE has to do it */

static void log_no_pages(int err)
{
	static struct log_limit limit = LOG_LIMIT(60, 1);
	unsigned int more;

	if (log_allowed(&limit, &more))
		log_err("live pages cannot be kept for the policy: %s",
			strerror(-err));
}

/* ---- zerocopy ---- */

int writeback_policy_store(struct fs *fs, const struct request *request)
{
	const struct request_write *write = &request->write;
	autoclose int pages = -1;

	if (fs->config->policy != CONFIG_POLICY_ZEROCOPY ||
	    request->live_fd < 0)
		return 0;
	pages = livepage_again(request->live_fd, write->len);
	if (pages < 0) {
		log_no_pages(pages);
		return 0;
	}
	return store_overwrite(fs, write->inode, write->handle->fd, pages,
			       write->len, write->off);
}

/* ---- rewrite ---- */

/* All live bytes now. Return: 0 or -errno. */
static int look_again(const struct request *request, uint8_t *bytes)
{
	size_t len = request->write.len;
	struct livepage_pipe pages;
	autoclose int fd = livepage_again(request->live_fd, len);
	ssize_t n;

	if (fd < 0)
		return fd;
	livepage_pipe_init(&pages, fd);
	n = pages.source.look(&pages.source, bytes, len);
	if (n < 0)
		return (int)n;
	return n == (ssize_t)len ? 0 : -ENODATA;
}

static int rewrite(struct fs *fs, const struct request *request, uint8_t *last,
		   uint8_t *now)
{
	const struct request_write *write = &request->write;
	int err = 0;

	for (int try = 0; !err && try < REWRITE_TRIES; try++) {
		err = look_again(request, now);
		if (err || !memcmp(last, now, write->len))
			return err;
		err = store_write(fs, write->inode, write->handle->fd, now,
				  write->len, write->off, STORE_NO_FLIP);
		memcpy(last, now, write->len);
	}
	return err;
}

/* SOURCE has the snapshot, and the pages have changed. */
static void rewrite_changed(struct fs *fs, const struct request *request)
{
	size_t len = request->write.len;
	autofree uint8_t *last = malloc(len);
	autofree uint8_t *now = malloc(len);
	int err = -ENOMEM;

	stats_add(&fs->stats.rewritten_writes, 1);
	if (last && now) {
		memcpy(last, request->bytes + request->write.data_off, len);
		err = rewrite(fs, request, last, now);
	}
	if (err)
		log_no_pages(err);
}

int writeback_policy_changed(struct fs *fs, const struct request *request,
			     int pages_fd)
{
	struct request again = *request;

	switch (fs->config->policy) {
	case CONFIG_POLICY_REWRITE:
		again.live_fd = pages_fd;
		if (pages_fd >= 0)
			rewrite_changed(fs, &again);
		return 0;
	case CONFIG_POLICY_FAIL:
		stats_add(&fs->stats.failed_writes, 1);
		return -EIO;
	default:
		return 0;
	}
}

int writeback_policy_keep(struct fs *fs, const struct request *request)
{
	int fd;

	if (fs->config->policy != CONFIG_POLICY_REWRITE)
		return -1;
	fd = livepage_again(request->live_fd, request->write.len);
	if (fd < 0)
		log_no_pages(fd);
	return fd;
}
