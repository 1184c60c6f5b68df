/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "zerocopy-late": a page is sent with MSG_ZEROCOPY, the CPU
 * stores into it, and then it is received. What has been delivered over the
 * loopback has been copied, so other bytes fill the receiver's window first:
 * then the page waits in the sender's queue, as it would for a slow network.
 */
#include <errno.h>
#include <stdlib.h>

#include "client/writers/late.h"
#include "client/writers/writers.h"

enum {
	WINDOW = 4096,		/* receive buffer [bytes], doubled by the kernel */
	BEFORE = 32768,		/* bytes that are sent before */
};

static int connect_both(struct trial *trial)
{
	struct stepper_result result;
	char refused[TRIAL_NAME_SIZE];
	int err = trial_try(trial, trial->site->writer, &result,
			    "tcp fd=c size=%d", WINDOW);

	if (!err && trial_word(&result, "refused", refused, sizeof(refused)))
		err = trial_fail(trial, -EOPNOTSUPP, "no sockets over the "
				 "loopback");
	return err;
}

static int start(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	struct stepper_result result;
	char unsent[TRIAL_NAME_SIZE] = "";
	int err = connect_both(trial);

	if (!err)
		err = trial_step(trial, writer, NULL, "write fd=c.a len=%d "
				 "gen=1", BEFORE);
	if (!err)
		err = trial_step(trial, writer, &result, "send-zerocopy mem=m "
				 "off=%llu len=%u out=c.a", late_at(trial),
				 trial->len);
	if (err)
		return err;
	trial_word(&result, "unsent", unsent, sizeof(unsent));
	return atol(unsent) >= (long)trial->len ? 0 :
		trial_fail(trial, -EIO, "the page has been sent: %s bytes "
			   "unsent", unsent);
}

static int write_page(struct trial *trial)
{
	return store_writer.write(trial);
}

static int collect(struct trial *trial)
{
	int err = trial_step(trial, trial->site->writer, NULL,
			     "receive fd=c.b len=%d", BEFORE);

	return err ? err : late_collect(trial, "receive fd=c.b len=%u",
					trial->len);
}

static int undo(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	int err;

	if (trial->owner_gone)
		return 0;
	err = trial_step(trial, writer, NULL, "close fd=c.a");
	return err ? err : trial_step(trial, writer, NULL, "close fd=c.b");
}

const struct scenario_writer zerocopy_late_writer = {
	.part = {
		.name = "zerocopy-late",
		.help = "a store into a page that was sent without a copy",
		.about = "send(2) with MSG_ZEROCOPY takes references to the "
			 "pages (net/core/datagram.c: "
			 "zerocopy_fill_skb_from_iter(), plain ones up to "
			 "7.3), until the peer has acknowledged them or a "
			 "copy was made. Over the loopback that is made at "
			 "delivery (skb_orphan_frags_rx()), so the page is "
			 "kept in the sender's queue by a small window. A "
			 "store during writeback waits (BLOCKED); one at "
			 "another time changes what is sent: UNSTABLE says "
			 "that the peer has the later bytes.",
		.is = PART_BY_ADDRESS | PART_SOURCE,
		.needs = PART_ON_MOUNT,
	},
	.pin_case = "1, by get",
	.start = start,
	.write = write_page,
	.collect = collect,
	.undo = undo,
};
