/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checksums of the mount's files: finding them, judging what was found,
 * and the end.
 *
 * An inode's checksums are looked for before anything about the file changes, so
 * that size and ctime can still tell whether it was changed while pinfs was not
 * there. Once looked for they stay with the inode; when the kernel forgets it, or
 * the mount ends in order, size and ctime as they are then are stamped on them.
 */
#include "daemon/store.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "csum/csum-store.h"
#include "daemon/audit.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/receipt.h"
#include "daemon/state.h"
#include "daemon/store-internal.h"

struct store {
	struct csum_store *csum;
};

void store_file_init(struct store_file *file)
{
	range_list_init(&file->busy);
	mutex_init(&file->lock);
	atomic_init(&file->csum, NULL);
	atomic_init(&file->looked, false);
	atomic_init(&file->found, CSUM_FOUND_NONE);
	atomic_init(&file->touched, false);
}

void store_file_deinit(struct store_file *file)
{
	csum_file_close(atomic_load(&file->csum));
	mutex_deinit(&file->lock);
	range_list_deinit(&file->busy);
}

/* ---- finding checksums ---- */

static bool can_have_checksums(const struct inode *inode)
{
	return S_ISREG(inode_type(inode)) && !inode_is_planted(inode);
}

static void note_found(struct fs *fs, struct inode *inode,
		       enum csum_found found)
{
	static const char *const reasons[] = {
		[CSUM_FOUND_CHANGED] = "changed while pinfs was not there",
		[CSUM_FOUND_DAMAGED] = "its checksums are damaged",
	};
	char path[PATH_MAX];

	if (found != CSUM_FOUND_CHANGED && found != CSUM_FOUND_DAMAGED)
		return;
	stats_add(&fs->stats.adopted_files, 1);
	inode_path(fs->inodes, inode, NULL, path, sizeof(path));
	event_write(fs->events, "adopted", json_pack(
		"{s:o, s:I, s:s}", "path", json_text(path),
		"ino", (json_int_t)inode_ino(inode), "reason", reasons[found]));
}

static void log_failure(const char *what, int err)
{
	static struct log_limit limit = LOG_LIMIT(60, 3);
	unsigned int more;

	if (log_allowed(&limit, &more))
		log_err("the checksums of a file cannot be %s: %s", what,
			strerror(-err));
}

/*
 * Open the checksums. Where none can be made the file goes without; those that
 * there are must be known before bytes change.
 */
static int open_checksums(struct fs *fs, int fd, bool create,
			  struct csum_file **csum_ret, enum csum_found *found_ret)
{
	struct csum_store *store = fs->store->csum;
	int err = csum_file_open(store, fd, create, csum_ret, found_ret);

	if (err && err != -EOPNOTSUPP && create) {
		log_failure("made", err);
		err = csum_file_open(store, fd, false, csum_ret, found_ret);
	}
	if (err == -EOPNOTSUPP)
		return 0;
	if (err)
		log_failure("opened", err);
	return err;
}

/*
 * Under the file's lock, which nobody takes for anything else: two openings of
 * one file of checksums would each have their own idea of its regions.
 */
static int look_locked(struct fs *fs, struct inode *inode, int fd, bool create)
{
	struct store_file *file = inode_store(inode);
	enum csum_found found;
	struct csum_file *csum;
	int err = open_checksums(fs, fd, create, &csum, &found);

	if (err)
		return err;
	if (csum)
		note_found(fs, inode, found);
	atomic_store(&file->found, found);
	atomic_store(&file->csum, csum);
	atomic_store(&file->looked, true);
	return 0;
}

/* Look for an inode's checksums, if that has not been done. */
static int look(struct fs *fs, struct inode *inode, int fd, bool create)
{
	struct store_file *file = inode_store(inode);
	int err = 0;

	create = create && fs->config->csum == CONFIG_CSUM_ON;
	if (atomic_load(&file->csum) ||
	    (atomic_load(&file->looked) && !create) ||
	    !can_have_checksums(inode))
		return 0;
	mutex_lock(&file->lock);
	if (!atomic_load(&file->csum))
		err = look_locked(fs, inode, fd, create);
	mutex_unlock(&file->lock);
	return err;
}

static void note_change(struct fs *fs, struct inode *inode, uint64_t from,
			uint64_t to)
{
	uint64_t off = from * DIGEST_BLOCK;
	uint64_t len = to > UINT64_MAX / DIGEST_BLOCK ? UINT64_MAX - off :
		       (to - from) * DIGEST_BLOCK;

	audit_note_write(fs, inode, off, len);
}

