/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what is common to the writers that read another file of the mount into
 * the page, with O_DIRECT. The kernel pins the page before it sends the READ,
 * and whoever fills the reply writes into it (fs/fuse/file.c: fuse_direct_io()
 * and fuse_get_user_pages(), 6.18; up to 6.1 it takes a plain reference). So
 * with the READ held the pin lasts as long as we like.
 */
#include "client/writers/direct.h"

#include "client/writers/feed.h"

static int make_source(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	int err = feed_make_file(trial);

	if (!err)
		err = trial_step(trial, writer, NULL, "close fd=s");
	return err ? err : trial_step(trial, writer, NULL,
				      "open fd=s path=%s mode=r direct",
				      trial->source);
}

/* The page is pinned once the READ has come: the kernel pins first. */
static int take(struct trial *trial)
{
	int err = trial_hold(trial, &trial->read_gate,
			     "op=read path=/%s at=arrive", trial->source);

	if (!err)
		err = trial_start_call(trial, "%s fd=s off=0 len=%u into=%s "
				       "at=%llu", trial->detail, trial->len,
				       trial->into, (unsigned long long)trial->at);
	return err ? err : trial_take(trial, trial->source);
}

int direct_start(struct trial *trial)
{
	int err = make_source(trial);

	if (err)
		return err;
	trial_expect(trial, trial->source, CONTENT_WRITER_CREATE, 0);
	trial_count_pins(trial);
	err = take(trial);
	if (!err)
		trial_see_pins(trial);
	return err;
}
