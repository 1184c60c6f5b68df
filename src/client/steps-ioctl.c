/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that talk to the daemon about a file (pinfs-ioctl(2)): digests of
 * memory, declared before it is written, or shown after it was read.
 */
#include <pinfs/ioctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "client/steps-call.h"
#include "common/digest.h"

/* Blocks of a file, and the memory that has them. */
struct blocks {
	struct steps_fd fd;
	uint64_t first;
	uint32_t count;
	struct steps_mem mem;	/* not where the step names none */
};

/* "off" and "len" of @mem_key; the last block may be cut by the file's end. */
static struct blocks read_blocks(struct steps_call *call, const char *mem_key)
{
	struct blocks blocks = { .fd = steps_fd(call, "fd") };
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);

	if (off % PINFS_IOC_BLOCK)
		steps_bad(call, "off= is not a multiple of %d",
			  PINFS_IOC_BLOCK);
	if (len > (size_t)PINFS_IOC_MAX_BLOCKS * PINFS_IOC_BLOCK)
		steps_bad(call, "len= is more than %d blocks",
			  PINFS_IOC_MAX_BLOCKS);
	blocks.first = off / PINFS_IOC_BLOCK;
	blocks.count = (uint32_t)((len + PINFS_IOC_BLOCK - 1) /
				  PINFS_IOC_BLOCK);
	if (mem_key)
		blocks.mem = steps_mem(call, mem_key,
				       steps_size_or(call, "at", 0), len);
	return blocks;
}

static void digest_blocks(const struct blocks *blocks, uint64_t *digest)
{
	for (uint32_t i = 0; i < blocks->count; i++) {
		size_t at = (size_t)i * PINFS_IOC_BLOCK;

		digest[i] = digest_block(blocks->mem.addr + at,
					 MIN(blocks->mem.len - at,
					     (size_t)PINFS_IOC_BLOCK));
	}
}

/* The memory is looked at here: only then nothing else is wrong. */
long steps_do_declare(struct steps_call *call)
{
	struct blocks blocks = read_blocks(call, "from");
	struct pinfs_ioc_declare *words;
	long ret;

	if (!steps_begin(call))
		return 0;
	words = calloc(1, sizeof(*words));
	if (!words)
		return -ENOMEM;
	words->block = blocks.first;
	words->count = blocks.count;
	digest_blocks(&blocks, words->digest);
	ret = STEPS_TIMED(call, ioctl(blocks.fd.fd, PINFS_IOC_DECLARE, words));
	free(words);
	return ret < 0 ? ret : blocks.count;
}

long steps_do_undeclare(struct steps_call *call)
{
	struct blocks blocks = read_blocks(call, NULL);
	struct pinfs_ioc_undeclare words = {
		.block = blocks.first, .count = blocks.count,
	};
	long ret;

	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, ioctl(blocks.fd.fd, PINFS_IOC_UNDECLARE,
				      &words));
	return ret < 0 ? ret : words.withdrawn;
}

long steps_do_receipts(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	struct pinfs_ioc_receipts words = {
		.on = !steps_flag(call, "stop"),
	};

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, ioctl(fd.fd, PINFS_IOC_RECEIPTS, &words));
}

long steps_do_receipt(struct steps_call *call)
{
	struct blocks blocks = read_blocks(call, "into");
	struct pinfs_ioc_receipt *words;
	long ret;

	if (!steps_begin(call))
		return 0;
	words = calloc(1, sizeof(*words));
	if (!words)
		return -ENOMEM;
	words->block = blocks.first;
	words->count = blocks.count;
	digest_blocks(&blocks, words->digest);
	ret = STEPS_TIMED(call, ioctl(blocks.fd.fd, PINFS_IOC_RECEIPT, words));
	if (ret >= 0) {
		steps_say(call, "compared", "%u", words->compared);
		steps_say(call, "unknown", "%u", words->unknown);
		ret = words->differing;
	}
	free(words);
	return ret;
}
