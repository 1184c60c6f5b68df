/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the question what a power cut would leave of a file on a stage: the image
 * is copied, its filesystem mounts the copy, and reads. When it says EIO, the
 * kernel's log has to say why, of this file and this block.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/errname.h"
#include "client/kernellog.h"
#include "client/stage.h"
#include "client/targets/staged.h"
#include "common/clock.h"

/*
 * btrfs says no more than ten of these in five seconds (fs/btrfs/messages.h:
 * btrfs_warn_rl(), 6.18): so it is asked again, for longer than that.
 */
#define SAY_NS (8 * CLOCK_NS_PER_SEC)
#define SAY_AGAIN_NS (200 * CLOCK_NS_PER_MS)

/* One reading of a copy. */
struct reading {
	struct stage_copy copy;
	struct kernellog *log;	/* NULL: nobody can hear it */
	long ino;		/* of the file there */
};

/* ------------------------------------------------------- what the kernel says */

/* Of the copy's device: whose name ends at what stands behind it. */
static bool is_of_copy(const struct reading *reading, const char *line)
{
	char words[LOOP_PATH_SIZE + 16];
	size_t len = (size_t)snprintf(words, sizeof(words), "(device %s",
				      reading->copy.device + strlen("/dev/"));
	const char *at = strstr(line, words);

	return at && (at[len] == ')' || at[len] == ' ');
}

/* "csum failed root 5 ino 257 off 0 csum 0x12 expected csum 0x34 mirror 1" */
static int check_line(struct trial *trial, const struct reading *reading,
		      const char *line)
{
	const char *said = strstr(line, "csum failed");
	uint64_t ino = 0, off = 0;
	const char *at = strstr(said, " ino ");

	if (!at || sscanf(at, " ino %" SCNu64 " off %" SCNu64, &ino, &off) != 2 ||
	    ino != (uint64_t)reading->ino || off < trial->base ||
	    off >= trial->base + trial->seen)
		return trial_fail(trial, -EIO, "not about inode %ld: %s",
				  reading->ino, said);
	snprintf(trial->left_note, sizeof(trial->left_note), "the filesystem "
		 "cannot read the block: EIO, csum failed ino %" PRIu64
		 " off %" PRIu64, ino, off);
	return 0;
}

/* Return: 0 said, and right; -ENOENT not said; as a phase. */
static int listen_once(struct trial *trial, const struct reading *reading)
{
	char line[KERNELLOG_TEXT_SIZE];
	int err;

	do {
		err = kernellog_find(reading->log, "csum failed", line);
	} while (!err && !is_of_copy(reading, line));
	if (err == -EPIPE)
		return -ENOENT;
	if (err && err != -ENOENT)
		return trial_fail(trial, err, "the kernel's log: %s",
				  strerror(-err));
	return err ? err : check_line(trial, reading, line);
}

/* -------------------------------------------------------------- what it reads */

/* From @at on, to the end of what is looked at. */
static int read_from(struct trial *trial, const char *object, uint32_t at,
		     struct stepper_result *result_ret)
{
	return trial_try(trial, trial->site->observer, result_ret,
			 "digest fd=%s off=%" PRIu64 " len=%u", object,
			 trial->base + at, trial->seen - at);
}

/* Return: 0, and @result_ret is of all of it, or EIO of one of its blocks. */
static int read_once(struct trial *trial, const char *object,
		     struct stepper_result *result_ret)
{
	int err = read_from(trial, object, 0, result_ret);

	/* As far as it could, and not to the block that it cannot read. */
	if (!err && result_ret->ok && result_ret->ret < (long)trial->seen)
		err = read_from(trial, object, (uint32_t)result_ret->ret,
				result_ret);
	if (err || result_ret->ok || result_ret->err == EIO)
		return err;
	return trial_fail(trial, -EIO, "cannot read the copy: %s",
			  errname_from(result_ret->err));
}

/* It said EIO: the reason comes, if need be by reading again. */
static int hear_reason(struct trial *trial, const struct reading *reading)
{
	uint64_t end_ns = clock_deadline_ns(SAY_NS);
	struct stepper_result result;
	int err;

	if (!reading->log) {
		snprintf(trial->left_note, sizeof(trial->left_note),
			 "the filesystem cannot read the block: EIO; the "
			 "kernel's log cannot be read");
		return 0;
	}
	while ((err = listen_once(trial, reading)) == -ENOENT) {
		if (clock_now_ns() >= end_ns)
			return trial_fail(trial, -EIO, "the filesystem cannot "
					  "read the block, and does not say "
					  "why");
		clock_sleep_ns(SAY_AGAIN_NS);
		err = read_once(trial, "c", &result);
		if (err)
			return err;
	}
	return err;
}

