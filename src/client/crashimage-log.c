/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a log, and finds in it the changes, marks and points of one file.
 *
 * All records are kept, their data stays in the log. What a sync that has ended
 * well makes durable is what was changed before it began, so an instant knows its
 * durable changes by their number: those of the best of such syncs.
 */
#include "client/crashimage-internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fdio.h"

static int fail(char why[CRASHIMAGE_WHY_SIZE], int err, const char *text)
{
	snprintf(why, CRASHIMAGE_WHY_SIZE, "%s", text);
	return err;
}

/* ---- records ---- */

/* Where in the log a reader is. */
struct reader {
	struct crashimage *image;
	uint64_t at;
	uint64_t end;		/* of the log as it was at first */
	uint8_t *bytes;		/* of one record */
	size_t room;
	size_t capacity;	/* of image->entries */
};

static int grow(struct reader *reader, size_t size)
{
	uint8_t *bytes;

	if (size <= reader->room)
		return 0;
	bytes = realloc(reader->bytes, size);
	if (!bytes)
		return -ENOMEM;
	reader->bytes = bytes;
	reader->room = size;
	return 0;
}

/* The next bytes of the log, @len of them. Return: 1; 0 it ends before; -errno. */
static int load(struct reader *reader, size_t len)
{
	ssize_t n;
	int err;

	if (reader->end - reader->at < len)
		return 0;
	err = grow(reader, len);
	if (err)
		return err;
	n = fdio_pread(reader->image->source.log_fd, reader->bytes, len,
		       (off_t)reader->at);
	return n < 0 ? (int)n : n == (ssize_t)len;
}