int store_begin(struct store_work *work, struct fs *fs, struct inode *inode,
		int fd, uint64_t from, uint64_t to, bool shared, bool create)
{
	struct store_file *file = inode_store(inode);
	int err = look(fs, inode, fd, create);

	*work = (struct store_work){
		.fs = fs,
		.inode = inode,
		.file = file,
		.fd = fd,
		.csum = atomic_load(&file->csum),
	};
	if (err && !shared)
		return err;
	if (work->csum && csum_file_is_abandoned(work->csum))
		work->csum = NULL;
	if (!shared) {
		atomic_store(&file->touched, true);
		note_change(fs, inode, from, to);
	}
	range_own(&file->busy, &work->range, from, to, shared);
	return 0;
}

/* What READs have sent of it is what it was. */
static void forget_sent(const struct store_work *work)
{
	uint64_t from = work->range.from;
	uint64_t to = work->range.to;

	receipt_forget(work->fs->receipt, work->inode,
		       (off_t)(from * DIGEST_BLOCK),
		       to > INT64_MAX / DIGEST_BLOCK ? INT64_MAX :
		       (off_t)((to - from) * DIGEST_BLOCK));
}

void store_done(struct store_work *work)
{
	if (!work->range.shared)
		forget_sent(work);
	range_disown(&work->file->busy, &work->range);
}

int store_still(struct inode *inode, int (*fn)(void *context), void *context)
{
	struct range_list *busy = &inode_store(inode)->busy;
	struct range range;
	int err;

	range_own(busy, &range, 0, UINT64_MAX, true);
	err = fn(context);
	range_disown(busy, &range);
	return err;
}

int store_size(int fd, off_t *size_ret)
{
	struct stat attr;

	if (fstat(fd, &attr))
		return -errno;
	*size_ret = attr.st_size;
	return 0;
}

int store_give_up(struct store_work *work, int err)
{
	static struct log_limit limit = LOG_LIMIT(60, 3);
	unsigned int more;

	if (log_allowed(&limit, &more))
		log_err("checksums cannot be written (%s): this file has none "
			"from now on (%u more of these)", strerror(-err), more);
	stats_add(&work->fs->stats.abandoned_files, 1);
	err = csum_file_abandon(work->csum);
	work->csum = NULL;
	return err;
}

/* ---- what changes besides bytes ---- */

void store_touch(struct fs *fs, struct inode *inode)
{
	struct store_file *file = inode_store(inode);
	struct inode_fd fd;

	if (!can_have_checksums(inode))
		return;
	if (!atomic_load(&file->looked)) {
		if (inode_fd_get(fs->inodes, inode, &fd))
			return;
		/* What fails is tried again before bytes change. */
		if (!look(fs, inode, fd.fd, false))
			store_rest(inode);
		inode_fd_put(fs->inodes, &fd);
	}
	atomic_store(&file->touched, true);
}

void store_touch_name(struct fs *fs, struct inode *parent, const char *name)
{
	struct inode *inode;
	struct stat attr;

	if (inode_lookup(fs->inodes, parent, name, &inode, &attr))
		return;
	store_touch(fs, inode);
	inode_forget(fs->inodes, inode, 1);
}

void store_rest(struct inode *inode)
{
	struct csum_file *csum = atomic_load(&inode_store(inode)->csum);

	if (csum)
		csum_file_rest(csum);
}

/* ---- the end ---- */

void store_forget(void *context, struct inode *inode)
{
	struct fs *fs = context;
	struct store_file *file = inode_store(inode);
	struct csum_file *csum = atomic_load(&file->csum);
	struct stat attr;
	int err;

	if (!csum || !atomic_exchange(&file->touched, false))
		return;
	err = inode_last_attr(fs->inodes, inode, &attr);
	if (err == -ESTALE || (!err && !attr.st_nlink))
		csum_file_remove(csum);
	else if (!err)
		err = csum_file_stamp(csum, &attr);
	csum_file_rest(csum);
	if (err && err != -ESTALE)
		log_debug("a file's checksums are not stamped: %s",
			  strerror(-err));
}

void store_end(struct fs *fs)
{
	inode_for_each(fs->inodes, store_forget, fs);
	csum_store_end(fs->store->csum, fs->source_fd);
}

int store_create(struct fs *fs)
{
	struct store *store = calloc(1, sizeof(*store));
	int err;

	if (!store)
		return -ENOMEM;
	err = csum_store_open(state_fd(fs->state), fs->source_fd, &store->csum);
	if (err) {
		free(store);
		return err;
	}
	fs->store = store;
	return 0;
}

void store_destroy(struct store *store)
{
	if (!store)
		return;
	csum_store_close(store->csum);
	free(store);
}
