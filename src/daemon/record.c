/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts into the log what happens.
 *
 * One lock, held across the write(2) of a record, so that the order of the log
 * is one order of everything. A log that cannot be written hurts nobody but
 * itself: it ends with its last whole record, what comes later is counted as
 * lost, and the requests go on.
 */
#include "daemon/record-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/inode.h"

/* ---- the file ---- */

int record_file_add(struct record_file *file, struct requestlog_record *entry)
{
	uint8_t head[REQUESTLOG_RECORD_BYTES];
	size_t len = requestlog_data_len(entry);
	int err;

	entry->id = file->records + 1;
	entry->t_ns = clock_now_ns();
	requestlog_put_record(entry, head);
	err = fdio_write(file->fd, head, sizeof(head));
	if (!err && len)
		err = fdio_write(file->fd, entry->data, len);
	if (err) {
		/* Where that fails, too, readers see that a part is missing. */
		(void)!ftruncate(file->fd, (off_t)file->bytes);
		return err;
	}
	file->records++;
	file->bytes += sizeof(head) + len;
	return 0;
}

/* ---- what is recorded ---- */

static bool is_on(const struct fs *fs)
{
	/* What it guards is looked at again under the lock. */
	return atomic_load_explicit(&fs->record->on, memory_order_acquire);
}

static bool is_chosen_locked(const struct fs *fs, struct inode *inode)
	REQUIRES(fs->record->lock);
static bool is_chosen_locked(const struct fs *fs, struct inode *inode)
{
	const struct record *record = fs->record;
	char path[PATH_MAX];

	if (!atomic_load(&record->on) || inode_is_planted(inode))
		return false;
	if (record->ino)
		return record->ino == inode_ino(inode);
	inode_path(fs->inodes, inode, NULL, path, sizeof(path));
	return !fnmatch(record->path, path, 0);
}

static void stop_locked(struct fs *fs, int err) REQUIRES(fs->record->lock);
static void stop_locked(struct fs *fs, int err)
{
	struct record *record = fs->record;

	record->err = err;
	log_err("the recording '%s' has stopped after %llu records: %s",
		record->file, (unsigned long long)record->log.records,
		strerror(-err));
	event_write(fs->events, "unrecorded", json_pack(
		"{s:o, s:s, s:I, s:I}", "file", json_text(record->file),
		"reason", strerrorname_np(-err),
		"records", (json_int_t)record->log.records,
		"bytes", (json_int_t)record->log.bytes));
}

/* Return: 0 or why the log has stopped. */
static int add_locked(struct fs *fs, struct requestlog_record *entry)
	REQUIRES(fs->record->lock);
static int add_locked(struct fs *fs, struct requestlog_record *entry)
{
	struct record *record = fs->record;

	if (!record->err) {
		int err = record_file_add(&record->log, entry);

		if (err)
			stop_locked(fs, err);
	}
	record->lost += record->err != 0;
	return record->err;
}

/* A record about a file, if that is one to be recorded. */
static void add(struct fs *fs, struct inode *inode,
		struct requestlog_record entry)
{
	entry.ino = inode_ino(inode);
	mutex_lock(&fs->record->lock);
	if (is_chosen_locked(fs, inode))
		(void)add_locked(fs, &entry);
	mutex_unlock(&fs->record->lock);
}

/* ---- changes ---- */

/* What a descriptor with O_DSYNC has written is on the disk. */
static uint16_t flags_of(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_DSYNC) ? REQUESTLOG_DURABLE : 0;
}

void record_write(struct fs *fs, struct inode *inode, int fd, const void *data,
		  size_t len, off_t off)
{
	if (is_on(fs))
		add(fs, inode, (struct requestlog_record){
			.type = REQUESTLOG_WRITE,
			.flags = flags_of(fd),
			.off = (uint64_t)off,
			.len = len,
			.data = data,
		});
}

/* It is not known what SOURCE has. */
static void give_up(struct fs *fs, struct inode *inode, int err)
{
	mutex_lock(&fs->record->lock);
	if (is_chosen_locked(fs, inode)) {
		if (!fs->record->err)
			stop_locked(fs, err);
		fs->record->lost++;
	}
	mutex_unlock(&fs->record->lock);
}

