/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ioctl-calls FILE - calls of pinfs-ioctl(2) on a file of a mount that must be
 * refused, or just not be. A line for each whose errno is not the one wanted,
 * and one with their number. With "full" as the second word: declarations until
 * the mount takes no more, and how many that were.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pinfs/ioctl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/compiler.h"

/* The first block that is none. */
#define LAST ((uint64_t)INT64_MAX / PINFS_IOC_BLOCK)

/* All of them begin with block, count and flags, but for two. */
static union {
	struct pinfs_ioc_declare declare;
	struct pinfs_ioc_receipts receipts;
	struct pinfs_ioc_mark mark;
	char room[1 << 14];
} words;

static const struct {
	const char *name;
	int flags;		/* of open(2) */
	unsigned long number;
	uint64_t block;
	uint32_t count;
	uint32_t word;		/* flags */
	int wanted;
} calls[] = {
	{ "declare", O_RDWR, PINFS_IOC_DECLARE, 0, 1, 0, 0 },
	{ "declare, write only", O_WRONLY, PINFS_IOC_DECLARE, 0, 1024, 0, 0 },
	{ "declare, read only", O_RDONLY, PINFS_IOC_DECLARE, 0, 1, 0, EBADF },
	{ "declare none", O_RDWR, PINFS_IOC_DECLARE, 0, 0, 0, EINVAL },
	{ "declare many", O_RDWR, PINFS_IOC_DECLARE, 0, 1025, 0, EINVAL },
	{ "declare flags", O_RDWR, PINFS_IOC_DECLARE, 0, 1, 1, EINVAL },
	{ "declare the last", O_RDWR, PINFS_IOC_DECLARE, LAST - 1, 1, 0, 0 },
	{ "declare beyond", O_RDWR, PINFS_IOC_DECLARE, LAST, 1, 0, EINVAL },
	{ "declare at 2^64", O_RDWR, PINFS_IOC_DECLARE, UINT64_MAX, 1, 0,
	  EINVAL },
	{ "undeclare all", O_RDWR, PINFS_IOC_UNDECLARE, 0, UINT32_MAX, 0, 0 },
	{ "undeclare, read only", O_RDONLY, PINFS_IOC_UNDECLARE, 0, 1, 0,
	  EBADF },
	{ "undeclare none", O_RDWR, PINFS_IOC_UNDECLARE, 0, 0, 0, EINVAL },
	{ "undeclare flags", O_RDWR, PINFS_IOC_UNDECLARE, 0, 1, 1, EINVAL },
	{ "receipt unasked", O_RDWR, PINFS_IOC_RECEIPT, 0, 1, 0, ENODATA },
	{ "receipt, write only", O_WRONLY, PINFS_IOC_RECEIPT, 0, 1, 0, EBADF },
	{ "receipt none", O_RDWR, PINFS_IOC_RECEIPT, 0, 0, 0, EINVAL },
	{ "receipt many", O_RDWR, PINFS_IOC_RECEIPT, 0, 1025, 0, EINVAL },
	{ "receipt flags", O_RDWR, PINFS_IOC_RECEIPT, 0, 1, 1, EINVAL },
	/* on and flags are the two halves of block, the lower one first */
	{ "receipts off", O_RDONLY, PINFS_IOC_RECEIPTS, 0, 0, 0, 0 },
	{ "receipts on", O_RDONLY, PINFS_IOC_RECEIPTS, 1, 0, 0, 0 },
	{ "receipts 2", O_RDONLY, PINFS_IOC_RECEIPTS, 2, 0, 0, EINVAL },
	{ "receipts flags", O_RDONLY, PINFS_IOC_RECEIPTS, 1ULL << 32, 0, 0,
	  EINVAL },
	/* the text is the bytes of block and what follows, zeros at its end */
	{ "mark", O_RDONLY, PINFS_IOC_MARK, 0x6b72616d, 0, 0, 0 },
	{ "unknown", O_RDWR, _IO(PINFS_IOC_MAGIC, 1), 0, 0, 0, ENOTTY },
	{ "of another size", O_RDWR, _IOW(PINFS_IOC_MAGIC, 1, int), 0, 0, 0,
	  ENOTTY },
	{ "of a directory", O_DIRECTORY, PINFS_IOC_RECEIPTS, 1, 0, 0, ENOTTY },
};

static void try_call(const char *path, size_t i)
{
	bool directory = calls[i].flags & O_DIRECTORY;
	int fd = open(directory ? "." : path, calls[i].flags);
	int got;

	if (fd < 0)
		err(1, "%s", path);
	words.declare.block = calls[i].block;
	words.declare.count = calls[i].count;
	words.declare.flags = calls[i].word;
	got = ioctl(fd, calls[i].number, &words) ? errno : 0;
	if (got != calls[i].wanted)
		printf("%s: %s, wanted: %s\n", calls[i].name, strerror(got),
		       strerror(calls[i].wanted));
	close(fd);
}

static void try_unterminated(const char *path)
{
	int fd = open(path, O_RDONLY);

	memset(&words.mark, 'x', sizeof(words.mark));
	if (ioctl(fd, PINFS_IOC_MARK, &words) == 0 || errno != EINVAL)
		printf("a mark without an end: %s\n", strerror(errno));
	close(fd);
	memset(&words, 0, sizeof(words));
}

static void fill(const char *path)
{
	int fd = open(path, O_RDWR);
	unsigned long count = 0;

	words.declare.count = PINFS_IOC_MAX_BLOCKS;
	while (ioctl(fd, PINFS_IOC_DECLARE, &words) == 0) {
		words.declare.block += PINFS_IOC_MAX_BLOCKS;
		count += PINFS_IOC_MAX_BLOCKS;
	}
	printf("%lu declared, then: %s\n", count, strerror(errno));
	/* What is declared already takes no more room. */
	words.declare.block = 0;
	if (ioctl(fd, PINFS_IOC_DECLARE, &words))
		printf("again: %s\n", strerror(errno));
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: ioctl-calls FILE [full]");
	if (argc > 2) {
		fill(argv[1]);
		return 0;
	}
	try_unterminated(argv[1]);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		try_call(argv[1], i);
	printf("%zu calls\n", ARRAY_SIZE(calls) + 1);
	return 0;
}
