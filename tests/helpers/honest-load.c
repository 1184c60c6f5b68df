/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: honest-load FILE ROUNDS SEED
 *
 * Changes a file in all honest ways at once: one process writes, stores through
 * a mapping, truncates, punches holes and writes by O_DIRECT, another writes and
 * starts writeback without waiting, so that pages are written to while they are
 * under it. All that it does is done when it ends; some of it may be dirty.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/compiler.h"

enum { MAX_BYTES = 1 << 20, CHUNK = 16 << 10, BLOCK = 4096 };

struct load {
	int fd;
	int direct_fd;
	uint8_t *map;		/* MAX_BYTES of the file */
	uint8_t *buf;		/* CHUNK bytes, aligned */
	unsigned int seed;
};

static size_t below(struct load *load, size_t limit)
{
	return (size_t)rand_r(&load->seed) % limit;
}

static int check(long ret, const char *what)
{
	if (ret >= 0)
		return 0;
	fprintf(stderr, "honest-load: %s: %s\n", what, strerror(errno));
	return 1;
}

static void fill(struct load *load, uint8_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)rand_r(&load->seed);
}

static int write_some(struct load *load)
{
	size_t len = below(load, CHUNK) + 1;

	fill(load, load->buf, len);
	return check(pwrite(load->fd, load->buf, len,
			    (off_t)below(load, MAX_BYTES - CHUNK)), "pwrite");
}

static int write_back(struct load *load)
{
	return check(sync_file_range(load->fd, 0, 0, SYNC_FILE_RANGE_WRITE),
		     "sync_file_range");
}

static int store_some(struct load *load)
{
	struct stat attr;
	size_t off;

	if (fstat(load->fd, &attr))
		return check(-1, "fstat");
	/* Nobody else makes the file shorter. */
	if (attr.st_size < BLOCK)
		return 0;
	off = below(load, MIN((size_t)attr.st_size, (size_t)MAX_BYTES) / BLOCK);
	fill(load, load->map + off * BLOCK, 64);
	return 0;
}

static int cut(struct load *load)
{
	return check(ftruncate(load->fd, (off_t)below(load, MAX_BYTES)),
		     "ftruncate");
}

static int punch(struct load *load)
{
	return check(fallocate(load->fd, FALLOC_FL_PUNCH_HOLE |
			       FALLOC_FL_KEEP_SIZE,
			       (off_t)below(load, MAX_BYTES - CHUNK),
			       (off_t)below(load, CHUNK) + 1), "fallocate");
}

static int write_direct(struct load *load)
{
	fill(load, load->buf, 2 * BLOCK);
	return check(pwrite(load->direct_fd, load->buf, 2 * BLOCK, (off_t)
			    below(load, MAX_BYTES / BLOCK - 2) * BLOCK),
		     "O_DIRECT pwrite");
}

typedef int action_fn(struct load *load);

static int run(struct load *load, action_fn *const actions[], size_t count,
	       unsigned long rounds)
{
	int failed = 0;

	for (unsigned long i = 0; i < rounds && !failed; i++)
		failed = actions[below(load, count)](load);
	return failed;
}

static int prepare(struct load *load, const char *path)
{
	load->fd = open(path, O_RDWR | O_CREAT, 0600);
	load->direct_fd = open(path, O_RDWR | O_DIRECT);
	if (load->fd < 0 || load->direct_fd < 0)
		return check(-1, path);
	load->map = mmap(NULL, MAX_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			 load->fd, 0);
	if (load->map == MAP_FAILED)
		return check(-1, "mmap");
	return check(posix_memalign((void **)&load->buf, BLOCK, CHUNK) ? -1 : 0,
		     "posix_memalign");
}

int main(int argc, char **argv)
{
	static action_fn *const all[] = {
		write_some, write_some, write_some, store_some, store_some,
		store_some, write_back, cut, punch, write_direct,
	};
	static action_fn *const fast[] = {
		write_some, write_some, write_back,
	};
	struct load load = { 0 };
	unsigned long rounds;
	int failed, status;
	pid_t other;

	if (argc != 4) {
		fprintf(stderr, "usage: honest-load FILE ROUNDS SEED\n");
		return 2;
	}
	rounds = strtoul(argv[2], NULL, 0);
	load.seed = (unsigned int)strtoul(argv[3], NULL, 0);
	if (prepare(&load, argv[1]))
		return 1;
	other = fork();
	if (!other) {
		load.seed += 1000;
		_exit(run(&load, fast, ARRAY_SIZE(fast), rounds));
	}
	failed = run(&load, all, ARRAY_SIZE(all), rounds);
	if (waitpid(other, &status, 0) != other || status)
		failed = 1;
	return failed;
}
