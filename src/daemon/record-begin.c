/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning and the end of a recording. The log is a new file; of one file
 * of SOURCE it may begin with the content, read while nobody changes it.
 */
#include "daemon/record-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/store.h"

/* One that is not yet the mount's. */
struct beginning {
	struct fs *fs;
	const struct record_choice *choice;
	int source_fd;		/* of the file that is recorded, or -1 */
	struct record_file log;
	char *file;		/* both to be handed over */
	char *path;
	const char *why;
};

int record_create(struct record **record_ret)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return -ENOMEM;
	atomic_init(&record->on, false);
	mutex_init(&record->lock);
	record->log.fd = -1;
	*record_ret = record;
	return 0;
}

static void end_locked(struct record *record) REQUIRES(record->lock);
static void end_locked(struct record *record)
{
	atomic_store(&record->on, false);
	close(record->log.fd);
	free(record->file);
	free(record->path);
	record->log = (struct record_file){ .fd = -1 };
	record->file = NULL;
	record->path = NULL;
	record->claimed = false;
}

void record_destroy(struct record *record)
{
	if (!record)
		return;
	mutex_lock(&record->lock);
	if (atomic_load(&record->on))
		end_locked(record);
	mutex_unlock(&record->lock);
	mutex_deinit(&record->lock);
	free(record);
}

/* ---- the log ---- */

/* What the mount's own requests would wait for: they would wait for themselves. */
static bool is_on_mount(const struct fs *fs, const char *path)
{
	size_t len = strlen(fs->mountpoint);

	return !strncmp(path, fs->mountpoint, len) &&
	       (path[len] == '/' || len == 1);
}

static int open_log(struct beginning *beginning)
{
	const struct fs *fs = beginning->fs;
	const char *path = beginning->choice->file;
	struct stat attr;

	if (is_on_mount(fs, path)) {
		beginning->why = "file= is on the mount itself";
		return -EINVAL;
	}
	beginning->log.fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC |
				 O_NOFOLLOW, 0600);
	if (beginning->log.fd < 0)
		return -errno;
	/* By way of a symbolic link. */
	if (!fstat(beginning->log.fd, &attr) && attr.st_dev == fs->dev) {
		beginning->why = "file= is on the mount itself";
		return -EINVAL;
	}
	return 0;
}

static int put_header(struct beginning *beginning)
{
	struct requestlog_header header = {
		.start_ns = clock_now_ns(),
		.ino = beginning->choice->ino,
	};
	uint8_t bytes[REQUESTLOG_HEADER_BYTES];
	struct timespec now;
	int err;

	clock_gettime(CLOCK_REALTIME, &now);
	header.start_real_ns = (uint64_t)now.tv_sec * CLOCK_NS_PER_SEC +
			       (uint64_t)now.tv_nsec;
	requestlog_put_header(&header, bytes);
	err = fdio_write(beginning->log.fd, bytes, sizeof(bytes));
	if (!err)
		beginning->log.bytes = sizeof(bytes);
	return err;
}

/* ---- its content ---- */

static int put_piece(struct beginning *beginning, void *buf, off_t off,
		     size_t len)
{
	struct requestlog_record entry = {
		.type = REQUESTLOG_BASE_DATA,
		.ino = beginning->choice->ino,
		.off = (uint64_t)off,
		.data = buf,
	};
	ssize_t n = fdio_pread(beginning->source_fd, buf, len, off);

	if (n < 0)
		return (int)n;
	entry.len = (uint64_t)n;
	return n ? record_file_add(&beginning->log, &entry) : 0;
}

/* All between two offsets, none of it a hole. */
static int put_data(struct beginning *beginning, void *buf, off_t off, off_t end)
{
	int err = 0;

	for (; !err && off < end; off += RECORD_PIECE)
		err = put_piece(beginning, buf, off,
				(size_t)MIN(end - off, (off_t)RECORD_PIECE));
	return err;
}

/* From @off on: where data begins and ends. Return: 0; -ENXIO none; -errno. */
static int find_data(int fd, off_t *off, off_t *end)
{
	*off = lseek(fd, *off, SEEK_DATA);
	*end = *off < 0 ? -1 : lseek(fd, *off, SEEK_HOLE);
	return *end < 0 ? -errno : 0;
}

