/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of regions: who can be blamed for a mismatch.
 *
 * While the boot lasts, checksums are exact: a block is unverified before its
 * bytes change. A power cut loses an unknown part of what was not synced, bytes
 * and checksums each on their own, and then a mismatch proves nothing. So each
 * region has a record of the session that changed it, or is sealed:
 *
 *   open     record is a session. Trusted in the same boot, and for ever if that
 *            session was brought to the disk when it ended; otherwise a mismatch
 *            makes the block unverified. Matching blocks stay verified.
 *   sealed   after fdatasync(bytes), then fdatasync(checksums), with no change
 *            since. A mismatch is the bytes' fault.
 *
 * This is a write-intent bit the other way round: what is new needs no barrier,
 * because nobody trusts it. Before the first change in a region that will be
 * trusted after a power cut, the record of its opening is made durable: one
 * fdatasync(2), the price. A region that is opened again soon after it was sealed
 * is being written and synced in turn; it is left open until it has been quiet for
 * a second, so that a database pays once.
 *
 * Records are written by one thread at a time ("recording"); a region that is
 * sealed is so in memory before it is on the disk, so that nobody changes it in
 * between.
 *
 * A region whose record is not trusted, and that this session opens, would be
 * trusted from then on. So its mismatches are marked unverified first: two
 * mebibytes are read.
 */
#include "csum/csum-file-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "csum/csum-file.h"

enum { QUIET_NS = 1000000000 };	/* a region that changes is sealed after this */

struct region {
	struct htab_node node;
	uint64_t index;
	uint32_t record;
	unsigned int busy;	/* between begin and end */
	bool hot;		/* was opened soon after it was sealed */
	uint64_t changed;	/* file->seq of its last change */
	uint64_t changed_ns;	/* and when */
	uint64_t sealed_ns;	/* when; 0: not by us */
};

static bool has_index(const struct htab_node *node, const void *key)
{
	return container_of(node, struct region, node)->index ==
	       *(const uint64_t *)key;
}

static struct region *find_locked(struct csum_file *file, uint64_t index)
	REQUIRES(file->lock);
static struct region *find_locked(struct csum_file *file, uint64_t index)
{
	struct htab_node *node = htab_find(&file->regions,
					   digest_bytes(&index, sizeof(index)),
					   has_index, &index);

	return node ? container_of(node, struct region, node) : NULL;
}

static struct region *add_locked(struct csum_file *file, uint64_t index)
	REQUIRES(file->lock);
static struct region *add_locked(struct csum_file *file, uint64_t index)
{
	struct region *region = calloc(1, sizeof(*region));

	if (!region)
		return NULL;
	region->index = index;
	htab_insert(&file->regions, &region->node,
		    digest_bytes(&index, sizeof(index)));
	return region;
}

void csum_region_forget_locked(struct csum_file *file, bool all)
{
	struct htab_node *next;

	for (struct htab_node *node = htab_next(&file->regions, NULL); node;
	     node = next) {
		struct region *region = container_of(node, struct region, node);

		next = htab_next(&file->regions, node);
		if (!all && (region->busy ||
			     region->record == file->store->session))
			continue;
		htab_remove(&file->regions, node);
		free(region);
	}
}

/* ---- on the disk ---- */

static int read_record(int fd, uint64_t index, uint32_t *record_ret)
{
	uint32_t record = 0;
	ssize_t n = fdio_pread(fd, &record, sizeof(record),
			       csum_record_at(index));

	*record_ret = le32toh(record);
	return n < 0 ? (int)n : 0;
}

static int write_record(int fd, uint64_t index, uint32_t record)
{
	record = htole32(record);
	return fdio_pwrite(fd, &record, sizeof(record), csum_record_at(index));
}

bool csum_file_trusts(struct csum_file *file, uint64_t block)
{
	uint64_t index = block / CSUM_REGION_BLOCKS;
	struct region *region;
	uint32_t record = 0;
	bool known;
	int fd;

	mutex_lock(&file->lock);
	region = find_locked(file, index);
	known = region;
	if (region)
		record = region->record;
	mutex_unlock(&file->lock);
	if (!known) {
		if (csum_file_get_fd(file, &fd))
			return false;
		if (read_record(fd, index, &record))
			record = 0;
		csum_file_put_fd(file);
	}
	return csum_store_trusts(file->store, record);
}

/* ---- settling what nobody can be blamed for ---- */

static void settle_block(struct csum_file *file, int data_fd, uint64_t block,
			 uint64_t digest)
{
	uint8_t bytes[DIGEST_BLOCK];
	ssize_t n;

	if (digest <= CSUM_BAD)
		return;
	n = fdio_pread(data_fd, bytes, sizeof(bytes),
		       (off_t)(block * DIGEST_BLOCK));
	if (n < 0 || csum_of_block(bytes, (size_t)n) != digest)
		csum_file_drop(file, block);
}

