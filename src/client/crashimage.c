/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the images. The working file has the durable changes of the point that
 * was asked for last, and goes forward with the points; an image is a copy of it
 * with those of the other changes that its kind has.
 */
#include "client/crashimage-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/random.h"

const char *crashimage_kind_name(enum crashimage_kind kind)
{
	static const char *const names[CRASHIMAGE_NKINDS] = {
		[CRASHIMAGE_ORDERED] = "ordered",
		[CRASHIMAGE_FLUSHED] = "flushed",
		[CRASHIMAGE_WITHOUT] = "without",
		[CRASHIMAGE_SUBSET] = "subset",
		[CRASHIMAGE_TORN] = "torn",
	};

	return names[kind];
}

int crashimage_open(const struct crashimage_source *source,
		    struct crashimage **image_ret,
		    char why_ret[CRASHIMAGE_WHY_SIZE])
{
	struct crashimage *image = calloc(1, sizeof(*image));
	int err;

	if (!image)
		return -ENOMEM;
	image->source = *source;
	err = crashimage_read_log(image, why_ret);
	if (err) {
		crashimage_close(image);
		return err;
	}
	*image_ret = image;
	return 0;
}

void crashimage_close(struct crashimage *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->nentries; i++)
		free(image->entries[i].text);
	free(image->entries);
	free(image->base);
	free(image->changes);
	free(image->marks);
	free(image->points);
	free(image);
}

/* ---- what there is ---- */

uint64_t crashimage_rest_bytes(const struct crashimage *image)
{
	return image->rest_bytes;
}

uint64_t crashimage_ino(const struct crashimage *image)
{
	return image->ino;
}

size_t crashimage_npoints(const struct crashimage *image)
{
	return image->npoints;
}

const char *crashimage_mark(const struct crashimage *image, size_t n)
{
	return n < image->nmarks ? image->marks[n] : NULL;
}

/* Durable only by a sync that has not come. */
static bool is_pending(const struct crashimage *image, size_t change)
{
	return !(image->changes[change]->record.flags & REQUESTLOG_DURABLE);
}

static size_t count_pending(const struct crashimage *image,
			    const struct crashimage_instant *instant)
{
	size_t count = 0;

	for (size_t i = instant->durable; i < instant->changes; i++)
		count += is_pending(image, i);
	return count;
}

void crashimage_point(const struct crashimage *image, size_t n,
		      struct crashimage_point *point_ret)
{
	const struct crashimage_instant *now = &image->points[n];
	const struct crashimage_instant *last = n ? now - 1 : NULL;
	bool promise = !last || last->marks != now->marks;

	assert(n < image->npoints);
	*point_ret = (struct crashimage_point){
		.record = now->record ? now->record->id : 0,
		.t_ns = now->record ? now->record->t_ns :
				      image->header.start_ns,
		.marks = now->marks,
		.pending = count_pending(image, now),
		.news = {
			[CRASHIMAGE_ORDERED] = promise ||
				last->changes != now->changes,
			[CRASHIMAGE_FLUSHED] = promise ||
				last->durable != now->durable ||
				last->alone != now->alone,
		},
	};
}

/* ---- the working file ---- */

static int begin_work(struct crashimage *image)
{
	int work_fd = image->source.work_fd;
	int err = 0;

	image->made = false;
	if (image->source.base_fd >= 0)
		err = crashimage_copy(image->source.base_fd, work_fd);
	else if (ftruncate(work_fd, 0))
		err = -errno;
	for (size_t i = 0; !err && image->source.base_fd < 0 && i < image->nbase;
	     i++)
		err = crashimage_apply(image, image->base[i], work_fd);
	image->made = !err;
	image->applied = 0;
	return err;
}

/* The working file has the first @count changes, and no other. */
static int go_to(struct crashimage *image, size_t count)
{
	int err = 0;

	if (!image->made || image->applied > count)
		err = begin_work(image);
	while (!err && image->applied < count) {
		err = crashimage_apply(image, image->changes[image->applied],
				       image->source.work_fd);
		image->applied++;
	}
	/* Part of a change may be there. */
	if (err)
		image->made = false;
	return err;
}

/* ---- images ---- */

/* An image in the making. */
struct making {
	struct crashimage *image;
	enum crashimage_kind kind;
	uint64_t seed;
	uint64_t state;		/* of the chance */
	size_t pending;		/* changes that are pending, so far */
	int fd;
};

static bool toss(struct making *making)
{
	return random_next(&making->state) >> 63;
}

/* Some of a write's blocks. */
static int tear(struct making *making, const struct crashimage_entry *entry)
{
	uint64_t end = entry->record.off + entry->record.len;
	uint64_t off = entry->record.off;
	int err = 0;

	while (!err && off < end) {
		uint64_t next = MIN(off - off % CRASHIMAGE_BLOCK +
				    CRASHIMAGE_BLOCK, end);

		if (toss(making))
			err = crashimage_apply_part(making->image, entry, off,
						    next, making->fd);
		off = next;
	}
	return err;
}

/* Has it got there? It is pending. */
static bool is_there(struct making *making)
{
	switch (making->kind) {
	case CRASHIMAGE_ORDERED:
		return true;
	case CRASHIMAGE_WITHOUT:
		return making->pending - 1 != making->seed;
	case CRASHIMAGE_SUBSET:
	case CRASHIMAGE_TORN:
		return toss(making);
	default:
		return false;
	}
}

static int put_change(struct making *making, size_t change)
{
	struct crashimage *image = making->image;
	const struct crashimage_entry *entry = image->changes[change];

	if (is_pending(image, change)) {
		making->pending++;
		if (making->kind == CRASHIMAGE_TORN &&
		    entry->record.type == REQUESTLOG_WRITE)
			return tear(making, entry);
		if (!is_there(making))
			return 0;
	}
	return crashimage_apply(image, entry, making->fd);
}

/* Is there anything that the seed could be about? */
static bool has_choice(size_t pending, enum crashimage_kind kind, uint64_t seed)
{
	if (kind == CRASHIMAGE_WITHOUT)
		return seed < pending;
	return pending || (kind != CRASHIMAGE_SUBSET && kind != CRASHIMAGE_TORN);
}

int crashimage_build(struct crashimage *image, size_t n,
		     enum crashimage_kind kind, uint64_t seed, int fd)
{
	struct making making = {
		.image = image,
		.kind = kind,
		.seed = seed,
		.state = seed,
		.fd = fd,
	};
	const struct crashimage_instant *now;
	int err;

	if (n >= image->npoints)
		return -ERANGE;
	now = &image->points[n];
	if (!has_choice(count_pending(image, now), kind, seed))
		return -ERANGE;
	err = go_to(image, now->durable);
	if (!err)
		err = crashimage_copy(image->source.work_fd, fd);
	for (size_t i = now->durable; !err && i < now->changes; i++)
		err = put_change(&making, i);
	return err;
}