/* Bytes in @buf of what is left of the range, 0 at the end of the file. */
static ssize_t read_piece(int fd, void *buf, off_t off, off_t end)
{
	size_t len = (size_t)MIN(end - off, (off_t)RECORD_PIECE);

	return len ? fdio_pread(fd, buf, len, off) : 0;
}

void record_range(struct fs *fs, struct inode *inode, int fd, off_t off,
		  off_t len)
{
	autofree uint8_t *buf = NULL;
	off_t end = off + len;
	ssize_t n;

	if (!is_on(fs))
		return;
	buf = malloc(RECORD_PIECE);
	n = buf ? read_piece(fd, buf, off, end) : -ENOMEM;
	while (n > 0) {
		record_write(fs, inode, -1, buf, (size_t)n, off);
		off += n;
		n = read_piece(fd, buf, off, end);
	}
	if (n < 0)
		give_up(fs, inode, (int)n);
}

void record_size(struct fs *fs, struct inode *inode, off_t size)
{
	if (is_on(fs))
		add(fs, inode, (struct requestlog_record){
			.type = REQUESTLOG_SIZE,
			.off = (uint64_t)size,
		});
}

void record_fallocate(struct fs *fs, struct inode *inode, int mode, off_t off,
		      off_t len)
{
	if (is_on(fs))
		add(fs, inode, (struct requestlog_record){
			.type = REQUESTLOG_FALLOCATE,
			.arg = (uint32_t)mode,
			.off = (uint64_t)off,
			.len = (uint64_t)len,
		});
}

/* ---- durability ---- */

struct record_sync record_sync_begin(struct fs *fs, struct inode *inode)
{
	struct requestlog_record entry = { .type = REQUESTLOG_SYNC_BEGUN };
	struct record_sync sync = { 0 };

	if (!is_on(fs))
		return sync;
	entry.ino = inode_ino(inode);
	mutex_lock(&fs->record->lock);
	if (is_chosen_locked(fs, inode) && !add_locked(fs, &entry)) {
		sync.recording = fs->record->number;
		sync.id = entry.id;
	}
	mutex_unlock(&fs->record->lock);
	return sync;
}

void record_sync_end(struct fs *fs, struct inode *inode,
		     const struct record_sync *sync, int err)
{
	struct requestlog_record entry = {
		.type = REQUESTLOG_SYNC_ENDED,
		.arg = (uint32_t)-err,
		.ino = inode_ino(inode),
		.other = sync->id,
	};

	if (!sync->id)
		return;
	mutex_lock(&fs->record->lock);
	if (atomic_load(&fs->record->on) &&
	    fs->record->number == sync->recording)
		(void)add_locked(fs, &entry);
	mutex_unlock(&fs->record->lock);
}

int record_mark(struct fs *fs, const char *text)
{
	struct requestlog_record entry = {
		.type = REQUESTLOG_MARK,
		.len = strlen(text),
		.data = text,
	};
	int err = -ENOENT;

	mutex_lock(&fs->record->lock);
	if (atomic_load(&fs->record->on)) {
		err = add_locked(fs, &entry);
		fs->record->marks += !err;
	}
	mutex_unlock(&fs->record->lock);
	return err;
}

/* ---- what there is to say ---- */

json_t *record_json(struct fs *fs)
{
	struct record *record = fs->record;
	json_t *object = json_null();

	mutex_lock(&record->lock);
	if (atomic_load(&record->on))
		object = json_pack(
			"{s:o, s:I, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:s?}",
			"file", json_text(record->file),
			"ino", (json_int_t)record->ino,
			"path", record->path ? json_text(record->path) :
					       json_null(),
			"scope", record->owner ? "connection" : "mount",
			"since_us", (json_int_t)((clock_now_ns() -
						  record->start_ns) / 1000),
			"records", (json_int_t)record->log.records,
			"bytes", (json_int_t)record->log.bytes,
			"marks", (json_int_t)record->marks,
			"lost", (json_int_t)record->lost,
			"stopped", record->err ? strerrorname_np(-record->err) :
						 NULL);
	mutex_unlock(&record->lock);
	return object;
}
