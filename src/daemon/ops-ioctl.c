/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ioctl(2) on an open file: the client's side of the checks "declared" and
 * "receipt", marks, and a scrub's pieces (include/pinfs/ioctl.h). The kernel copies exactly the
 * bytes that the command's number says, in and out (fs/fuse/ioctl.c,
 * fuse_do_ioctl() in 6.18: files are restricted).
 *
 * One table of commands. The words of a command are copied, its function checks
 * them and changes them into what the caller gets back.
 */
#include "daemon/ops.h"

#include <errno.h>
#include <limits.h>
#include <pinfs/ioctl.h>
#include <string.h>

#include "common/digest.h"
#include "common/json.h"
#include "daemon/declare.h"
#include "daemon/event.h"
#include "daemon/handle.h"
#include "daemon/receipt.h"

_Static_assert(PINFS_IOC_BLOCK == DIGEST_BLOCK, "the unit of all checks");

union words {
	struct pinfs_ioc_declare declare;
	struct pinfs_ioc_undeclare undeclare;
	struct pinfs_ioc_receipts receipts;
	struct pinfs_ioc_receipt receipt;
	struct pinfs_ioc_mark mark;
	struct pinfs_ioc_scrub scrub;
};

struct caller {
	struct fs *fs;
	struct handle *handle;
};

static int check_blocks(uint64_t block, uint32_t count, uint32_t max,
			uint32_t flags)
{
	if (flags || !count || count > max ||
	    block > (uint64_t)INT64_MAX / DIGEST_BLOCK - count)
		return -EINVAL;
	return 0;
}

static int do_declare(const struct caller *caller, union words *words)
{
	const struct pinfs_ioc_declare *declare = &words->declare;
	int err = check_blocks(declare->block, declare->count,
			       PINFS_IOC_MAX_BLOCKS, declare->flags);

	return err ? err : declare_blocks(caller->fs->declare, caller->handle,
					  declare);
}

static int do_undeclare(const struct caller *caller, union words *words)
{
	struct pinfs_ioc_undeclare *undeclare = &words->undeclare;
	int err = check_blocks(undeclare->block, undeclare->count, UINT32_MAX,
			       undeclare->flags);

	if (err)
		return err;
	if (!caller->handle->writable)
		return -EBADF;
	undeclare->withdrawn = (uint32_t)declare_withdraw(
		caller->fs->declare, caller->handle, undeclare->block,
		undeclare->count);
	undeclare->reserved = 0;
	return 0;
}

static int do_receipts(const struct caller *caller, union words *words)
{
	const struct pinfs_ioc_receipts *receipts = &words->receipts;

	if (receipts->flags || receipts->on > 1)
		return -EINVAL;
	return receipt_switch(caller->fs->receipt, caller->handle,
			      receipts->on);
}

static int do_receipt(const struct caller *caller, union words *words)
{
	struct pinfs_ioc_receipt *receipt = &words->receipt;
	int err = check_blocks(receipt->block, receipt->count,
			       PINFS_IOC_MAX_BLOCKS, receipt->flags);

	if (err)
		return err;
	if (!caller->handle->readable)
		return -EBADF;
	return receipt_compare(caller->fs, caller->handle, receipt);
}

static int do_mark(const struct caller *caller, union words *words)
{
	const char *text = words->mark.text;

	if (!memchr(text, '\0', sizeof(words->mark.text)))
		return -EINVAL;
	if (!event_allowed(caller->fs->events, caller->handle->inode))
		return -EAGAIN;
	event_write(caller->fs->events, "mark",
		    json_pack("{s:o}", "text", json_text(text)));
	return 0;
}

static int do_scrub(const struct caller *caller, union words *words)
{
	return ops_scrub(caller->fs, caller->handle, &words->scrub);
}

static const struct command {
	unsigned int number;
	int (*run)(const struct caller *caller, union words *words);
} commands[] = {
	{ PINFS_IOC_DECLARE, do_declare },
	{ PINFS_IOC_UNDECLARE, do_undeclare },
	{ PINFS_IOC_RECEIPTS, do_receipts },
	{ PINFS_IOC_RECEIPT, do_receipt },
	{ PINFS_IOC_MARK, do_mark },
	{ PINFS_IOC_SCRUB, do_scrub },
};

static const struct command *find(unsigned int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].number == number)
			return &commands[i];
	return NULL;
}

static int run(fuse_req_t req, const struct fuse_file_info *fi,
	       const struct command *command, const void *in,
	       union words *words)
{
	struct caller caller = {
		.fs = ops_fs(req),
		.handle = handle_from_fh(fi->fh),
	};

	memcpy(words, in, _IOC_SIZE(command->number));
	return command->run(&caller, words);
}

void ops_ioctl(fuse_req_t req, UNUSED fuse_ino_t ino, unsigned int number,
	       UNUSED void *arg, struct fuse_file_info *fi, unsigned int flags,
	       const void *in, size_t in_len, size_t out_len)
{
	const struct command *command = find(number);
	union words words;
	int err = -ENOTTY;

	if (command && !(flags & FUSE_IOCTL_DIR))
		err = in_len < _IOC_SIZE(number) ? -EINVAL :
			run(req, fi, command, in, &words);
	if (err)
		fuse_reply_err(req, -err);
	else
		fuse_reply_ioctl(req, 0, &words,
				 MIN(out_len, (size_t)_IOC_SIZE(number)));
}
