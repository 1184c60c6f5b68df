/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Can a WRITE of page-cache pages come at all? While it cannot, requests are
 * received by read(2), which costs less than splice, tee and read.
 */
#ifndef PIN_EXPECT_H
#define PIN_EXPECT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "common/compiler.h"
#include "common/mutex.h"

struct session;

/* What is known of one file; embedded in its inode, zero at first. */
struct expect_file {
	atomic_bool pages;	/* pages of it may be in the page cache */
	unsigned int writers;	/* open handles that may write; expect's lock */
	unsigned int buffered;	/* of these, without O_DIRECT */
};

struct expect {
	struct mutex lock;
	atomic_uint files;	/* whose pages may be written back */
};

void expect_init(struct expect *expect);
void expect_deinit(struct expect *expect);

/**
 * expect_open() - a file is being opened
 * @writable: whether this handle may write; only then something is counted
 * @direct:   opened with O_DIRECT
 * Context: before the reply to OPEN or CREATE; may wait for other workers'
 * receives, which do not block.
 */
void expect_open(struct expect *expect, struct session *session,
		 struct expect_file *file, bool writable, bool direct);
/* The handle of an expect_open() with the same words goes. */
void expect_release(struct expect *expect, struct expect_file *file,
		    bool writable, bool direct);
/**
 * expect_pages() - pages of the file may be cached from now on: a READ of it is
 * about to be answered, or a WRITE of its pages has come
 * Context: as expect_open(); the first call of a file counts, others cost a load.
 */
void expect_pages(struct expect *expect, struct session *session,
		  struct expect_file *file);

/* May a WRITE of page-cache pages come? Sequentially consistent. */
static inline bool expect_writeback(const struct expect *expect)
{
	return atomic_load(&((struct expect *)expect)->files) != 0;
}

#endif
