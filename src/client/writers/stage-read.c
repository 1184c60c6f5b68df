/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what is common to the writers that read a filesystem, or a block device,
 * whose image is a file on the mount (stage.h). The page is pinned when the bio
 * is made of it, before anybody below knows of the read; the loop driver hands
 * the bio's pages to the image's read_iter (drivers/block/loop.c: lo_rw_aio(),
 * 6.18), and FUSE has the READ's answer written into them. So with that READ
 * held the pin lasts as long as we like.
 */
#include "client/writers/stage-read.h"

#include <assert.h>
#include <errno.h>

#include "client/stage.h"

static_assert((int)STAGE_GENERATION == (int)TRIAL_GENERATION_NEW,
	      "what is read is told from what was there by its generation");
static_assert((int)SHAPE_BYTES_MAX <= (int)STAGE_BYTES,
	      "there is as much to read as any shape has");

/*
 * The stage is made here and not in start: by then there is a dirty page, which
 * waits for nobody. What else may have gone wrong than that it cannot be made
 * here is start's to say, when the site will be closed for it.
 */
int stage_read_probe(struct trial *trial)
{
	const struct stage_source *source;
	const char *why;
	int err = stage_get(trial->site, trial->detail, STAGE_TO_READ, &source, &why);

	return err == -EOPNOTSUPP ? trial_fail(trial, err, "%s", why) : 0;
}

static int get(struct trial *trial, const struct stage_source **source_ret)
{
	const char *why;
	int err = stage_get(trial->site, trial->detail, STAGE_TO_READ, source_ret, &why);

	return err ? trial_fail(trial, err, "%s", why) : 0;
}

/*
 * The call is over and no READ came: the filesystem has read through its page
 * cache, as btrfs does when the page cannot be written to at that moment
 * (fs/btrfs/direct-io.c: btrfs_direct_read(), 6.18). Nothing was pinned.
 */
static int read_by_cache(struct trial *trial)
{
	*trial->trouble = '\0';
	return trial_fail(trial, -EAGAIN, "the filesystem did not read into the "
			  "page, but into its page cache");
}

static int take(struct trial *trial, const struct stage_source *source)
{
	int err = trial_hold(trial, &trial->read_gate,
			     "op=read ino=%llu off=%llu len=%u at=arrive",
			     (unsigned long long)source->ino,
			     (unsigned long long)source->image_off, trial->len);

	if (!err)
		err = trial_start_call(trial, "pread fd=s off=%llu len=%u "
				       "into=%s at=%llu",
				       (unsigned long long)source->off,
				       trial->len, trial->into,
				       (unsigned long long)trial->at);
	if (!err)
		err = trial_take(trial, "the image");
	if (err && trial->call.ended && trial->call.result.ok)
		return read_by_cache(trial);
	return err;
}

int stage_read_start(struct trial *trial)
{
	const struct stage_source *source;
	int err = get(trial, &source);

	if (!err)
		err = trial_step(trial, trial->site->writer, NULL,
				 "open fd=s path=%s mode=r direct",
				 source->path);
	if (err)
		return err;
	trial_expect(trial, STAGE_CONTENT, CONTENT_WRITER_CREATE, 0);
	trial_count_pins(trial);
	err = take(trial, source);
	if (!err)
		trial_see_pins(trial);
	return err;
}

int stage_read_undo(struct trial *trial)
{
	return trial->owner_gone ? 0 :
		trial_step(trial, trial->site->writer, NULL, "close fd=s");
}
