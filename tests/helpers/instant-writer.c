/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a copy of a file that is being written one of a single instant?
 *
 *	instant-writer FILE BLOCKS		write 1, 2, 3, ... into one block
 *						after another, here and there,
 *						each when the one before has been
 *						written (O_DIRECT), until SIGTERM
 *	instant-writer -c COPY BLOCKS		check a copy
 *
 * BLOCKS is a power of two. At any instant the blocks hold the newest so many
 * numbers, without a gap. -c prints the newest; status 1: what is there was never
 * there at once.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/compiler.h"
#include "common/digest.h"
#include "common/fdio.h"

static volatile sig_atomic_t ended;
static _Alignas(DIGEST_BLOCK) uint64_t block_words[DIGEST_BLOCK / 8];

static void end(int signal_number)
{
	(void)signal_number;
	ended = 1;
}

/* Neighbours in time are far apart. The factor is odd: each block has its turn. */
static off_t place(uint64_t number, uint64_t blocks)
{
	return (off_t)(number * 0x9e3779b1u % blocks * DIGEST_BLOCK);
}

static void write_round(int fd, uint64_t blocks)
{
	for (uint64_t number = 1; !ended; number++) {
		for (size_t i = 0; i < DIGEST_BLOCK / 8; i++)
			block_words[i] = number;
		if (pwrite(fd, block_words, DIGEST_BLOCK,
			   place(number, blocks)) != DIGEST_BLOCK)
			err(1, "write");
	}
}

static uint64_t read_number(int fd, off_t off)
{
	if (fdio_pread(fd, block_words, DIGEST_BLOCK, off) != DIGEST_BLOCK)
		errx(2, "cannot be read at %jd", (intmax_t)off);
	for (size_t i = 1; i < DIGEST_BLOCK / 8; i++)
		if (block_words[i] != block_words[0])
			errx(1, "the block at %jd is torn", (intmax_t)off);
	return block_words[0];
}

static void check(int fd, uint64_t blocks)
{
	uint64_t newest = 0;

	for (uint64_t i = 0; i < blocks; i++)
		newest = MAX(newest, read_number(fd, place(i, blocks)));
	for (uint64_t i = 0; i < blocks && i < newest; i++) {
		uint64_t number = read_number(fd, place(newest - i, blocks));

		if (number != newest - i)
			errx(1, "there is %" PRIu64 " but not %" PRIu64
			     " before it (%" PRIu64 ")", newest, newest - i,
			     number);
	}
	printf("%" PRIu64 "\n", newest);
}

int main(int argc, char **argv)
{
	bool checks = argc == 4 && !strcmp(argv[1], "-c");
	struct sigaction action = { .sa_handler = end };
	uint64_t blocks;
	int fd;

	if (argc != 3 && !checks)
		errx(2, "usage: instant-writer [-c] FILE BLOCKS");
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	fd = open(argv[1 + checks], checks ? O_RDONLY : O_RDWR | O_DIRECT);
	if (fd < 0)
		err(2, "%s", argv[1 + checks]);
	blocks = strtoull(argv[2 + checks], NULL, 10);
	if (!blocks || blocks & (blocks - 1))
		errx(2, "%s: no power of two", argv[2 + checks]);
	if (checks)
		check(fd, blocks);
	else
		write_round(fd, blocks);
	return 0;
}