static int settle(struct csum_file *file, int data_fd, uint64_t index)
{
	uint64_t digests[CSUM_REGION_BLOCKS];
	uint64_t first = index * CSUM_REGION_BLOCKS;
	int err = csum_file_read(file, first, CSUM_REGION_BLOCKS, digests);

	for (unsigned int i = 0; !err && i < CSUM_REGION_BLOCKS; i++)
		settle_block(file, data_fd, first + i, digests[i]);
	return err;
}

/* ---- opening ---- */

/* Its record: as known, else as on the disk; from then on it is known. */
static int get_record(struct csum_file *file, int fd, uint64_t index,
		      uint32_t *record_ret)
{
	struct region *region;
	uint32_t stored;
	int err = read_record(fd, index, &stored);

	if (err)
		return err;
	mutex_lock(&file->lock);
	region = find_locked(file, index);
	if (!region) {
		region = add_locked(file, index);
		if (region)
			region->record = stored;
	}
	if (region)
		*record_ret = region->record;
	mutex_unlock(&file->lock);
	return region ? 0 : -ENOMEM;
}

/*
 * Open one region on the disk. @sync_ret: this has to be durable before a
 * change. The one who records. In memory it is open when that has been done: one
 * that fails in between is opened again, however it looks on the disk.
 */
static int open_one(struct csum_file *file, int fd, int data_fd,
		    uint64_t index, bool *sync_ret)
{
	struct csum_store *store = file->store;
	uint32_t record = 0;
	int err = get_record(file, fd, index, &record);

	if (err || record == store->session)
		return err;
	if (csum_store_is_durable(store, record))
		*sync_ret = true;
	if (!csum_store_trusts(store, record))
		err = settle(file, data_fd, index);
	return err ? err : write_record(fd, index, store->session);
}

/* It is open: say so to everybody. We use the file, so it is still known. */
static void note_open(struct csum_file *file, uint64_t index)
{
	struct region *region;
	uint64_t now_ns = clock_now_ns();

	mutex_lock(&file->lock);
	region = find_locked(file, index);
	if (region->record != file->store->session) {
		region->hot = region->sealed_ns &&
			      now_ns - region->sealed_ns < QUIET_NS;
		region->record = file->store->session;
	}
	mutex_unlock(&file->lock);
}

static int open_regions(struct csum_file *file, int data_fd, uint64_t first,
			uint64_t last)
{
	bool sync = false;
	int err = csum_store_change(file->store);
	int fd;

	if (!err)
		err = csum_file_get_fd(file, &fd);
	if (err)
		return err;
	for (uint64_t i = first; !err && i <= last; i++)
		err = open_one(file, fd, data_fd, i, &sync);
	if (!err && sync && fdatasync(fd))
		err = -errno;
	for (uint64_t i = first; !err && i <= last; i++)
		note_open(file, i);
	csum_file_put_fd(file);
	return err;
}

static bool are_open_locked(struct csum_file *file, uint64_t first,
			    uint64_t last) REQUIRES(file->lock);
static bool are_open_locked(struct csum_file *file, uint64_t first,
			    uint64_t last)
{
	for (uint64_t i = first; i <= last; i++) {
		struct region *region = find_locked(file, i);

		if (!region || region->record != file->store->session)
			return false;
	}
	return true;
}

static void start_recording_locked(struct csum_file *file) REQUIRES(file->lock);
static void start_recording_locked(struct csum_file *file)
{
	while (file->recording)
		mutex_cond_wait(&file->changed, &file->lock);
	file->recording = true;
}

static void stop_recording_locked(struct csum_file *file) REQUIRES(file->lock);
static void stop_recording_locked(struct csum_file *file)
{
	file->recording = false;
	mutex_cond_broadcast(&file->changed);
}

/* Note a change in regions that are open; @busy: that many more at work. */
static void note_change_locked(struct csum_file *file, uint64_t first,
			       uint64_t last, int busy) REQUIRES(file->lock);
static void note_change_locked(struct csum_file *file, uint64_t first,
			       uint64_t last, int busy)
{
	uint64_t now_ns = clock_now_ns();

	for (uint64_t i = first; i <= last; i++) {
		struct region *region = find_locked(file, i);

		region->busy += busy;
		region->changed = ++file->seq;
		region->changed_ns = now_ns;
	}
}

int csum_region_begin(struct csum_file *file, int data_fd, uint64_t block,
		      uint64_t to)
{
	uint64_t first = block / CSUM_REGION_BLOCKS;
	uint64_t last = (to - 1) / CSUM_REGION_BLOCKS;
	int err = 0;

	mutex_lock(&file->lock);
	while (!err && !are_open_locked(file, first, last)) {
		start_recording_locked(file);
		mutex_unlock(&file->lock);
		err = open_regions(file, data_fd, first, last);
		mutex_lock(&file->lock);
		stop_recording_locked(file);
	}
	if (!err)
		note_change_locked(file, first, last, 1);
	mutex_unlock(&file->lock);
	return err;
}