static int put_base(struct beginning *beginning)
{
	struct requestlog_record entry = {
		.type = REQUESTLOG_BASE_SIZE,
		.ino = beginning->choice->ino,
	};
	autofree void *buf = malloc(RECORD_PIECE);
	off_t off = 0, end = 0;
	struct stat attr;
	int err;

	if (!buf)
		return -ENOMEM;
	if (fstat(beginning->source_fd, &attr))
		return -errno;
	entry.off = (uint64_t)attr.st_size;
	err = record_file_add(&beginning->log, &entry);
	while (!err) {
		err = find_data(beginning->source_fd, &off, &end);
		if (!err)
			err = put_data(beginning, buf, off, end);
		off = end;
	}
	return err == -ENXIO ? 0 : err;
}

/* ---- from now on ---- */

static void install(struct beginning *beginning)
{
	const struct record_choice *choice = beginning->choice;
	struct record *record = beginning->fs->record;

	mutex_lock(&record->lock);
	record->log = beginning->log;
	record->file = beginning->file;
	record->path = beginning->path;
	record->ino = choice->ino;
	record->owner = choice->owner;
	record->start_ns = clock_now_ns();
	record->marks = 0;
	record->lost = 0;
	record->err = 0;
	record->number++;
	atomic_store(&record->on, true);
	mutex_unlock(&record->lock);
}

/* Nobody changes the file meanwhile. */
static int begin_still(void *context)
{
	struct beginning *beginning = context;
	int err = beginning->choice->base ? put_base(beginning) : 0;

	if (!err)
		install(beginning);
	return err;
}

/* Nobody must see it in the time of the last access. */
static int open_source(struct fs *fs, struct inode *inode)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;
	int fd = inode_open(fs->inodes, inode, flags | O_NOATIME);

	return fd == -EPERM ? inode_open(fs->inodes, inode, flags) : fd;
}

static int begin_file(struct beginning *beginning)
{
	struct fs *fs = beginning->fs;
	struct inode *inode = inode_find(fs->inodes, beginning->choice->ino);
	int err = 0;

	if (!inode) {
		beginning->why = "the kernel knows no file with this inode "
				 "number";
		return -ENOENT;
	}
	if (!S_ISREG(inode_type(inode))) {
		beginning->why = "ino= is no regular file";
		err = -EINVAL;
	}
	if (!err)
		err = beginning->source_fd = open_source(fs, inode);
	if (err >= 0)
		err = store_still(inode, begin_still, beginning);
	if (beginning->source_fd >= 0)
		close(beginning->source_fd);
	inode_forget(fs->inodes, inode, 1);
	return err;
}

static int begin(struct beginning *beginning)
{
	const struct record_choice *choice = beginning->choice;
	int err;

	beginning->file = strdup(choice->file);
	beginning->path = choice->path ? strdup(choice->path) : NULL;
	if (!beginning->file || (choice->path && !beginning->path))
		return -ENOMEM;
	err = open_log(beginning);
	if (!err)
		err = put_header(beginning);
	if (!err && choice->ino)
		return begin_file(beginning);
	if (!err)
		install(beginning);
	return err;
}

static bool claim(struct record *record)
{
	bool free;

	mutex_lock(&record->lock);
	free = !record->claimed;
	record->claimed = true;
	mutex_unlock(&record->lock);
	return free;
}

static void unclaim(struct record *record)
{
	mutex_lock(&record->lock);
	record->claimed = false;
	mutex_unlock(&record->lock);
}

int record_begin(struct fs *fs, const struct record_choice *choice,
		 const char **why_ret)
{
	struct beginning beginning = {
		.fs = fs,
		.choice = choice,
		.source_fd = -1,
		.log = { .fd = -1 },
	};
	int err;

	*why_ret = NULL;
	if (!claim(fs->record)) {
		*why_ret = "something is being recorded already";
		return -EBUSY;
	}
	err = begin(&beginning);
	if (!err)
		return 0;
	if (beginning.log.fd >= 0) {
		close(beginning.log.fd);
		unlink(choice->file);
	}
	free(beginning.file);
	free(beginning.path);
	unclaim(fs->record);
	*why_ret = beginning.why;
	return err;
}

/* ---- the end ---- */

int record_end(struct fs *fs, json_t *reply)
{
	json_t *last = record_json(fs);
	bool was_on;
	int err = 0;

	mutex_lock(&fs->record->lock);
	was_on = atomic_load(&fs->record->on);
	if (was_on)
		end_locked(fs->record);
	mutex_unlock(&fs->record->lock);
	if (!was_on)
		err = -ENOENT;
	else if (reply && (!last || json_object_update(reply, last)))
		err = -ENOMEM;
	json_decref(last);
	return err;
}

void record_end_owner(struct fs *fs, uint64_t owner)
{
	mutex_lock(&fs->record->lock);
	if (atomic_load(&fs->record->on) && fs->record->owner == owner)
		end_locked(fs->record);
	mutex_unlock(&fs->record->lock);
}
