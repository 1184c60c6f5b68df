/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The looks of an audit: bytes of the page cache beside those of the store. Why
 * they prove what they prove is told in audit.c.
 */
#include "daemon/audit-internal.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/fdio.h"
#include "daemon/event.h"
#include "daemon/finding.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/session.h"
#include "daemon/settle.h"

/* Cached bytes from @off on. Return: how many, 0: none there; -errno. */
static ssize_t look_at_cache(struct audit_looking *looking, uint64_t off, size_t len)
{
	ssize_t n = session_retrieve(looking->fs->session,
				     inode_nodeid(looking->audit->inode),
				     (off_t)off, looking->cache, len,
				     looking->deadline_ns);

	switch (n) {
	case -EBUSY:
		return audit_fail(looking, -EBUSY, "the mount is paused: the kernel "
			    "cannot answer what the page cache has");
	case -ETIMEDOUT:
		return audit_fail(looking, -ETIMEDOUT, "the kernel has not answered "
			    "in time what the page cache has");
	case -ENOENT:
		return audit_fail(looking, -ENOENT, "the kernel does not know the "
			    "file any more");
	default:
		return n;
	}
}

/* The same bytes of the store; what is beyond its end is zero. */
static int look_at_store(struct audit_looking *looking, uint64_t off, size_t len)
{
	ssize_t n = fdio_pread(looking->fd, looking->store, len, (off_t)off);

	if (n < 0)
		return audit_fail(looking, (int)n, "the file cannot be read in "
			    "SOURCE");
	memset(looking->store + n, 0, len - (size_t)n);
	return 0;
}

/* Digests of the @len bytes at @at of both sides. */
static struct watch_look digests(const struct audit_looking *looking, size_t at,
				 size_t len)
{
	return (struct watch_look){
		.len = len,
		.cache = digest_block(looking->cache + at, len),
		.store = digest_block(looking->store + at, len),
	};
}

/* Note the blocks that differ; @off begins one. */
static int compare(struct audit_looking *looking, uint64_t off, size_t len)
{
	looking->compared += (len + DIGEST_BLOCK - 1) / DIGEST_BLOCK;
	if (!memcmp(looking->cache, looking->store, len))
		return 0;
	for (size_t at = 0; at < len; at += DIGEST_BLOCK) {
		size_t size = MIN(len - at, (size_t)DIGEST_BLOCK);
		struct watch_look look = digests(looking, at, size);
		int err = 0;

		if (look.cache != look.store)
			err = watch_suspect(looking->fs->audits->watches,
					    &looking->audit->watch, off + at,
					    &look);
		if (err)
			return err;
	}
	return 0;
}

/* Return: bytes of the page cache compared; 0: not cached; -errno. */
static ssize_t look_at_stretch(struct audit_looking *looking, uint64_t off,
			       size_t len)
{
	ssize_t n;
	int err;

	watch_stretch(looking->fs->audits->watches, &looking->audit->watch, off,
		      off + len);
	n = look_at_cache(looking, off, len);
	if (n <= 0)
		return n;
	err = look_at_store(looking, off, (size_t)n);
	if (!err)
		err = compare(looking, off, (size_t)n);
	return err ? err : n;
}

static bool may_go_on(const struct audit_looking *looking)
{
	return looking->audit->watch.count <
		       AUDIT_MAX_SUSPECTS - AUDIT_STRETCH / DIGEST_BLOCK &&
	       clock_now_ns() < looking->deadline_ns;
}

/*
 * All that is cached in [*off, end), as far as time and room go; *off is where
 * that ended. Beyond the end of SOURCE's file too, as long as there is something:
 * the kernel alone knows how long the file will be.
 */
static int look_at_range(struct audit_looking *looking, uint64_t *off, uint64_t end,
			 bool and_beyond)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	ssize_t n = 1;

	*off -= *off % MAX(page, (uint64_t)DIGEST_BLOCK);
	while ((*off < end || (and_beyond && n)) && may_go_on(looking)) {
		size_t len = AUDIT_STRETCH;

		if (*off < end)
			len = MIN(end - *off, (uint64_t)AUDIT_STRETCH);
		n = look_at_stretch(looking, *off, len);
		if (n < 0)
			return (int)n;
		if (!n)
			looking->absent += MAX(page / DIGEST_BLOCK, 1);
		/* The end of the file, or of what is cached, ends a page. */
		*off += n ? (uint64_t)n : page;
		*off += (page - *off % page) % page;
	}
	return 0;
}

/* ---- the first look ---- */

static json_t *look_json(uint64_t off, const struct watch_look *look)
{
	char cache[DIGEST_HEX_SIZE];
	char store[DIGEST_HEX_SIZE];

	digest_hex(look->cache, cache);
	digest_hex(look->store, store);
	return json_pack("{s:I, s:I, s:I, s:s, s:s}",
			 "block", (json_int_t)(off / DIGEST_BLOCK),
			 "offset", (json_int_t)off,
			 "length", (json_int_t)look->len,
			 "cache", cache, "store", store);
}

