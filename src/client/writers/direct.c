/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what is common to the writers that read another file of the mount into
 * the page, with O_DIRECT. The kernel pins the page before it sends the READ,
 * and whoever fills the reply writes into it (fs/fuse/file.c: fuse_direct_io()
 * and fuse_get_user_pages(), 6.18; up to 6.1 it takes a plain reference). So
 * with the READ held the pin lasts as long as we like.
 */
#include "client/writers/direct.h"

#include <errno.h>

#include "client/errname.h"
#include "client/pincount.h"
#include "client/writers/feed.h"
#include "common/clock.h"

enum { TRY_NS = 200000000 };	/* [ns] */

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

/* The call has ended and there was no READ: what does it say? */
static int no_read(struct trial *trial)
{
	const struct stepper_result *result = &trial->call.result;
	const char *name = result->ok ? "no error" : errname_from(result->err);
	char refused[TRIAL_NAME_SIZE];

	if (trial_word(result, "refused", refused, sizeof(refused)))
		return trial_fail(trial, -EOPNOTSUPP, "%s: %s", refused, name);
	return trial_fail(trial, -EIO, "the call ended without a READ: %s",
			  name);
}

static int wait_for_read(struct trial *trial)
{
	uint64_t end_ns = clock_deadline_ns(trial->site->step_ns);
	int err = trial_wait_held(trial, trial->read_gate, TRY_NS);

	while (err == -EAGAIN) {
		if (clock_now_ns() >= end_ns)
			return trial_fail(trial, -ETIMEDOUT, "no READ came "
					  "from '%s'", trial->source);
		err = trial_poll_call(trial);
		if (!err && trial->call.ended)
			return no_read(trial);
		if (!err)
			err = trial_wait_held(trial, trial->read_gate, TRY_NS);
	}
	return err;
}

/* The page is pinned once the READ has come: the kernel pins first. */
static int take(struct trial *trial, const char *verb)
{
	int err = trial_hold(trial, &trial->read_gate,
			     "op=read path=/%s at=arrive", trial->source);

	if (!err)
		err = trial_start_call(trial, "%s fd=s off=0 len=%d into=m "
				       "at=0", verb, TRIAL_LEN);
	return err ? err : wait_for_read(trial);
}

int direct_start(struct trial *trial, const char *verb)
{
	struct pincount before, held;
	bool counted;
	int err = make_source(trial);

	if (err)
		return err;
	trial_expect(trial, trial->source, CONTENT_WRITER_CREATE);
	counted = pincount_read(&before) == 0;
	err = take(trial, verb);
	if (!err && counted && pincount_read(&held) == 0)
		trial->pins = (long)(held.acquired - before.acquired);
	return err;
}

int direct_let_land(struct trial *trial)
{
	return trial_release(trial, &trial->read_gate);
}
