/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seeded-file FILE BLOCKS SEED - a file in which no two blocks are equal and no
 * 8-byte word is zero, the same for the same seed. What is found elsewhere of
 * it can so be traced to its block.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/digest.h"
#include "common/fdio.h"

/* splitmix64: a bijection of 64 bits, so no value comes twice. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static void fill_block(uint64_t *words, uint64_t block, uint64_t seed)
{
	const size_t count = DIGEST_BLOCK / sizeof(*words);

	for (size_t i = 0; i < count; i++) {
		words[i] = mix(seed ^ (block * count + i));
		if (!words[i])
			words[i] = 1;
	}
}

int main(int argc, char **argv)
{
	static uint64_t words[DIGEST_BLOCK / sizeof(uint64_t)];
	uint64_t blocks;
	uint64_t seed;
	int fd;

	if (argc != 4)
		errx(2, "usage: seeded-file FILE BLOCKS SEED");
	blocks = strtoull(argv[2], NULL, 10);
	seed = mix(strtoull(argv[3], NULL, 10));
	fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		err(1, "%s", argv[1]);
	for (uint64_t block = 0; block < blocks; block++) {
		int error;

		fill_block(words, block, seed);
		error = fdio_write(fd, words, sizeof(words));
		if (error)
			errx(1, "%s: %s", argv[1], strerror(-error));
	}
	if (fsync(fd) || close(fd))
		err(1, "%s", argv[1]);
	return 0;
}