static json_t *suspects_json(const struct watch *watch)
{
	json_t *array = json_array();

	for (size_t i = 0; i < watch->count; i++) {
		if (json_array_append_new(array, look_json(
			watch->suspects[i].off, &watch->suspects[i].look))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* Where the range ends, in bytes of the file. */
static int range_end(struct audit_looking *looking,
		     const struct audit_question *question, uint64_t *end_ret)
{
	struct stat attr;

	if (question->len) {
		*end_ret = question->len > UINT64_MAX - question->off ?
			UINT64_MAX : question->off + question->len;
		return 0;
	}
	if (fstat(looking->fd, &attr) < 0)
		return -errno;
	*end_ret = (uint64_t)attr.st_size;
	return 0;
}

int audit_look_first(struct audit_looking *looking,
		      const struct audit_question *question, json_t *reply)
{
	const struct watch *watch = &looking->audit->watch;
	uint64_t off = question->off;
	uint64_t end = 0;
	int err = range_end(looking, question, &end);

	if (!err)
		err = look_at_range(looking, &off, end, !question->len);
	if (err)
		return err;
	err = json_object_update_new(reply, json_pack(
		"{s:I, s:I, s:I, s:o, s:o}",
		"id", (json_int_t)(watch->count ? looking->audit->id : 0),
		"compared", (json_int_t)looking->compared,
		"absent", (json_int_t)looking->absent,
		"suspects", suspects_json(watch),
		"next", off < end ? json_integer((json_int_t)off) :
				    json_null()));
	return err ? -ENOMEM : 0;
}

/* ---- later looks ---- */

/* Return: the block as the event and the reply have it, a new reference. */
static json_t *lost_json(struct audit_looking *looking,
			 const struct watch_suspect *suspect)
{
	const struct audit *audit = looking->audit;
	json_t *lost = look_json(suspect->off, &suspect->look);

	if (json_object_set_new(lost, "unstable", json_boolean(settle_waits(
		looking->fs->settle, audit->watch.generation,
		suspect->off / DIGEST_BLOCK)))) {
		json_decref(lost);
		return NULL;
	}
	return lost;
}

/* The keys of the event: those of the reply, and what is found out. */
static json_t *event_json(struct audit_looking *looking, json_t *lost)
{
	struct inode *inode = looking->audit->inode;
	char path[PATH_MAX];
	json_t *keys;

	inode_path(looking->fs->inodes, inode, NULL, path, sizeof(path));
	keys = json_pack("{s:o, s:I}", "path", json_text(path),
			 "ino", (json_int_t)inode_ino(inode));
	if (!json_object_update_missing(keys, lost) &&
	    !json_object_update_new(keys, json_pack(
		    "{s:n, s:n, s:n, s:n}", "cause", "ground", "suspects",
		    "evidence")))
		return keys;
	json_decref(keys);
	return NULL;
}

/* The bytes are those of the last look: looking->store, looking->cache. */
static void report(struct audit_looking *looking,
		   const struct watch_suspect *suspect, json_t *lost)
{
	struct fs *fs = looking->fs;
	struct inode *inode = looking->audit->inode;
	const struct watch_look *look = &suspect->look;

	stats_add(&fs->stats.lost_blocks, 1);
	if (!event_allowed(fs->events, inode))
		return;
	finding_report(fs, &(struct finding){
		.event = "lost",
		.inode = inode,
		.block = suspect->off / DIGEST_BLOCK,
		.off = suspect->off,
		.len = look->len,
		.images = {
			{ "store", looking->store, look->store },
			{ "cache", looking->cache, look->cache },
		},
		.to_ns = clock_now_ns(),
		.known = FINDING_CLEAN,
		.keys = event_json(looking, lost),
	});
}

/* Look at a suspect again. */
static int look_again(struct audit_looking *looking, size_t index)
{
	struct watch_set *watches = looking->fs->audits->watches;
	struct watch *watch = &looking->audit->watch;
	uint64_t off = watch->suspects[index].off;
	struct watch_look look = { 0 };
	ssize_t n;

	watch_again(watches, watch, index);
	n = look_at_cache(looking, off, DIGEST_BLOCK);
	if (n < 0)
		return (int)n;
	if (n) {
		int err = look_at_store(looking, off, (size_t)n);

		if (err)
			return err;
		look = digests(looking, 0, (size_t)n);
	}
	watch_judge(watches, watch, index, &look);
	return 0;
}

/*
 * Adds to @lost what is; counts the others by their state. Without memory for
 * one of them the event log and the counter have it, and the reply says so.
 */
static int look_at_suspects(struct audit_looking *looking, json_t *lost,
			    json_int_t counts[WATCH_LOST + 1])
{
	struct watch *watch = &looking->audit->watch;
	int missing = 0;

	for (size_t i = 0; i < watch->count; i++) {
		struct watch_suspect *suspect = &watch->suspects[i];
		json_t *block;
		int err;

		if (suspect->state != WATCH_PENDING)
			continue;
		err = look_again(looking, i);
		if (err)
			return err;
		counts[suspect->state]++;
		if (suspect->state != WATCH_LOST)
			continue;
		block = lost_json(looking, suspect);
		report(looking, suspect, block);
		if (json_array_append_new(lost, block))
			missing = -ENOMEM;
	}
	return missing;
}

int audit_look_again(struct audit_looking *looking, json_t *reply,
		     bool *ended_ret)
{
	json_int_t counts[WATCH_LOST + 1] = { 0 };
	json_t *lost = json_array();
	int err = look_at_suspects(looking, lost, counts);

	/* Also after an error: these have been accused. */
	if (json_object_update_new(reply, json_pack(
		"{s:o, s:I, s:I, s:I}", "lost", lost,
		"pending", counts[WATCH_PENDING],
		"same", counts[WATCH_SAME],
		"absent", counts[WATCH_ABSENT])))
		return -ENOMEM;
	*ended_ret = !err && !counts[WATCH_PENDING];
	return err;
}
