/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scrubbing a file of a mount: its daemon does it, a piece at a time, so that
 * nobody who reads or writes waits for long.
 */
#include "client/scrub.h"

#include <errno.h>
#include <pinfs/ioctl.h>
#include <sys/ioctl.h>

static void add(struct scrub *scrub, const struct scrub_file *file,
		const struct pinfs_ioc_scrub *words)
{
	struct scrub_sums *sums = &scrub->sums;

	sums->blocks += words->blocks;
	sums->verified += words->verified;
	sums->adopted += words->adopted;
	sums->unverified += words->unverified;
	sums->untrusted += words->untrusted;
	for (uint32_t i = 0; i < MIN(words->bad, PINFS_SCRUB_BLOCKS); i++)
		scrub_report_mismatch(scrub, file->path,
				      words->mismatch[i].block,
				      words->mismatch[i].stored,
				      words->mismatch[i].found);
	if (words->state)
		scrub_report_given_up(scrub, file->path,
				      words->state & PINFS_SCRUB_DAMAGED);
}

/* Return: 0 or -errno. @block: in and out. */
static int do_piece(struct scrub *scrub, const struct scrub_file *file,
		    uint64_t *block)
{
	struct pinfs_ioc_scrub words = {
		.block = *block, .count = PINFS_SCRUB_BLOCKS,
		.flags = scrub->options.adopt ? PINFS_SCRUB_ADOPT : 0,
	};

	if (ioctl(file->fd, PINFS_IOC_SCRUB, &words))
		return -errno;
	add(scrub, file, &words);
	*block = words.next;
	return 0;
}

int scrub_mount_file(struct scrub *scrub, const struct scrub_file *file)
{
	uint64_t block = 0;
	int err = 0;

	while (!err && block != PINFS_SCRUB_NO_BLOCK && !scrub_is_over()) {
		err = do_piece(scrub, file, &block);
		if (!err)
			scrub_bar_at(scrub, file, block);
	}
	if (err == -ENOTTY)
		return err;
	if (err)
		scrub_report_error(scrub, file->path, err);
	else
		scrub->sums.files++;
	return 0;
}