void csum_region_end(struct csum_file *file, uint64_t block, uint64_t to)
{
	mutex_lock(&file->lock);
	note_change_locked(file, block / CSUM_REGION_BLOCKS,
			   (to - 1) / CSUM_REGION_BLOCKS, -1);
	mutex_unlock(&file->lock);
}

void csum_region_discard(struct csum_file *file)
{
	mutex_lock(&file->lock);
	file->discards++;
	/* Who seals has not looked yet, or is waited for. */
	while (file->recording)
		mutex_cond_wait(&file->changed, &file->lock);
	mutex_unlock(&file->lock);
}

/* All that is known: which of them it met is not worth telling apart. */
void csum_region_discarded(struct csum_file *file)
{
	mutex_lock(&file->lock);
	file->discards--;
	file->seq++;
	for (struct htab_node *node = htab_next(&file->regions, NULL); node;
	     node = htab_next(&file->regions, node))
		container_of(node, struct region, node)->changed = file->seq;
	mutex_unlock(&file->lock);
}

/* ---- sealing ---- */

uint64_t csum_file_sync_begin(struct csum_file *file)
{
	uint64_t seq;

	mutex_lock(&file->lock);
	seq = file->seq;
	mutex_unlock(&file->lock);
	return seq;
}

static bool can_seal(const struct csum_file *file, const struct region *region,
		     uint64_t begun, uint64_t now_ns)
{
	if (region->record != file->store->session || region->busy ||
	    region->changed > begun)
		return false;
	return !region->hot || now_ns - region->changed_ns >= QUIET_NS;
}

/* In memory; the disk follows. @list_ret: their numbers, malloc'ed. */
static int seal_locked(struct csum_file *file, uint64_t begun,
		       uint64_t **list_ret, size_t *count_ret)
	REQUIRES(file->lock);
static int seal_locked(struct csum_file *file, uint64_t begun,
		       uint64_t **list_ret, size_t *count_ret)
{
	uint64_t now_ns = clock_now_ns();

	*count_ret = 0;
	*list_ret = malloc(MAX(file->regions.count, 1) * sizeof(**list_ret));
	if (!*list_ret)
		return -ENOMEM;
	if (file->discards)
		return 0;
	for (struct htab_node *node = htab_next(&file->regions, NULL); node;
	     node = htab_next(&file->regions, node)) {
		struct region *region = container_of(node, struct region, node);

		if (!can_seal(file, region, begun, now_ns))
			continue;
		region->record = CSUM_SEALED;
		region->sealed_ns = now_ns;
		(*list_ret)[(*count_ret)++] = region->index;
	}
	if (*count_ret)
		atomic_store(&file->durable, true);
	return 0;
}

/* Their names, too: a checksum that cannot be found protects nothing. */
static int sync_name(struct csum_file *file)
{
	char name[3] = { file->path[0], file->path[1], '\0' };
	autoclose int dir = openat(file->store->dir_fd, name, O_RDONLY |
				   O_DIRECTORY | O_CLOEXEC);
	autoclose int parent = openat(file->store->dir_fd, ".", O_RDONLY |
				      O_DIRECTORY | O_CLOEXEC);
	bool durable;

	mutex_lock(&file->lock);
	durable = file->name_durable;
	mutex_unlock(&file->lock);
	if (durable)
		return 0;
	if (dir < 0 || parent < 0 || fsync(dir) || fsync(parent))
		return -errno;
	mutex_lock(&file->lock);
	file->name_durable = true;
	mutex_unlock(&file->lock);
	return 0;
}

static int seal(struct csum_file *file, int fd, uint64_t begun)
{
	autofree uint64_t *list = NULL;
	size_t count;
	int err;

	mutex_lock(&file->lock);
	start_recording_locked(file);
	err = seal_locked(file, begun, &list, &count);
	mutex_unlock(&file->lock);
	/* One that is not written stays open on the disk: nobody is blamed. */
	for (size_t i = 0; !err && i < count; i++)
		err = write_record(fd, list[i], CSUM_SEALED);
	mutex_lock(&file->lock);
	stop_recording_locked(file);
	mutex_unlock(&file->lock);
	return err;
}

int csum_file_sync_end(struct csum_file *file, uint64_t begun)
{
	int fd;
	int err = csum_file_get_fd(file, &fd);

	if (err)
		return err == -ENOENT ? 0 : err;
	/*
	 * What the kernel could not write it tells once, and calls clean then: the
	 * next fdatasync(2) proves nothing, so nothing is sealed any more.
	 */
	if (fdatasync(fd)) {
		err = -errno;
		atomic_store(&file->unsure, true);
	}
	if (!err)
		err = sync_name(file);
	if (!err && !atomic_load(&file->unsure))
		err = seal(file, fd, begun);
	csum_file_put_fd(file);
	return err;
}
