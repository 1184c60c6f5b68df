/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why no page-cache WRITE is missed.
 *
 * The kernel sends a WRITE of page-cache pages through an open file that may
 * write (fs/fuse/file.c: fuse_write_file_get() warns when there is none, 6.18).
 * Its pages came into the page cache by a READ that the daemon answered, or by
 * write(2) through a file without O_DIRECT, whose WRITE comes before its
 * RELEASE. Once there they may stay after the last close (FOPEN_KEEP_CACHE), so
 * a file of which a READ was answered or such a WRITE was seen is remembered for
 * as long as the kernel knows its inode.
 *
 * So with no file that has a writer and may have pages, or has a writer without
 * O_DIRECT, none can come. (FUSE_NOTIFY_STORE brings pages, too: the probe's
 * are of a file with a writer without O_DIRECT, the verb "store" is for tests.)
 * Before the request that changes this is answered, every worker that might
 * still receive by read(2) is waited for: what it gets was queued before.
 *
 * What this cannot know: fcntl(F_SETFL) that takes O_DIRECT off an open file. A
 * WRITE that then comes without its live view is counted and said like every
 * other one that lost it (copied_writes), and the file is expected to have pages
 * from then on.
 */
#include "daemon/expect.h"

#include "daemon/session.h"

void expect_init(struct expect *expect)
{
	mutex_init(&expect->lock);
	atomic_init(&expect->files, 0);
}

void expect_deinit(struct expect *expect)
{
	mutex_deinit(&expect->lock);
}

static bool counts(const struct expect_file *file)
{
	return file->buffered || (file->writers && atomic_load(&file->pages));
}

/*
 * A change of writers, or (with none) the first pages. Nobody who comes second
 * may go on before the first has settled: so the lock is held meanwhile, and
 * pages, which is looked at without it, is set afterwards.
 */
static void update(struct expect *expect, struct session *session,
		   struct expect_file *file, int writers, int buffered)
{
	bool pages;
	bool before;
	bool after;

	mutex_lock(&expect->lock);
	before = counts(file);
	pages = atomic_load(&file->pages) || !writers;
	file->writers += writers;
	file->buffered += buffered;
	after = file->buffered || (file->writers && pages);
	if (before && !after)
		atomic_fetch_sub(&expect->files, 1);
	if (!before && after) {
		atomic_fetch_add(&expect->files, 1);
		session_settle(session);
	}
	atomic_store(&file->pages, pages);
	mutex_unlock(&expect->lock);
}

void expect_open(struct expect *expect, struct session *session,
		 struct expect_file *file, bool writable, bool direct)
{
	if (writable)
		update(expect, session, file, 1, !direct);
}

void expect_release(struct expect *expect, struct expect_file *file,
		    bool writable, bool direct)
{
	if (writable)
		update(expect, NULL, file, -1, direct ? 0 : -1);
}

void expect_pages(struct expect *expect, struct session *session,
		  struct expect_file *file)
{
	if (!atomic_load(&file->pages))
		update(expect, session, file, 0, 0);
}
