/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-stress DIR SECONDS THREADS SEED - threads that change a few files in DIR
 * in all the ways that a mount takes: writes of any offset and length, also with
 * O_DIRECT, truncating, making holes, copying, opening and closing, with reads
 * and fsync(2) between. Nobody knows what is in the files then; who verifies them
 * must find that everything matches.
 *
 * Prints how many calls it made. Fails when one fails otherwise than it may.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

enum {
	NFILES = 3,
	MAX_THREADS = 64,
	FILE_BYTES = 5 << 20,	/* three regions of checksums */
	BUSY_FROM = (2 << 20) - (40 << 10),	/* most calls are here */
	BUSY_BYTES = 80 << 10,
	CALL_BYTES = 300 << 10,
	SECTOR = 512,
};

struct thread {
	pthread_t id;
	uint64_t seed;
	uint64_t calls;
	uint8_t *bytes;		/* CALL_BYTES, for O_DIRECT */
};

/* A call to be made on a file. */
struct call {
	struct thread *thread;
	int fd;
	int other;		/* of another file, or the same one */
	off_t off;
	size_t len;
};

static atomic_bool enough;
static char paths[NFILES][PATH_MAX];

static uint64_t number(struct thread *thread, uint64_t below)
{
	thread->seed ^= thread->seed << 13;
	thread->seed ^= thread->seed >> 7;
	thread->seed ^= thread->seed << 17;
	return (thread->seed >> 11) % below;
}

static off_t any_offset(struct thread *thread)
{
	if (number(thread, 3))
		return (off_t)(BUSY_FROM + number(thread, BUSY_BYTES));
	return (off_t)number(thread, FILE_BYTES);
}

/* ---- the calls: 0, or -1 with errno ---- */

static int do_write(struct call *call)
{
	memset(call->thread->bytes, (int)number(call->thread, 256), call->len);
	return pwrite(call->fd, call->thread->bytes, call->len, call->off) < 0 ?
		-1 : 0;
}

static int do_write_direct(struct call *call)
{
	int fd;
	ssize_t n;

	fd = open(paths[number(call->thread, NFILES)], O_RDWR | O_DIRECT);
	if (fd < 0)
		return -1;
	call->off -= call->off % SECTOR;
	call->len += SECTOR - call->len % SECTOR;
	memset(call->thread->bytes, (int)number(call->thread, 256), call->len);
	n = pwrite(fd, call->thread->bytes, call->len, call->off);
	close(fd);
	return n < 0 ? -1 : 0;
}

static int do_read(struct call *call)
{
	return pread(call->fd, call->thread->bytes, call->len, call->off) < 0 ?
		-1 : 0;
}

/* From SOURCE, not from the page cache. */
static int do_read_again(struct call *call)
{
	(void)posix_fadvise(call->fd, call->off, (off_t)call->len,
			    POSIX_FADV_DONTNEED);
	return do_read(call);
}

static int do_truncate(struct call *call)
{
	return ftruncate(call->fd, call->off);
}

static int do_truncate_path(struct call *call)
{
	return truncate(paths[number(call->thread, NFILES)], call->off);
}

static int do_punch(struct call *call)
{
	return fallocate(call->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 call->off, (off_t)call->len);
}

static int do_zero(struct call *call)
{
	int keep = number(call->thread, 2) ? FALLOC_FL_KEEP_SIZE : 0;

	return fallocate(call->fd, FALLOC_FL_ZERO_RANGE | keep, call->off,
			 (off_t)call->len);
}

static int do_allocate(struct call *call)
{
	return fallocate(call->fd, 0, call->off, (off_t)call->len);
}

static int do_copy(struct call *call)
{
	off_t to = any_offset(call->thread);

	if (number(call->thread, 2)) {
		call->off -= call->off % 4096;
		to -= to % 4096;
	}
	if (copy_file_range(call->fd, &call->off, call->other, &to, call->len,
			    0) >= 0)
		return 0;
	/* Ranges of one file that overlap. */
	return errno == EINVAL ? 0 : -1;
}

