/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the target "stage:btrfs-raid1": a file of btrfs that has two devices on
 * the mount, and a copy of everything on both.
 *
 * FS_IOC_FIEMAP gives an address of btrfs's own; the step "stripe" says where it
 * is on each. The second image is "e" in the observer, as the first is "d".
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/stage.h"
#include "client/targets/file.h"
#include "client/targets/staged.h"
#include "client/targets/targets.h"
#include "common/clock.h"

enum {
	LEGS = 2,
	PLANTED = TRIAL_GENERATION_NEW + 1,	/* a generation of nobody's */
	LOOK_NS = 1000000,	/* between two looks [ns] */
};

static const char *const images[LEGS] = { "d", "e" };

static int probe(struct trial *trial)
{
	return staged_probe(trial, "btrfs-raid1");
}

static int make(struct trial *trial)
{
	int err = staged_make(trial);

	return err ? err : trial_step(trial, trial->site->observer, NULL,
				      "open fd=e path=%s direct",
				      trial->stage->mirror);
}

static int destroy(struct trial *trial)
{
	int err = trial_step(trial, trial->site->observer, NULL, "close fd=e");

	return err ? err : staged_destroy(trial);
}

/* -------------------------------------------------------- where the bytes are */

/* On a device, the block counted from base. -1: nowhere, by now. */
static int find_block(struct trial *trial, unsigned int leg,
		      unsigned int block, long *place_ret)
{
	struct stepper *observer = trial->site->observer;
	struct stepper_result result;
	uint64_t off = trial->base + (uint64_t)block * SHAPE_PAGE;
	int err = trial_try(trial, observer, &result, "place fd=t off=%llu",
			    (unsigned long long)off);

	*place_ret = -1;
	if (err || (!result.ok && result.err == ENODATA))
		return err;
	if (!result.ok)
		return trial_fail(trial, -EIO, "cannot find the block: %s",
				  strerror(result.err));
	err = trial_step(trial, observer, &result,
			 "stripe fd=t at=%ld device=%u", result.ret, leg + 1);
	if (!err)
		*place_ret = result.ret;
	return err;
}

static int digest_block_of(struct trial *trial, unsigned int leg,
			   unsigned int block, char digest[DIGEST_HEX_SIZE])
{
	struct stepper_result result;
	uint32_t len = MIN(trial->seen - block * SHAPE_PAGE,
			   (uint32_t)SHAPE_PAGE);
	long place;
	int err = find_block(trial, leg, block, &place);

	if (!err && place < 0)
		err = trial_fail(trial, -EIO, "block %u is nowhere", block);
	if (!err)
		err = trial_step(trial, trial->site->observer, &result,
				 "digest fd=%s off=%ld len=%u", images[leg],
				 place, len);
	if (!err && !trial_word(&result, "digest", digest, DIGEST_HEX_SIZE))
		err = trial_fail(trial, -EPROTO, "no digest in '%s'",
				 result.text);
	return err;
}

static int digest_leg(struct trial *trial, unsigned int leg,
		      char digests[TRIAL_DIGESTS_SIZE])
{
	size_t used = 0;

	digests[0] = '\0';
	for (unsigned int i = 0; i * SHAPE_PAGE < trial->seen; i++) {
		char digest[DIGEST_HEX_SIZE];
		int err = digest_block_of(trial, leg, i, digest);

		if (err)
			return err;
		used += (size_t)snprintf(digests + used,
					 TRIAL_DIGESTS_SIZE - used, "%s%s",
					 i ? "," : "", digest);
	}
	return 0;
}

/* At the end both have the same; what they do not agree about is nothing. */
static int store(struct trial *trial, char digests[TRIAL_DIGESTS_SIZE])
{
	char other[TRIAL_DIGESTS_SIZE];
	int err = digest_leg(trial, 0, digests);

	if (!err)
		err = digest_leg(trial, 1, other);
	if (!err && strcmp(digests, other) != 0)
		snprintf(digests, TRIAL_DIGESTS_SIZE, "copies-differ");
	return err;
}

