/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a power cut would leave of a file: images made from a log of all that was
 * done to it (common/requestlog.h).
 *
 * A point is an instant between two records at which an image, or what was
 * promised about it, is another one than before: point 0 is the beginning of the
 * log, and there is one behind each change, each sync that has made something
 * durable, and each mark. At a point every change that is not yet durable may be
 * in the image or not; the kind of an image says which are.
 */
#ifndef PIN_CRASHIMAGE_H
#define PIN_CRASHIMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

struct crashimage;

enum { CRASHIMAGE_WHY_SIZE = 200, CRASHIMAGE_BLOCK = 4096 };

enum crashimage_kind {
	CRASHIMAGE_ORDERED,	/* every change has reached the media */
	CRASHIMAGE_FLUSHED,	/* only what is durable: all others are lost */
	CRASHIMAGE_WITHOUT,	/* one is lost: the seed-th that is not durable */
	CRASHIMAGE_SUBSET,	/* each one that is not durable by chance */
	CRASHIMAGE_TORN,	/* the same, for each of a write's blocks */
	CRASHIMAGE_NKINDS,
};

/* Words for them: "ordered", "flushed", ... */
const char *crashimage_kind_name(enum crashimage_kind kind);

/* What images are made of; the descriptors stay the caller's. */
struct crashimage_source {
	int log_fd;		/* the log, to read; need not be complete */
	/*
	 * The file as it was when the log began. -1: the log has that itself
	 * (the daemon's verb: record base), or the file was empty.
	 */
	int base_fd;
	/*
	 * An empty regular file, to read and write, for the durable part of the
	 * points (O_TMPFILE, memfd). On the filesystem of the images, and that one
	 * with reflinks, an image costs what differs.
	 */
	int work_fd;
	uint64_t ino;		/* which file; 0: the only one of the log */
};

struct crashimage_point {
	uint64_t record;	/* behind the record with this id; 0: the first */
	uint64_t t_ns;		/* CLOCK_MONOTONIC of that record */
	size_t marks;		/* set until then: crashimage_mark() 0 to marks - 1 */
	size_t pending;		/* changes that are not durable */
	/*
	 * Is the image of ORDERED or FLUSHED, or the number of marks, another one
	 * than at the point before? Where not, it need not be made again.
	 */
	bool news[CRASHIMAGE_FLUSHED + 1];
};

/**
 * crashimage_open() - read a log
 * @source:  not needed afterwards, its descriptors are, until the close
 * @why_ret: on failure, one sentence
 *
 * Return: 0; -EBADMSG no log, or damaged; -EPROTONOSUPPORT a newer log; -ENOENT
 * nothing of the file is in it; -ENOTUNIQ several files, and no @source->ino;
 * -errno.
 */
int crashimage_open(const struct crashimage_source *source,
		    struct crashimage **image_ret,
		    char why_ret[CRASHIMAGE_WHY_SIZE]) MUST_CHECK;
void crashimage_close(struct crashimage *image);	/* NULL is allowed */

/* Bytes at the end of the log that are no whole record: its writer was killed. */
uint64_t crashimage_rest_bytes(const struct crashimage *image);
/* Inode number of the file. */
uint64_t crashimage_ino(const struct crashimage *image);
/* How many points there are; at least 1. */
size_t crashimage_npoints(const struct crashimage *image);
/* @n: below crashimage_npoints() */
void crashimage_point(const struct crashimage *image, size_t n,
		      struct crashimage_point *point_ret);
/* A mark's text, @n as in struct crashimage_point; lives as long as @image. */
const char *crashimage_mark(const struct crashimage *image, size_t n);

/**
 * crashimage_build() - make the image of a point
 * Costs least when @n never gets smaller from one call to the next.
 *
 * @n:    the point
 * @seed: WITHOUT: 0 to pending - 1; SUBSET, TORN: the same seed makes the same
 *        image; else not looked at
 * @fd:   a regular file, to write, whose content becomes the image, as sparse as
 *        it can be
 *
 * Return: 0; -ERANGE there is no such point, or nothing that @seed could be
 * about; -ENOTSUP the log has a fallocate(2) that is not known here; -errno.
 */
int crashimage_build(struct crashimage *image, size_t n,
		     enum crashimage_kind kind, uint64_t seed, int fd)
	MUST_CHECK;

#endif
