/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One wrong bit in a block, as a medium makes it:
 *
 *	flip-bit FILE BLOCK SEED	flip it by writing to the file, whose time
 *					of modification is put back
 *	flip-bit -w FILE BLOCK SEED	print "BYTE BIT": where it is on the
 *					device of the file's filesystem
 *	flip-bit -i IMAGE		flip the bits "BYTE BIT" that standard input
 *					lists, one a line, on the device or image
 *
 * Which bit it is depends on SEED; it is one that the file has, so the same call
 * again undoes the flip.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/compiler.h"
#include "common/digest.h"

struct bit {
	uint64_t byte;
	unsigned int number;
};

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static struct bit choose(int fd, const char *block_text, const char *seed_text)
{
	uint64_t off = strtoull(block_text, NULL, 10) * DIGEST_BLOCK;
	struct stat st;
	uint64_t len;
	long number;

	if (fstat(fd, &st))
		err(1, "fstat");
	if (off >= (uint64_t)st.st_size)
		errx(1, "there is no block %s", block_text);
	len = MIN((uint64_t)DIGEST_BLOCK, (uint64_t)st.st_size - off);
	srandom((unsigned int)strtoul(seed_text, NULL, 10));
	number = random();
	return (struct bit){ off + (uint64_t)number / 8 % len,
			     (unsigned int)number % 8 };
}

static void flip(int fd, struct bit bit)
{
	uint8_t byte;

	if (pread(fd, &byte, 1, (off_t)bit.byte) != 1)
		err(1, "read at %" PRIu64, bit.byte);
	byte ^= (uint8_t)(1u << bit.number);
	if (pwrite(fd, &byte, 1, (off_t)bit.byte) != 1)
		err(1, "write at %" PRIu64, bit.byte);
}

static void flip_in_file(int fd, struct bit bit)
{
	struct timespec times[2];
	struct stat st;

	if (fstat(fd, &st))
		err(1, "fstat");
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	flip(fd, bit);
	if (futimens(fd, times))
		err(1, "futimens");
}

/* Only what lies on the device as it is: no inline data, no compression. */
static uint64_t on_device(int fd, uint64_t off)
{
	uint64_t memory[(sizeof(struct fiemap) + sizeof(struct fiemap_extent)) /
			sizeof(uint64_t)] = { 0 };
	struct fiemap *map = (struct fiemap *)memory;
	const struct fiemap_extent *extent = map->fm_extents;
	const uint32_t unfit = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_ENCODED |
			       FIEMAP_EXTENT_NOT_ALIGNED |
			       FIEMAP_EXTENT_UNWRITTEN;

	map->fm_start = off;
	map->fm_length = 1;
	map->fm_flags = FIEMAP_FLAG_SYNC;
	map->fm_extent_count = 1;
	if (ioctl(fd, FS_IOC_FIEMAP, map))
		err(1, "FIEMAP");
	if (!map->fm_mapped_extents || extent->fe_flags & unfit)
		errx(1, "byte %" PRIu64 " has no place on the device", off);
	return extent->fe_physical + (off - extent->fe_logical);
}

static void flip_list(const char *image)
{
	int fd = open_file(image, O_RDWR);
	struct bit bit;

	while (scanf("%" SCNu64 " %u", &bit.byte, &bit.number) == 2)
		flip(fd, bit);
	if (!feof(stdin))
		errx(2, "not \"BYTE BIT\"");
	if (fsync(fd) || close(fd))
		err(1, "%s", image);
}

int main(int argc, char **argv)
{
	bool where = argc == 5 && !strcmp(argv[1], "-w");
	struct bit bit;
	int fd;

	if (argc == 3 && !strcmp(argv[1], "-i")) {
		flip_list(argv[2]);
		return 0;
	}
	if (argc != 4 && !where)
		errx(2, "usage: flip-bit [-w] FILE BLOCK SEED, or -i IMAGE");
	argv += where;
	fd = open_file(argv[1], where ? O_RDONLY : O_RDWR);
	bit = choose(fd, argv[2], argv[3]);
	if (where)
		printf("%" PRIu64 " %u\n", on_device(fd, bit.byte), bit.number);
	else
		flip_in_file(fd, bit);
	return close(fd) ? 1 : 0;
}