/* ----------------------------------------------------------- what fsync left */

/*
 * Until the file has the place that the WRITE went to: fsync(2) may return
 * before (fs/btrfs/file.c: btrfs_sync_file(), 6.18). It gets another one when
 * the page, dirty again, is written a second time.
 */
static int await_place(struct trial *trial)
{
	uint64_t end_ns = clock_deadline_ns(trial->site->step_ns / 2);
	long place;
	int err = find_block(trial, 0, 0, &place);

	while (!err && place != trial->leg_place) {
		if (clock_now_ns() >= end_ns)
			return trial_fail(trial, -EAGAIN, "the kernel wrote "
					  "the page a second time before it "
					  "could be looked at");
		clock_sleep_ns(LOOK_NS);
		err = find_block(trial, 0, 0, &place);
	}
	return err;
}

static int plant_one(struct trial *trial)
{
	long place;
	int err = find_block(trial, 1, 0, &place);

	return err ? err : trial_step(trial, trial->site->observer, NULL,
				      "write fd=e off=%ld len=%d gen=%d", place,
				      SHAPE_PAGE, PLANTED);
}

/* In one of the copies, whose image nobody can write to meanwhile. */
static int plant(struct trial *trial)
{
	trial->plant_late = trial->leg_gate;
	return trial->plant_late ? 0 : plant_one(trial);
}

static int look(struct trial *trial, unsigned int leg,
		enum judge_bytes *bytes_ret)
{
	char digests[TRIAL_DIGESTS_SIZE];
	int err = digest_leg(trial, leg, digests);

	if (!err)
		*bytes_ret = trial_bytes(trial, digests);
	return err;
}

static const char *words_of(enum judge_bytes bytes)
{
	if (bytes == JUDGE_OLD)
		return "the old bytes";
	return bytes == JUDGE_NEW ? "the later" : "others";
}

static void describe(struct trial *trial)
{
	const struct judge_facts *facts = &trial->facts;
	char *note = trial->left_note;

	if (facts->left != facts->mirror)
		snprintf(note, sizeof(trial->left_note), "the two copies "
			 "differ: one has %s, one %s", words_of(facts->left),
			 words_of(facts->mirror));
	else
		snprintf(note, sizeof(trial->left_note), "both copies have %s",
			 words_of(facts->left));
	site_trace(trial->site, "left", note);
}

static int left(struct trial *trial)
{
	struct judge_facts *facts = &trial->facts;
	int err = await_place(trial);

	if (!err && trial->plant_late)
		err = plant_one(trial);
	if (!err)
		err = look(trial, 0, &facts->left);
	if (!err)
		err = look(trial, 1, &facts->mirror);
	facts->mirrored = true;
	if (!err)
		describe(trial);
	return err;
}

const struct scenario_target staged_raid1_target = {
	.part = {
		.name = "stage:btrfs-raid1",
		.help = "a file of btrfs with two copies on the mount",
		.about = "A file of btrfs with two devices on the mount and a "
			 "copy of everything on both (RAID1), mounted with "
			 "nodatasum. Both WRITEs are made of the same page, "
			 "one after the other (fs/btrfs/bio.c: "
			 "btrfs_submit_mirrored_bio(), in 6.18). While it is "
			 "under writeback that of one device has been "
			 "answered, and that of the other waits for the lock "
			 "of its image (fs/fuse/file.c: "
			 "fuse_cache_write_iter(), in 6.18). When fsync(2) "
			 "has returned, the two copies are compared. "
			 "UNSTABLE says that they are not both what "
			 "writeback began with: a read gets one or the "
			 "other, and no scrub can tell which is right.",
		.is = STAGED_IS,
		.needs = STAGED_NEEDS | PART_STOPS,
		.rejects = STAGED_REJECTS,
		.probe = probe,
	},
	.make = make,
	.dirty = file_dirty,
	.look = file_look,
	.settle = staged_settle,
	.store = store,
	.left = left,
	.plant = plant,
	.audit = file_audit,
	.destroy = destroy,
};
