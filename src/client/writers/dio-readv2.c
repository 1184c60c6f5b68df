/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "dio-readv2": as dio-read, by preadv(2) of two segments, of
 * which the second is not in memory. What keeps the pin waiting is not the file
 * that is read from: before its READ is sent all has to be pinned. So this
 * works with any file and any filesystem that takes its pins segment by segment.
 */
#include "client/writers/fault.h"
#include "client/writers/writers.h"

static int open_direct(struct trial *trial)
{
	return trial_step(trial, trial->site->writer, NULL,
			  "open fd=d path=%s mode=r direct", trial->source);
}

static int start(struct trial *trial)
{
	char list[FAULT_LIST_SIZE];
	int err = fault_make(trial);

	if (!err)
		err = open_direct(trial);
	if (err)
		return err;
	trial_expect(trial, trial->source, CONTENT_WRITER_CREATE, 0);
	trial->beside = FAULT_BYTES;
	fault_list(trial, trial->into, trial->at, list);
	return fault_start(trial, "preadv fd=d off=0 segments=%s,f:%llu:%d",
			   list, (unsigned long long)fault_at(trial),
			   FAULT_BYTES);
}

static int undo(struct trial *trial)
{
	int err = 0;

	if (!trial->owner_gone)
		err = trial_step(trial, trial->site->writer, NULL,
				 "close fd=d");
	return err ? err : fault_drop(trial);
}

const struct scenario_writer dio_readv2_writer = {
	.part = {
		.name = "dio-readv2",
		.help = "an O_DIRECT read into the page, and into one that has to be read first",
		.about = "preadv(2) with O_DIRECT of two segments: the page, "
			 "and a page of a mapped file that is not in memory. "
			 "fs/fuse/file.c, fuse_get_user_pages() pins segment "
			 "by segment (so do the block layer's "
			 "bio_iov_iter_get_pages() and AF_ALG), so the first "
			 "is pinned while the fault of the second waits for "
			 "its READ, and no request for the data has been "
			 "sent yet. Neither the file nor the device has to "
			 "be slow for a pin to last: any page fault between "
			 "two segments does it. The verdicts mean what those "
			 "of dio-read mean: CASE 1 of pin_user_pages.rst.",
		.is = PART_BY_ADDRESS | PART_HOLDS,
	},
	.pin_case = "1",
	.pins = 1,
	.pins_beside = 1,
	.vectored = true,
	.start = start,
	.write = trial_let_land,
	.undo = undo,
};
