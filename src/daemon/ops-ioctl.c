/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ioctl(2) on an open file (include/pinfs/ioctl.h). The kernel copies exactly
 * the bytes that the command's number says, in and out (fs/fuse/ioctl.c,
 * fuse_do_ioctl() in 6.18: files are restricted).
 *
 * One table of commands. The words of a command are copied, its function checks
 * them and changes them into what the caller gets back.
 */
#include "daemon/ops.h"

#include <errno.h>
#include <pinfs/ioctl.h>
#include <string.h>

#include "common/digest.h"
#include "daemon/handle.h"

_Static_assert(PINFS_IOC_BLOCK == DIGEST_BLOCK, "the unit of all checks");

union words {
	struct pinfs_ioc_scrub scrub;
};

struct caller {
	struct fs *fs;
	struct handle *handle;
};

static int do_scrub(const struct caller *caller, union words *words)
{
	return ops_scrub(caller->fs, caller->handle, &words->scrub);
}

static const struct command {
	unsigned int number;
	int (*run)(const struct caller *caller, union words *words);
} commands[] = {
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
