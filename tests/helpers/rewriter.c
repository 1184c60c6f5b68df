/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rewriter FILE BLOCKS WRITES SEED [MICROSECONDS] - pwrite(2) random blocks of a
 * file again and again, starting writeback all the time, so that many a write
 * meets a page that is under writeback. After so many writes, or when SIGTERM
 * comes, it ends with fsync(2), and prints "BLOCK XXH3-64" of what each block was
 * written last: nothing else may be in the file then. With MICROSECONDS it leaves
 * time for others after each 64 writes.
 *
 * These are the blocks that a test knows to have been rewritten by write(2).
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "common/digest.h"
#include "common/fdio.h"

enum {
	WRITES_BETWEEN_SYNCS = 4,
	WRITES_BETWEEN_PAUSES = 64,
};

static volatile sig_atomic_t ended;

static void end(int signal_number)
{
	(void)signal_number;
	ended = 1;
}

/* All words of a block say block and generation. */
static void write_block(int fd, uint64_t block, uint64_t generation,
			uint64_t *digest_ret)
{
	uint64_t words[DIGEST_BLOCK / sizeof(uint64_t)];
	int error;

	for (size_t i = 0; i < DIGEST_BLOCK / sizeof(uint64_t); i++)
		words[i] = generation << 24 | block;
	*digest_ret = digest_block(words, sizeof(words));
	error = fdio_pwrite(fd, words, sizeof(words),
			    (off_t)(block * DIGEST_BLOCK));
	if (error)
		errx(1, "write: %s", strerror(-error));
}

static void rewrite(int fd, uint64_t blocks, unsigned long writes, long us,
		    uint64_t *digests)
{
	const struct timespec pause = { us / 1000000, us % 1000000 * 1000 };

	for (unsigned long i = 1; i <= writes && !ended; i++) {
		uint64_t block = (uint64_t)random() % blocks;

		write_block(fd, block, i, &digests[block]);
		if (i % WRITES_BETWEEN_SYNCS == 0 &&
		    sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE))
			err(1, "sync_file_range");
		if (us && i % WRITES_BETWEEN_PAUSES == 0)
			nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	uint64_t *digests;
	uint64_t blocks;
	int fd;

	if (argc != 5 && argc != 6)
		errx(2, "usage: rewriter FILE BLOCKS WRITES SEED "
		     "[MICROSECONDS]");
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	blocks = strtoull(argv[2], NULL, 10);
	srandom((unsigned int)strtoul(argv[4], NULL, 10));
	digests = blocks ? calloc(blocks, sizeof(*digests)) : NULL;
	fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (!digests || fd < 0)
		err(1, "%s", argv[1]);
	for (uint64_t block = 0; block < blocks; block++)
		write_block(fd, block, 0, &digests[block]);
	rewrite(fd, blocks, strtoul(argv[3], NULL, 10),
		argc > 5 ? strtol(argv[5], NULL, 10) : 0, digests);
	if (fsync(fd) || close(fd))
		err(1, "%s", argv[1]);
	for (uint64_t block = 0; block < blocks; block++)
		printf("%" PRIu64 " %016" PRIx64 "\n", block, digests[block]);
	free(digests);
	return 0;
}