static int do_sync(struct call *call)
{
	return number(call->thread, 2) ? fsync(call->fd) : fdatasync(call->fd);
}

static int do_writeback(struct call *call)
{
	return sync_file_range(call->fd, call->off, (off_t)call->len,
			       SYNC_FILE_RANGE_WRITE);
}

static const struct {
	const char *name;
	int (*fn)(struct call *call);
	unsigned int weight;
} calls[] = {
	{ "write", do_write, 30 },
	{ "write with O_DIRECT", do_write_direct, 10 },
	{ "read", do_read, 15 },
	{ "read from SOURCE", do_read_again, 15 },
	{ "ftruncate", do_truncate, 4 },
	{ "truncate", do_truncate_path, 2 },
	{ "punch", do_punch, 5 },
	{ "zero", do_zero, 5 },
	{ "allocate", do_allocate, 2 },
	{ "copy", do_copy, 6 },
	{ "fsync", do_sync, 8 },
	{ "sync_file_range", do_writeback, 8 },
};

static void make_call(struct call *call)
{
	uint64_t at = number(call->thread, 110);
	size_t i = 0;

	while (at >= calls[i].weight)
		at -= calls[i++].weight;
	if (calls[i].fn(call))
		errx(1, "%s of %zu bytes at %lld: %s", calls[i].name, call->len,
		     (long long)call->off, strerror(errno));
	call->thread->calls++;
}

/* Some calls on two files that are opened for them. */
static void make_calls(struct thread *thread)
{
	int fd = open(paths[number(thread, NFILES)], O_RDWR);
	int other = open(paths[number(thread, NFILES)], O_RDWR);

	if (fd < 0 || other < 0)
		err(1, "open");
	for (uint64_t i = number(thread, 40); i && !atomic_load(&enough); i--) {
		struct call call = {
			.thread = thread, .fd = fd, .other = other,
			.off = any_offset(thread),
			.len = 1 + number(thread, number(thread, 3) ? 9000 :
					  CALL_BYTES - SECTOR),
		};

		make_call(&call);
	}
	close(fd);
	close(other);
}

static void *run(void *context)
{
	struct thread *thread = context;

	thread->bytes = aligned_alloc(4096, CALL_BYTES);
	if (!thread->bytes)
		err(1, "memory");
	while (!atomic_load(&enough))
		make_calls(thread);
	free(thread->bytes);
	return NULL;
}

static void make_files(const char *dir)
{
	for (int i = 0; i < NFILES; i++) {
		int fd;

		snprintf(paths[i], sizeof(paths[i]), "%s/stress%d", dir, i);
		fd = open(paths[i], O_RDWR | O_CREAT, 0644);
		if (fd < 0)
			err(1, "%s", paths[i]);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	static struct thread threads[MAX_THREADS];
	uint64_t sum = 0;
	int count;

	if (argc != 5)
		errx(2, "usage: store-stress DIR SECONDS THREADS SEED");
	make_files(argv[1]);
	count = atoi(argv[3]);
	if (count < 1 || count > MAX_THREADS)
		errx(2, "at most %d threads", MAX_THREADS);
	for (int i = 0; i < count; i++) {
		threads[i].seed = strtoull(argv[4], NULL, 10) * MAX_THREADS +
				  (uint64_t)i + 1;
		if (pthread_create(&threads[i].id, NULL, run, &threads[i]))
			errx(1, "threads");
	}
	clock_sleep_ns(strtoull(argv[2], NULL, 10) * CLOCK_NS_PER_SEC);
	atomic_store(&enough, true);
	for (int i = 0; i < count; i++) {
		pthread_join(threads[i].id, NULL);
		sum += threads[i].calls;
	}
	printf("%llu\n", (unsigned long long)sum);
	return 0;
}
