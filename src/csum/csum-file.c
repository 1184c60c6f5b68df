/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of checksums: opening and judging it, its header, its end. Its
 * checksums are csum-block.c's, the records of its regions csum-region.c's.
 *
 * A descriptor is opened when one is needed and kept until csum_file_rest().
 */
#include "csum/csum-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "csum/csum-file-internal.h"

/* ---- the descriptor ---- */

static int open_path(const struct csum_file *file, int flags)
{
	int fd = openat(file->store->dir_fd, file->path,
			flags | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

/* Use the descriptor; when there is none, @spare_fd becomes it. */
static bool use(struct csum_file *file, int *spare_fd, int *fd_ret)
{
	bool usable;

	mutex_lock(&file->lock);
	if (file->fd < 0)
		file->fd = steal_fd(spare_fd);
	usable = file->fd >= 0;
	if (usable) {
		file->fd_users++;
		file->resting = false;
		*fd_ret = file->fd;
	}
	mutex_unlock(&file->lock);
	return usable;
}

int csum_file_get_fd(struct csum_file *file, int *fd_ret)
{
	autoclose int fd = -1;

	if (atomic_load(&file->gone))
		return -ENOENT;
	if (use(file, &fd, fd_ret))
		return 0;
	fd = open_path(file, 0);
	if (fd < 0)
		return fd;
	use(file, &fd, fd_ret);
	return 0;
}

static int rest_locked(struct csum_file *file) REQUIRES(file->lock);
static int rest_locked(struct csum_file *file)
{
	if (file->fd_users || !file->resting)
		return -1;
	csum_region_forget_locked(file, false);
	return steal_fd(&file->fd);
}

void csum_file_put_fd(struct csum_file *file)
{
	int fd;

	mutex_lock(&file->lock);
	file->fd_users--;
	fd = rest_locked(file);
	mutex_unlock(&file->lock);
	if (fd >= 0)
		close(fd);
}

void csum_file_rest(struct csum_file *file)
{
	int fd;

	mutex_lock(&file->lock);
	file->resting = true;
	fd = rest_locked(file);
	mutex_unlock(&file->lock);
	if (fd >= 0)
		close(fd);
}

/* ---- the header ---- */

static uint64_t header_check(const struct csum_disk_header *header)
{
	return htole64(digest_bytes(header, offsetof(struct csum_disk_header,
						     check)));
}

static void fill_header(const struct csum_file *file,
			const struct stat *attr,
			struct csum_disk_header *header)
{
	*header = (struct csum_disk_header){
		.magic = CSUM_FILE_MAGIC,
		.version = htole32(CSUM_VERSION),
		.block_bytes = htole32(DIGEST_BLOCK),
		.region_blocks = htole32(CSUM_REGION_BLOCKS),
		.group_regions = htole32(CSUM_GROUP_REGIONS),
		.key_type = htole32(file->key.type),
		.key_bytes = htole32(file->key.bytes),
	};
	memcpy(header->key, file->key.data, sizeof(header->key));
	memcpy(header->boot_id, file->store->boot_id, sizeof(header->boot_id));
	if (attr) {
		header->stamp_session = htole32(file->store->session);
		header->size = htole64((uint64_t)attr->st_size);
		header->ctime_sec = (int64_t)htole64(
			(uint64_t)attr->st_ctim.tv_sec);
		header->ctime_nsec = htole32((uint32_t)attr->st_ctim.tv_nsec);
	}
	header->check = header_check(header);
}

static int write_header(struct csum_file *file, int fd, const struct stat *attr)
{
	struct csum_disk_header header;

	fill_header(file, attr, &header);
	return fdio_pwrite(fd, &header, sizeof(header), 0);
}

int csum_file_stamp(struct csum_file *file, const struct stat *attr)
{
	int fd;
	int err = csum_store_change(file->store);

	if (!err)
		err = csum_file_get_fd(file, &fd);
	if (err)
		return err == -ENOENT ? 0 : err;
	err = write_header(file, fd, attr);
	csum_file_put_fd(file);
	return err;
}

static bool is_ours(const struct csum_file *file,
		    const struct csum_disk_header *header)
{
	struct csum_disk_header own;

	fill_header(file, NULL, &own);
	return header->check == header_check(header) &&
	       !memcmp(header, &own, offsetof(struct csum_disk_header, boot_id));
}

/*
 * Return: 0, -EILSEQ it is not one of ours, -errno. The end of an inode that has
 * just been forgotten may be writing a stamp: then it is whole a moment later.
 */
static int read_header(const struct csum_file *file, int fd,
		       struct csum_disk_header *header)
{
	for (int try = 0; try < 3; try++) {
		memset(header, 0, sizeof(*header));
		if (fdio_pread(fd, header, sizeof(*header), 0) < 0)
			return -errno;
		if (is_ours(file, header))
			return 0;
		clock_sleep_ns(CLOCK_NS_PER_MS);
	}
	return -EILSEQ;
}

static bool was_changed(const struct csum_file *file,
			const struct csum_disk_header *header,
			const struct stat *attr)
{
	if (!csum_store_stamp_holds(file->store, le32toh(header->stamp_session)))
		return false;
	return le64toh(header->size) != (uint64_t)attr->st_size ||
	       (int64_t)le64toh((uint64_t)header->ctime_sec) !=
	       attr->st_ctim.tv_sec ||
	       le32toh(header->ctime_nsec) != attr->st_ctim.tv_nsec;
}

/* ---- opening ---- */

uint64_t csum_file_end_of(off_t size)
{
	uint64_t at = size > CSUM_HEADER_BYTES ?
		(uint64_t)size - CSUM_HEADER_BYTES : 0;
	uint64_t rest = at % CSUM_GROUP_BYTES;

	rest = rest > CSUM_RECORDS_BYTES ? (rest - CSUM_RECORDS_BYTES + 7) / 8 :
					   0;
	return at / CSUM_GROUP_BYTES * CSUM_GROUP_BLOCKS + rest;
}

/* Nothing of it holds any more: durably, before anybody relies on that. */
static int reset(struct csum_file *file, int fd)
{
	int err = csum_store_change(file->store);

	if (!err && ftruncate(fd, 0))
		err = -errno;
	if (!err)
		err = write_header(file, fd, NULL);
	if (!err && fdatasync(fd))
		err = -errno;
	atomic_store(&file->end, 0);
	return err;
}

static int judge(struct csum_file *file, int fd, const struct stat *attr,
		 enum csum_found *found_ret) NO_THREAD_SAFETY
{
	struct csum_disk_header header;
	struct stat own;
	int err = read_header(file, fd, &header);

	if (err && err != -EILSEQ)
		return err;
	if (fstat(fd, &own))
		return -errno;
	*found_ret = CSUM_FOUND_KEPT;
	if (err)
		*found_ret = CSUM_FOUND_DAMAGED;
	else if (was_changed(file, &header, attr))
		*found_ret = CSUM_FOUND_CHANGED;
	if (*found_ret != CSUM_FOUND_KEPT)
		return reset(file, fd);
	atomic_store(&file->end, csum_file_end_of(own.st_size));
	file->name_durable = csum_store_is_durable(
		file->store, le32toh(header.stamp_session));
	return 0;
}

static int create(struct csum_file *file)
{
	char dir[3] = { file->path[0], file->path[1], '\0' };
	int fd = open_path(file, O_CREAT);

	if (fd == -ENOENT) {
		if (mkdirat(file->store->dir_fd, dir, 0700) && errno != EEXIST)
			return -errno;
		fd = open_path(file, O_CREAT);
	}
	return fd;
}

static int open_or_create(struct csum_file *file, const struct stat *attr,
			  bool may_create, enum csum_found *found_ret)
{
	int err;
	int fd = open_path(file, 0);

	*found_ret = CSUM_FOUND_NONE;
	if (fd >= 0) {
		err = judge(file, fd, attr, found_ret);
		atomic_store(&file->durable, true);
	} else if (fd == -ENOENT && may_create) {
		err = csum_store_change(file->store);
		if (err)
			return err;
		fd = create(file);
		err = fd < 0 ? fd : write_header(file, fd, NULL);
		/* One cut short would be taken for a damaged one. */
		if (err)
			csum_file_remove(file);
	} else {
		return fd;
	}
	file->fd = fd;
	return err;
}

static struct csum_file *new_file(struct csum_store *store)
{
	struct csum_file *file = calloc(1, sizeof(*file));

	if (file && htab_init(&file->regions)) {
		free(file);
		return NULL;
	}
	if (!file)
		return NULL;
	file->store = store;
	file->fd = -1;
	mutex_init(&file->lock);
	mutex_cond_init(&file->changed);
	return file;
}

int csum_file_open(struct csum_store *store, int fd, bool may_create,
		   struct csum_file **file_ret, enum csum_found *found_ret)
	NO_THREAD_SAFETY
{
	struct csum_file *file = new_file(store);
	struct stat attr;
	int err = file ? 0 : -ENOMEM;

	*file_ret = NULL;
	*found_ret = CSUM_FOUND_NONE;
	if (!err)
		err = csum_key_get(fd, store->handles, &file->key);
	if (!err && fstatat(fd, "", &attr, AT_EMPTY_PATH))
		err = -errno;
	if (!err) {
		csum_key_path(&file->key, file->path);
		err = open_or_create(file, &attr, may_create, found_ret);
	}
	if (err) {
		csum_file_close(file);
		return err == -ENOENT ? 0 : err;
	}
	*file_ret = file;
	return 0;
}

void csum_file_close(struct csum_file *file) NO_THREAD_SAFETY
{
	if (!file)
		return;
	csum_region_forget_locked(file, true);
	htab_deinit(&file->regions);
	if (file->fd >= 0)
		close(file->fd);
	mutex_cond_deinit(&file->changed);
	mutex_deinit(&file->lock);
	free(file);
}

static int unlink_checksums(struct csum_file *file)
{
	atomic_store(&file->gone, true);
	if (!unlinkat(file->store->dir_fd, file->path, 0) || errno == ENOENT)
		return 0;
	return -errno;
}

void csum_file_remove(struct csum_file *file)
{
	int err = unlink_checksums(file);

	if (err)
		log_debug("checksums %s: %s", file->path, strerror(-err));
}

/* Nothing lies in a directory that is not there. */
static int sync_removal(const struct csum_file *file)
{
	char name[3] = { file->path[0], file->path[1], '\0' };
	autoclose int fd = openat(file->store->dir_fd, name, O_RDONLY |
				  O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return fsync(fd) ? -errno : 0;
}

int csum_file_abandon(struct csum_file *file)
{
	int err = unlink_checksums(file);

	if (!err)
		err = sync_removal(file);
	if (!err)
		atomic_store(&file->abandoned, true);
	return err;
}

bool csum_file_is_abandoned(struct csum_file *file)
{
	return atomic_load(&file->abandoned);
}
