/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the target "dir": a file of any filesystem, in the directory of --on or
 * where temporary files go. It has a name only until both clients have it open,
 * unless files are kept.
 *
 * Its store is what an O_DIRECT read gives ("d" in the observer), at the end of
 * the run once the page has been dropped from the cache. There is no other way
 * to look behind a filesystem that we do not know, though such a read writes
 * back first what is dirty. Where there is no O_DIRECT, "d" is a file like any
 * other, and the note says so; it also says when the page could not be dropped,
 * so that what was read is the page cache all the same (tmpfs).
 *
 * Bytes decide on the verdict. What the filesystem says by itself, EIO or a line
 * in the kernel's log, is added to the note; only of a store that cannot be
 * read it is the verdict.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/errname.h"
#include "client/ondir.h"
#include "client/targets/file.h"
#include "client/targets/targets.h"

enum { DROPS_MAX = 20 };	/* attempts to throw the page out */

/* Asked for a first time, so that it is known before anything is made. */
static int probe(struct trial *trial)
{
	const struct ondir *ondir;
	int err = ondir_get(trial->site, &ondir);

	return err ? trial_fail(trial, -EOPNOTSUPP, "--on=%s: %s",
				trial->site->dir, strerror(-err)) : 0;
}

/* ------------------------------------------------------------------ its file */

/*
 * What was written at once lies in one folio of many pages, and reclaim cannot
 * take up a part of that while it is pinned (mm/madvise.c: split_folio() in
 * madvise_cold_or_pageout_pte_range(), 6.18). What faults read in does not.
 */
static int forget_folios(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	int err = trial_step(trial, writer, NULL, "fsync fd=t");

	return err ? err : trial_step(trial, writer, NULL, "dontneed fd=t");
}

static int create(struct trial *trial)
{
	struct stepper_result result;
	int err = trial_try(trial, trial->site->writer, &result,
			    "create fd=t path=%s/%s size=%llu gen=1",
			    trial->home, trial->target,
			    (unsigned long long)shape_map_len(trial->shape));

	if (!err && !result.ok)
		err = trial_fail(trial, -EIO, "cannot make a file in '%s': %s",
				 trial->site->dir, errname_from(result.err));
	return err ? err : forget_folios(trial);
}

/* "d", and whether that is with O_DIRECT. */
static int open_store(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	struct stepper_result result;
	int err = trial_try(trial, observer, &result,
			    "open fd=d path=%s mode=r direct", trial->path);

	trial->direct = !err && result.ok;
	return err || result.ok ? err :
		trial_step(trial, observer, NULL, "open fd=d path=%s mode=r",
			   trial->path);
}

/* From now on it is found by the observer's descriptor. */
static int open_file(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	struct stepper_result result;
	int err = trial_step(trial, observer, &result, "open fd=t path=%s/%s",
			     trial->home, trial->target);

	if (!err)
		snprintf(trial->path, sizeof(trial->path), "/proc/%d/fd/%ld",
			 (int)stepper_pid(observer), result.ret);
	return err ? err : open_store(trial);
}

static int forget_name(struct trial *trial)
{
	struct stepper_result result;

	return trial->site->keep ? 0 :
		trial_try(trial, trial->site->observer, &result,
			  "unlink path=%s/%s", trial->home, trial->target);
}

static int make(struct trial *trial)
{
	int err, other;

	ondir_listen(trial->site);
	err = create(trial);
	if (!err)
		err = open_file(trial);
	other = forget_name(trial);
	if (!err)
		err = other;
	if (!err)
		err = file_map(trial, trial->site->writer);
	return err ? err : file_map(trial, trial->site->observer);
}

static int destroy(struct trial *trial)
{
	int err = file_forget(trial);

	return err ? err : trial_step(trial, trial->site->observer, NULL,
				      "close fd=d");
}

/* ----------------------------------------------------------------- its store */

static void say(struct trial *trial, const char *fmt, ...) PRINTF(2, 3);

/* The first thing that is said. */
static void say(struct trial *trial, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!*trial->said)
		vsnprintf(trial->said, sizeof(trial->said), fmt, args);
	va_end(args);
}

static int settle(struct trial *trial)
{
	struct stepper_result result;
	int err = trial_try(trial, trial->site->observer, &result, "fsync fd=t");

	trial->settled = true;
	if (!err && !result.ok)
		say(trial, "fsync(2) failed: %s", errname_from(result.err));
	return err;
}