static int take_bytes(struct trial *trial, const struct stepper_result *result,
		      enum judge_bytes *bytes_ret)
{
	char digests[TRIAL_DIGESTS_SIZE];

	if (!trial_word(result, "digest", digests, sizeof(digests)))
		return trial_fail(trial, -EPROTO, "no digest in '%s'",
				  result->text);
	*bytes_ret = trial_bytes(trial, digests);
	return 0;
}

static const char *words_of(enum judge_bytes bytes)
{
	if (bytes == JUDGE_OLD)
		return "the bytes that fsync(2) began with";
	return bytes == JUDGE_NEW ? "the later bytes" :
				    "bytes that are neither old nor new";
}

/*
 * Was it written a second time before it was copied? A page that has been
 * changed since its writeback began is dirty.
 */
static int check_dirty(struct trial *trial)
{
	bool dirty;
	int err = trial_is_dirty(trial, &dirty);

	if (err || dirty || !trial->facts.called)
		return err;
	return trial_fail(trial, -EAGAIN, "the kernel wrote the page a second "
			  "time before it could be looked at");
}

/* By O_DIRECT as "c", by read(2) as "b": they must not differ. */
static int compare(struct trial *trial, const struct reading *reading)
{
	struct judge_facts *facts = &trial->facts;
	struct stepper_result direct, buffered;
	enum judge_bytes other = JUDGE_UNSEEN;
	int err = read_once(trial, "c", &direct);

	if (!err)
		err = read_once(trial, "b", &buffered);
	if (err)
		return err;
	facts->left_unreadable = !direct.ok;
	if (direct.ok != buffered.ok)
		return trial_fail(trial, -EIO, "O_DIRECT and read(2) of the "
				  "copy do not agree");
	if (!direct.ok)
		return hear_reason(trial, reading);
	err = take_bytes(trial, &direct, &facts->left);
	if (!err)
		err = take_bytes(trial, &buffered, &other);
	if (!err && other != facts->left)
		err = trial_fail(trial, -EIO, "O_DIRECT gives %s, read(2) %s",
				 words_of(facts->left), words_of(other));
	snprintf(trial->left_note, sizeof(trial->left_note), "the device has %s",
		 words_of(facts->left));
	return err || facts->left == JUDGE_OLD ? err : check_dirty(trial);
}

/* ------------------------------------------------------------------ the copy */

static int open_files(struct trial *trial, struct reading *reading)
{
	struct stepper *observer = trial->site->observer;
	struct stepper_result result;
	int err = trial_step(trial, observer, NULL,
			     "open fd=c path=%s/%s mode=r direct",
			     reading->copy.path, trial->target);

	if (!err)
		err = trial_step(trial, observer, NULL,
				 "open fd=b path=%s/%s mode=r",
				 reading->copy.path, trial->target);
	if (!err)
		err = trial_step(trial, observer, &result, "inode fd=b");
	if (!err)
		reading->ino = result.ret;
	return err;
}

static int close_files(struct trial *trial)
{
	struct stepper *observer = trial->site->observer;
	int err = trial_step(trial, observer, NULL, "close fd=c");

	return err ? err : trial_step(trial, observer, NULL, "close fd=b");
}

static int look(struct trial *trial, struct reading *reading)
{
	int err = open_files(trial, reading);
	int other;

	if (err)
		return err;
	err = compare(trial, reading);
	other = close_files(trial);
	return err ? err : other;
}

static int look_at_copy(struct trial *trial, struct reading *reading)
{
	struct site *site = trial->site;
	const char *why;
	int other, err = stage_copy(site, trial->stage, &reading->copy, &why);

	if (err)
		return trial_fail(trial, err, "%s", why);
	err = look(trial, reading);
	other = stage_drop_copy(site, trial->stage, &why);
	if (!err && other)
		err = trial_fail(trial, other, "%s", why);
	return err;
}

int staged_left(struct trial *trial)
{
	struct reading reading = { 0 };
	int err = trial->plant_late ? staged_plant(trial) : 0;

	if (err)
		return err;
	if (kernellog_open(&reading.log))
		reading.log = NULL;
	err = look_at_copy(trial, &reading);
	if (!err)
		site_trace(trial->site, "left", trial->left_note);
	kernellog_close(reading.log);
	return err;
}