static int keep(struct reader *reader, const struct requestlog_record *record)
{
	struct crashimage *image = reader->image;
	struct crashimage_entry *entry;

	if (image->nentries == reader->capacity) {
		size_t capacity = MAX(2 * reader->capacity, (size_t)256);

		entry = reallocarray(image->entries, capacity, sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		image->entries = entry;
		reader->capacity = capacity;
	}
	entry = &image->entries[image->nentries];
	*entry = (struct crashimage_entry){
		.record = *record,
		.data_at = reader->at + REQUESTLOG_RECORD_BYTES,
	};
	entry->record.data = NULL;
	if (record->type == REQUESTLOG_MARK) {
		entry->text = strndup(record->data, record->len);
		if (!entry->text)
			return -ENOMEM;
	}
	image->nentries++;
	return 0;
}

/* Return: 1; 0 there is no whole one any more; -errno. */
static int read_record(struct reader *reader)
{
	struct requestlog_record record;
	int ret = load(reader, REQUESTLOG_RECORD_BYTES);
	ssize_t len;

	if (ret <= 0)
		return ret;
	len = requestlog_record_len(reader->bytes);
	ret = len < 0 ? (int)len : load(reader, (size_t)len);
	if (ret <= 0)
		return ret;
	len = requestlog_get_record(reader->bytes, (size_t)len, &record);
	if (len < 0)
		return (int)len;
	if (record.id != reader->image->nentries + 1)
		return -EBADMSG;
	ret = keep(reader, &record);
	reader->at += (uint64_t)len;
	return ret ? ret : 1;
}

static int read_header(struct reader *reader, char why[CRASHIMAGE_WHY_SIZE])
{
	int ret = load(reader, REQUESTLOG_HEADER_BYTES);

	if (ret > 0)
		ret = requestlog_get_header(reader->bytes,
					    &reader->image->header);
	else if (!ret)
		ret = -EBADMSG;
	if (ret == -EBADMSG)
		return fail(why, ret, "this is no log of requests");
	if (ret == -EPROTONOSUPPORT)
		return fail(why, ret, "this log is of another version");
	if (ret)
		return fail(why, ret, strerror(-ret));
	reader->at = REQUESTLOG_HEADER_BYTES;
	return 0;
}

static int read_all(struct crashimage *image, char why[CRASHIMAGE_WHY_SIZE])
{
	struct reader reader = { .image = image };
	struct stat attr;
	int ret;

	if (fstat(image->source.log_fd, &attr))
		return fail(why, -errno, "the log cannot be looked at");
	reader.end = (uint64_t)attr.st_size;
	ret = read_header(&reader, why);
	if (!ret) {
		do {
			ret = read_record(&reader);
		} while (ret > 0);
		if (ret)
			snprintf(why, CRASHIMAGE_WHY_SIZE, "record %zu of the "
				 "log: %s", image->nentries + 1,
				 ret == -EBADMSG ? "damaged" : strerror(-ret));
		image->rest_bytes = reader.end - reader.at;
	}
	free(reader.bytes);
	return ret;
}

/* ---- one file ---- */

static int choose_file(struct crashimage *image, char why[CRASHIMAGE_WHY_SIZE])
{
	uint64_t wanted = image->source.ino ? image->source.ino :
					      image->header.ino;
	uint64_t found = 0;

	for (size_t i = 0; i < image->nentries; i++) {
		uint64_t ino = image->entries[i].record.ino;

		if (!ino || (wanted && ino != wanted))
			continue;
		if (found && ino != found)
			return fail(why, -ENOTUNIQ, "the log is about several "
				    "files: one has to be chosen");
		found = ino;
	}
	/* To have asked for it by its number is to know that nothing came. */
	if (!found && (!wanted || wanted != image->header.ino))
		return fail(why, -ENOENT, "the log has nothing about the file");
	image->ino = found ? found : wanted;
	return 0;
}

static int make_room(struct crashimage *image)
{
	size_t n = image->nentries + 1;

	image->base = calloc(n, sizeof(const struct crashimage_entry *));
	image->changes = calloc(n, sizeof(const struct crashimage_entry *));
	image->marks = calloc(n, sizeof(const char *));
	image->points = calloc(n, sizeof(*image->points));
	return image->base && image->changes && image->marks && image->points ?
		0 : -ENOMEM;
}

/* ---- points ---- */

static void add_point(struct crashimage *image,
		      const struct crashimage_instant *now,
		      const struct requestlog_record *record)
{
	image->points[image->npoints] = *now;
	image->points[image->npoints++].record = record;
}

/* Return: what it has made durable is more than was; -EBADMSG. */
static int end_sync(const struct crashimage *image,
		    const struct requestlog_record *record,
		    struct crashimage_instant *now)
{
	const struct crashimage_entry *begun;

	if (!record->other || record->other >= record->id)
		return -EBADMSG;
	begun = &image->entries[record->other - 1];
	if (begun->record.type != REQUESTLOG_SYNC_BEGUN ||
	    begun->record.ino != record->ino)
		return -EBADMSG;
	if (record->arg || begun->before <= now->durable)
		return 0;
	now->durable = begun->before;
	return 1;
}

/* Return: is there a point behind it; -EBADMSG. */
static int take(struct crashimage *image, struct crashimage_entry *entry,
		struct crashimage_instant *now)
{
	const struct requestlog_record *record = &entry->record;

	switch (record->type) {
	case REQUESTLOG_BASE_SIZE:
	case REQUESTLOG_BASE_DATA:
		image->base[image->nbase++] = entry;
		return now->changes ? -EBADMSG : 0;
	case REQUESTLOG_SYNC_BEGUN:
		entry->before = now->changes;
		return 0;
	case REQUESTLOG_SYNC_ENDED:
		return end_sync(image, record, now);
	case REQUESTLOG_MARK:
		image->marks[image->nmarks++] = entry->text;
		now->marks++;
		return 1;
	default:
		image->changes[image->nchanges++] = entry;
		now->changes++;
		now->alone += record->flags & REQUESTLOG_DURABLE;
		return 1;
	}
}

static int find_points(struct crashimage *image)
{
	struct crashimage_instant now = { .record = NULL };

	add_point(image, &now, NULL);
	for (size_t i = 0; i < image->nentries; i++) {
		struct crashimage_entry *entry = &image->entries[i];
		int ret = 0;

		if (!entry->record.ino || entry->record.ino == image->ino)
			ret = take(image, entry, &now);
		if (ret < 0)
			return ret;
		if (ret)
			add_point(image, &now, &entry->record);
	}
	return 0;
}

int crashimage_read_log(struct crashimage *image,
			char why_ret[CRASHIMAGE_WHY_SIZE])
{
	int err = read_all(image, why_ret);

	if (!err)
		err = choose_file(image, why_ret);
	if (err)
		return err;
	err = make_room(image);
	if (!err)
		err = find_points(image);
	return err ? fail(why_ret, err, err == -EBADMSG ?
			  "the records of the log do not fit together" :
			  strerror(-err)) : 0;
}
