/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Declarations, and the WRITEs that use them up.
 *
 * A declaration belongs to the open file that it was made through, so that what
 * a client left behind cannot accuse another: RELEASE comes after all WRITEs of
 * what was written through it (fs/fuse/file.c, fuse_release() in 6.18 writes
 * back; a mapping keeps the file open).
 *
 * It is about a block as it will lie in the file. A WRITE that brings all of it
 * can be compared; one that ends inside is as good when nothing of the file
 * comes after, the rest being zeros: page-cache WRITEs are cut at the end of the
 * file. Any other part says nothing about the whole, and leaves it alone.
 */
#include "daemon/declare.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pinfs/ioctl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/digest.h"
#include "common/json.h"
#include "common/mutex.h"
#include "daemon/blockmap.h"
#include "daemon/event.h"
#include "daemon/finding.h"
#include "daemon/fs.h"
#include "daemon/handle.h"
#include "daemon/inode.h"
#include "daemon/request.h"

struct declare {
	struct mutex lock;
	struct blockmap blocks GUARDED_BY(lock);
	/*
	 * Of them; for a look without the lock. Relaxed: whoever declares sends
	 * his WRITE after the reply, through the kernel.
	 */
	atomic_size_t count;
};

int declare_create(struct declare **declare_ret)
{
	struct declare *declare = calloc(1, sizeof(*declare));

	if (!declare)
		return -ENOMEM;
	if (blockmap_init(&declare->blocks, DECLARE_MAX)) {
		free(declare);
		return -ENOMEM;
	}
	mutex_init(&declare->lock);
	*declare_ret = declare;
	return 0;
}

void declare_destroy(struct declare *declare)
{
	if (!declare)
		return;
	blockmap_deinit(&declare->blocks);
	mutex_deinit(&declare->lock);
	free(declare);
}

static void unlock_counted(struct declare *declare) RELEASES(declare->lock)
{
	atomic_store_explicit(&declare->count, blockmap_count(&declare->blocks),
			      memory_order_relaxed);
	mutex_unlock(&declare->lock);
}

static bool is_empty(const struct declare *declare)
{
	return !atomic_load_explicit(&declare->count, memory_order_relaxed);
}

static uint64_t file_of(const struct handle *handle)
{
	return inode_generation(handle->inode);
}

int declare_blocks(struct declare *declare, struct handle *handle,
		   const struct pinfs_ioc_declare *words)
{
	struct blockmap_value value = { .owner = (uintptr_t)handle };
	int err = 0;

	if (!handle->writable)
		return -EBADF;
	atomic_store(&handle->declares, true);
	mutex_lock(&declare->lock);
	for (uint32_t i = 0; i < words->count && !err; i++) {
		value.digest = words->digest[i];
		err = blockmap_put(&declare->blocks, file_of(handle),
				   words->block + i, &value);
	}
	unlock_counted(declare);
	return err;
}

size_t declare_withdraw(struct declare *declare, const struct handle *handle,
			uint64_t block, uint64_t count)
{
	size_t withdrawn;

	mutex_lock(&declare->lock);
	withdrawn = blockmap_drop(&declare->blocks, file_of(handle), block,
				  count);
	unlock_counted(declare);
	return withdrawn;
}

void declare_release(struct declare *declare, const struct handle *handle)
{
	if (!atomic_load(&handle->declares))
		return;
	mutex_lock(&declare->lock);
	blockmap_drop_owner(&declare->blocks, file_of(handle),
			    (uintptr_t)handle);
	unlock_counted(declare);
}

/* ---- arrival ---- */

/* One block of a WRITE, of which it brings @len bytes from the start. */
struct arrival {
	const struct request *request;
	uint64_t block;
	const uint8_t *bytes;
	size_t len;
	uint64_t declared;
	uint64_t arrived;
};

static json_t *declared_json(const struct arrival *arrival, const char *path)
{
	struct inode *inode = arrival->request->write.inode;
	char declared[DIGEST_HEX_SIZE];
	char arrived[DIGEST_HEX_SIZE];

	digest_hex(arrival->declared, declared);
	digest_hex(arrival->arrived, arrived);
	return json_pack(
		"{s:o, s:I, s:I, s:I, s:I, s:s, s:s, s:s, s:I, s:n}",
		"path", json_text(path),
		"ino", (json_int_t)inode_ino(inode),
		"block", (json_int_t)arrival->block,
		"offset", (json_int_t)(arrival->block * DIGEST_BLOCK),
		"length", (json_int_t)arrival->len,
		"declared", declared, "arrived", arrived,
		"origin", request_write_origin(arrival->request),
		"pid", (json_int_t)arrival->request->pid, "evidence");
}

static void block_differs(struct fs *fs, const struct arrival *arrival)
{
	struct inode *inode = arrival->request->write.inode;
	char path[PATH_MAX];

	stats_add(&fs->stats.declared_differing, 1);
	if (!event_allowed(fs->events, inode))
		return;
	inode_path(fs->inodes, inode, NULL, path, sizeof(path));
	finding_report(fs, &(struct finding){
		.event = "declared",
		.inode = inode,
		.block = arrival->block,
		.off = arrival->block * DIGEST_BLOCK,
		.len = arrival->len,
		.images = { { "arrival", arrival->bytes, arrival->arrived } },
		.request = arrival->request,
		.to_ns = arrival->request->arrival_ns,
		.known = FINDING_BUFFER,
		.keys = declared_json(arrival, path),
	});
}

static bool take(struct declare *declare, uint64_t file, uint64_t block,
		 uint64_t *digest_ret)
{
	struct blockmap_value value;
	bool found;

	mutex_lock(&declare->lock);
	found = blockmap_take(&declare->blocks, file, block, &value);
	unlock_counted(declare);
	if (found)
		*digest_ret = value.digest;
	return found;
}

static void compare(struct fs *fs, struct arrival *arrival)
{
	uint64_t file = inode_generation(arrival->request->write.inode);

	if (!take(fs->declare, file, arrival->block, &arrival->declared))
		return;
	arrival->arrived = digest_block(arrival->bytes, arrival->len);
	stats_add(&fs->stats.declared_blocks, 1);
	if (arrival->arrived != arrival->declared)
		block_differs(fs, arrival);
}

/* Does the file end where the WRITE ends, or before? */
static bool ends_file(const struct handle *handle, off_t end)
{
	struct stat attr;

	return !fstat(handle->fd, &attr) && end >= attr.st_size;
}

void declare_arrived(struct fs *fs, const struct request *request,
		     const struct handle *handle)
{
	const struct request_write *write = &request->write;
	const uint8_t *bytes = request->bytes + write->data_off;
	size_t skip = (DIGEST_BLOCK - (size_t)write->off % DIGEST_BLOCK) %
		      DIGEST_BLOCK;
	struct arrival arrival = { .request = request };

	if (is_empty(fs->declare))
		return;
	for (size_t at = skip; at < write->len; at += DIGEST_BLOCK) {
		arrival.block = ((uint64_t)write->off + at) / DIGEST_BLOCK;
		arrival.bytes = bytes + at;
		arrival.len = MIN(write->len - at, (size_t)DIGEST_BLOCK);
		if (arrival.len == DIGEST_BLOCK ||
		    ends_file(handle, write->off + (off_t)write->len))
			compare(fs, &arrival);
	}
}
