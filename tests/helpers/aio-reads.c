/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aio-reads FILE COUNT - reads the first COUNT blocks of a file by O_DIRECT,
 * all at once, with Linux AIO. When all are under way it prints "submitted";
 * then a line for each, in the order in which they were completed:
 *	BLOCK RESULT XXH3-64
 * where RESULT is the number of bytes or a negative errno.
 *
 * The kernel puts a completion into the ring when the filesystem's answer comes
 * (fs/aio.c: aio_complete(), fs/fuse/file.c: fuse_aio_complete()), so this is
 * the order of the answers. By the bare system calls: a test must not depend on
 * a library that may not be there.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/digest.h"

enum { BATCH = 256 };

static char *map_memory(size_t len)
{
	void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "%zu bytes", len);
	return memory;
}

static void submit(aio_context_t context, int fd, char *memory, size_t count)
{
	struct iocb *blocks = calloc(count, sizeof(*blocks));

	if (!blocks)
		err(1, "memory");
	for (size_t i = 0; i < count; i++) {
		struct iocb *block = &blocks[i];

		block->aio_data = i;
		block->aio_lio_opcode = IOCB_CMD_PREAD;
		block->aio_fildes = (uint32_t)fd;
		block->aio_buf = (uintptr_t)(memory + i * DIGEST_BLOCK);
		block->aio_nbytes = DIGEST_BLOCK;
		block->aio_offset = (int64_t)i * DIGEST_BLOCK;
		if (syscall(SYS_io_submit, context, 1L, &block) != 1)
			err(1, "io_submit of block %zu", i);
	}
	free(blocks);
}

static void print_completion(const struct io_event *event, const char *memory)
{
	const char *block = memory + event->data * DIGEST_BLOCK;
	char hex[DIGEST_HEX_SIZE];

	digest_hex(digest_block(block, DIGEST_BLOCK), hex);
	printf("%llu %lld %s\n", (unsigned long long)event->data,
	       (long long)event->res, hex);
}

static void collect(aio_context_t context, const char *memory, size_t count)
{
	static struct io_event events[BATCH];

	while (count > 0) {
		long n = syscall(SYS_io_getevents, context, 1L, (long)BATCH,
				 events, NULL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			err(1, "io_getevents");
		for (long i = 0; i < n; i++)
			print_completion(&events[i], memory);
		count -= (size_t)n;
	}
}

int main(int argc, char **argv)
{
	aio_context_t context = 0;
	char *memory;
	size_t count;
	int fd;

	if (argc != 3)
		errx(2, "usage: aio-reads FILE COUNT");
	count = strtoul(argv[2], NULL, 10);
	memory = map_memory(count * DIGEST_BLOCK);
	fd = open(argv[1], O_RDONLY | O_DIRECT);
	if (fd < 0)
		err(1, "%s", argv[1]);
	if (syscall(SYS_io_setup, (unsigned int)count, &context))
		err(1, "io_setup of %zu", count);
	submit(context, fd, memory, count);
	puts("submitted");
	fflush(stdout);
	collect(context, memory, count);
	return fflush(stdout) ? 1 : 0;
}