/* Out of both page tables, so that nothing but the cache has the page. */
static int unmap_all(struct trial *trial)
{
	int err = trial->owner_gone ? 0 :
		trial_step(trial, trial->site->writer, NULL,
			   "madvise mem=m advice=dontneed");

	return err ? err : trial_step(trial, trial->site->observer, NULL,
				      "madvise mem=m advice=dontneed");
}

/* Ask for it, and look. @left_ret: pages that are still there */
static int drop_once(struct trial *trial, long *left_ret)
{
	struct stepper *observer = trial->site->observer;
	struct stepper_result result;
	int err = trial_step(trial, observer, NULL, "dontneed fd=t");

	if (!err)
		err = trial_step(trial, observer, &result,
				 "cached mem=m off=%llu len=%u",
				 (unsigned long long)trial->base, trial->seen);
	if (!err)
		*left_ret = result.ret;
	return err;
}

/*
 * A page that was let go of a moment ago may still have a reference: lru_add(),
 * or a worker that dirties it (block/bio.c: bio_check_pages_dirty(), 6.18).
 */
static int drop(struct trial *trial)
{
	const char *why;
	int has = ondir_has(trial->site, ONDIR_DROPS, &why);
	int err = has < 0 ? trial_fail(trial, has, "%s", why) :
			    unmap_all(trial);
	long left = 1;

	for (int i = 0; i < (has > 0 ? DROPS_MAX : 1) && left && !err; i++) {
		if (i)
			err = trial_step(trial, trial->site->observer, NULL,
					 "fsync fd=t");
		if (!err)
			err = drop_once(trial, &left);
	}
	if (!err && left)
		say(trial, "store as the page cache has it, which keeps it");
	else if (!err && !trial->direct)
		say(trial, "store by read(2), after the cache was dropped");
	return err;
}

/* What cannot be read is no failure of ours. */
static int read_store(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE])
{
	struct stepper_result result;
	/* In whole blocks, as O_DIRECT wants it. */
	int err = trial_try(trial, trial->site->observer, &result,
			    "digest fd=d off=%llu len=%u",
			    (unsigned long long)trial->base,
			    trial->shape->pages * SHAPE_PAGE);

	if (err)
		return err;
	digests[0] = '\0';
	trial->facts.denied = !result.ok;
	if (!result.ok)
		say(trial, "reading the store failed: %s",
		    errname_from(result.err));
	else if (!trial_word(&result, "digest", digests, TRIAL_DIGESTS_SIZE))
		err = trial_fail(trial, -EPROTO, "no digest in '%s'",
				 result.text);
	return err;
}

static int store(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE])
{
	int err = trial->settled ? drop(trial) : 0;

	return err ? err : read_store(trial, digests);
}

static int audit(struct trial *trial)
{
	char line[sizeof(trial->said)];
	int err = file_audit(trial);
	size_t used = strlen(trial->said);

	ondir_hear(trial->site, line, sizeof(line));
	if (*line)
		snprintf(trial->said + used, sizeof(trial->said) - used,
			 "%skernel: %.200s", used ? "; " : "", line);
	return err;
}

/* By a store: nobody gets behind a filesystem that we do not know. */
static int plant(struct trial *trial)
{
	return trial_step(trial, trial->site->observer, NULL,
			  "store mem=m off=%llu len=%u gen=%d file=%s",
			  (unsigned long long)trial->base, trial->seen,
			  TRIAL_GENERATION_NEW + 1, trial->target);
}

const struct scenario_target dir_target = {
	.part = {
		.name = "dir",
		.help = "a shared mapping of a file of another filesystem",
		.about = "A page of a file in the directory that --on "
			 "names, or where temporary files go: of whatever "
			 "filesystem that is. Nothing of it is held; what "
			 "the writer waits for is on the mount. Whether the "
			 "bytes that a pin has brought reach a filesystem "
			 "depends on who dirties the page when the pin is "
			 "dropped (unpin_user_pages_dirty_lock(), "
			 "bio_check_pages_dirty(), in 6.18) and on whether "
			 "the filesystem takes a page that it has not been "
			 "asked about (\"dirty pages without buffers\"). "
			 "LOST would say that it does not. The store is what "
			 "an O_DIRECT read gives after the page was dropped "
			 "from the cache.",
		.is = PART_MAPPED_FILE | PART_IN_DIR,
		.probe = probe,
	},
	.make = make,
	.dirty = file_dirty,
	.look = file_look,
	.settle = settle,
	.plant = plant,
	.audit = audit,
	.store = store,
	.destroy = destroy,
};
