/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * failing-malloc.so - to be preloaded into the daemon: allocations fail, each
 * with a probability, while a file says so.
 *
 * FAILING_MALLOC names a file of 32 bytes: 6 digits, the parts in 100000 that
 * are to fail (000000: none), a blank, then up to offset 15 the seed in digits;
 * from 16 on two native 64-bit numbers that count allocations while armed, and
 * those that failed. It is mapped: whoever writes to it arms and disarms.
 *
 * Which call fails is a function of the seed and the number of the call. What
 * takes part: malloc(), calloc(), realloc(), aligned_alloc(), posix_memalign(),
 * and so whatever calls these, strdup(), opendir(), json_pack() and libfuse
 * included. What does not: processes that are no "pinfs", the daemon's children
 * (its supervisor, helpers), and free(), which cannot fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DIGITS = 6, SEED_AT = 7, SEED_END = 15, PARTS = 100000 };

struct orders {
	char text[16];
	_Atomic(uint64_t) calls;
	_Atomic(uint64_t) failed;
};

/* glibc's own, under names that nobody takes over. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static struct orders *_Atomic orders;

static void leave_child_alone(void)
{
	atomic_store(&orders, NULL);
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAILING_MALLOC");
	void *map;
	int fd;

	if (!path || strcmp(program_invocation_short_name, "pinfs"))
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	map = mmap(NULL, sizeof(*orders), PROT_READ | PROT_WRITE, MAP_SHARED,
		   fd, 0);
	close(fd);
	if (map == MAP_FAILED || pthread_atfork(NULL, NULL, leave_child_alone))
		abort();
	atomic_store(&orders, map);
}

static uint64_t number(const char *text, const char *end)
{
	uint64_t value = 0;

	for (; text < end && *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

/* splitmix64: any two numbers next to each other give unlike results. */
static uint64_t mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15ULL;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
	return value ^ value >> 31;
}

static bool fails(void)
{
	struct orders *now = atomic_load(&orders);
	uint64_t parts, seed;

	if (!now)
		return false;
	parts = number(now->text, now->text + DIGITS);
	if (!parts)
		return false;
	seed = number(now->text + SEED_AT, now->text + SEED_END);
	if (mix(mix(seed) + atomic_fetch_add(&now->calls, 1)) % PARTS >= parts)
		return false;
	atomic_fetch_add(&now->failed, 1);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return size && fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	void *made = fails() ? NULL : __libc_memalign(alignment, size);

	if (!made)
		return ENOMEM;
	*memory = made;
	return 0;
}
