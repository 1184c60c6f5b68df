/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aio-writes FILE WRITES SEED - overwrites the first blocks of a file by O_DIRECT
 * and Linux AIO, so many times, many of them under way at once, also to the same
 * blocks, as a loop device does. Each has other bytes. fdatasync(2) now and then.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/compiler.h"
#include "common/digest.h"
#include "common/random.h"

enum {
	DEPTH = 32,		/* under way at once */
	BLOCKS = 16,		/* of the file */
	MOST = 4,		/* in one write */
	WRITES_BETWEEN_SYNCS = 100,
};

struct slot {
	struct iocb block;
	uint8_t *bytes;		/* MOST blocks */
};

static struct slot slots[DEPTH];
static uint64_t chance;

static void submit(aio_context_t context, int fd, size_t index)
{
	struct slot *slot = &slots[index];
	struct iocb *block = &slot->block;
	uint64_t first = random_below(&chance, BLOCKS);
	uint64_t count = 1 + random_below(&chance, MIN((uint64_t)MOST,
						       BLOCKS - first));
	uint64_t mark = random_next(&chance);

	for (size_t i = 0; i < count * DIGEST_BLOCK; i += sizeof(mark))
		memcpy(slot->bytes + i, &mark, sizeof(mark));
	*block = (struct iocb){
		.aio_data = index,
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = (uint32_t)fd,
		.aio_buf = (uintptr_t)slot->bytes,
		.aio_nbytes = count * DIGEST_BLOCK,
		.aio_offset = (int64_t)(first * DIGEST_BLOCK),
	};
	if (syscall(SYS_io_submit, context, 1L, &block) != 1)
		err(1, "io_submit");
}

/* Wait for one; the slot that is free then. */
static size_t complete(aio_context_t context)
{
	struct io_event event;
	long n;

	do {
		n = syscall(SYS_io_getevents, context, 1L, 1L, &event, NULL);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		err(1, "io_getevents");
	if (event.res != (int64_t)slots[event.data].block.aio_nbytes)
		errx(1, "a write is answered with %lld", (long long)event.res);
	return event.data;
}

static void write_all(aio_context_t context, int fd, size_t count)
{
	size_t done = 0;

	for (size_t sent = 0; sent < count; sent++) {
		size_t index = sent < DEPTH ? sent : complete(context);

		done += sent >= DEPTH;
		submit(context, fd, index);
		if (sent % WRITES_BETWEEN_SYNCS == 0 && fdatasync(fd))
			err(1, "fdatasync");
	}
	while (done++ < count)
		complete(context);
}

int main(int argc, char **argv)
{
	aio_context_t context = 0;
	int fd;

	if (argc != 4)
		errx(2, "usage: aio-writes FILE WRITES SEED");
	chance = strtoull(argv[3], NULL, 10);
	fd = open(argv[1], O_RDWR | O_DIRECT);
	if (fd < 0)
		err(1, "%s", argv[1]);
	for (size_t i = 0; i < DEPTH; i++) {
		slots[i].bytes = aligned_alloc(DIGEST_BLOCK,
					       MOST * DIGEST_BLOCK);
		if (!slots[i].bytes)
			err(1, "memory");
	}
	if (syscall(SYS_io_setup, DEPTH, &context))
		err(1, "io_setup");
	write_all(context, fd, strtoull(argv[2], NULL, 10));
	return 0;
}
