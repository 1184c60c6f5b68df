/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory-load DIR SECONDS THREADS SEED MODEL - threads that each change a file of
 * their own in DIR in all ways (write(2), O_DIRECT, stores into a mapping), bring
 * it to the disk, read it again, and make, list, rename and remove names. Calls
 * may fail with ENOMEM or EIO; what was written and brought to the disk without
 * an error must be read as it was. MODEL gets what must be there at the end.
 * memory-load --check DIR MODEL - is it? Prints how many blocks were compared.
 *
 * Each block holds its file and a number all over, so that it is known from any
 * eight bytes. A call that failed leaves it open what its blocks hold, until the
 * next that did not.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/compiler.h"
#include "common/fdio.h"

enum { BLOCK = 4096, BLOCKS = 256, MOST = 16, MAX_THREADS = 32 };

static const uint64_t UNSURE = UINT64_MAX;

struct worker {
	pthread_t thread;
	uint64_t file;
	uint64_t seed;
	uint64_t last;		/* number written last */
	uint64_t model[BLOCKS];	/* number that a block holds; UNSURE */
	uint8_t *bytes;		/* MOST blocks */
	uint8_t *map;
	bool renamed;
	int fd;
	int direct_fd;
	uint64_t done, failed;
};

static const char *directory;
static atomic_bool enough;
static _Thread_local sigjmp_buf no_page;

static uint64_t below(struct worker *worker, uint64_t limit)
{
	worker->seed = worker->seed * 6364136223846793005ULL +
		       1442695040888963407ULL;
	return (worker->seed >> 33) % limit;
}

static void on_bus_error(int number)
{
	(void)number;
	siglongjmp(no_page, 1);
}

/* What a call may fail with when its daemon has no memory. */
static bool may_fail(int error)
{
	return error == ENOMEM || error == EIO;
}

/* Count it; a failure that no lack of memory explains ends the program. */
static bool worked(struct worker *worker, bool well, const char *what)
{
	if (well) {
		worker->done++;
	} else {
		if (!may_fail(errno))
			err(1, "%s", what);
		worker->failed++;
	}
	return well;
}

static void fill(uint8_t *block, uint64_t file, uint64_t number)
{
	uint64_t words[2] = { file, number };

	for (size_t i = 0; i < BLOCK; i += sizeof(words))
		memcpy(block + i, words, sizeof(words));
}

static void name_of(char *name, const char *dir, uint64_t file, bool renamed)
{
	sprintf(name, "%s/load%" PRIu64 "%s", dir, file, renamed ? "x" : "");
}

/* ---- data ---- */

static bool store_mapped(struct worker *worker, size_t first, size_t count)
{
	/* Its page cannot be read: SIGBUS. */
	if (sigsetjmp(no_page, 1)) {
		errno = EIO;
		return false;
	}
	memcpy(worker->map + first * BLOCK, worker->bytes, count * BLOCK);
	return !msync(worker->map + first * BLOCK, count * BLOCK, MS_SYNC);
}

static bool write_by(struct worker *worker, int fd, size_t first, size_t count)
{
	ssize_t n = pwrite(fd, worker->bytes, count * BLOCK,
			   (off_t)(first * BLOCK));

	if (n < 0)
		return false;
	/* The first pages went well, the next one did not. */
	errno = ENOMEM;
	return n == (ssize_t)(count * BLOCK);
}

static void change(struct worker *worker)
{
	size_t count = 1 + below(worker, MOST);
	size_t first = below(worker, BLOCKS - count + 1);
	uint64_t number = ++worker->last;
	uint64_t way = below(worker, 3);
	bool well;

	for (size_t i = 0; i < count; i++) {
		fill(worker->bytes + i * BLOCK, worker->file, number);
		worker->model[first + i] = UNSURE;
	}
	if (way == 0)
		well = store_mapped(worker, first, count);
	else
		well = write_by(worker, way == 1 ? worker->fd :
				worker->direct_fd, first, count);
	well = worked(worker, well, "write");
	well = worked(worker, !fsync(worker->fd), "fsync") && well;
	for (size_t i = 0; well && i < count; i++)
		worker->model[first + i] = number;
}

static void compare(const uint8_t *bytes, uint64_t file, size_t block,
		    uint64_t number)
{
	uint8_t wanted[BLOCK];
	uint64_t found[2];

	fill(wanted, file, number);
	if (!memcmp(bytes, wanted, BLOCK))
		return;
	memcpy(found, bytes, sizeof(found));
	errx(1, "file %" PRIu64 " block %zu: wanted %" PRIu64 ", found %" PRIu64
	     " of file %" PRIu64, file, block, number, found[1], found[0]);
}

static void look(struct worker *worker)
{
	size_t block = below(worker, BLOCKS);
	bool direct = below(worker, 2);
	ssize_t n;

	if (!direct && below(worker, 2))
		(void)posix_fadvise(worker->fd, 0, 0, POSIX_FADV_DONTNEED);
	n = pread(direct ? worker->direct_fd : worker->fd, worker->bytes, BLOCK,
		  (off_t)(block * BLOCK));
	if (!worked(worker, n >= 0, "read") || worker->model[block] == UNSURE)
		return;
	if (n != BLOCK)
		errx(1, "file %" PRIu64 " block %zu: %zd bytes", worker->file,
		     block, n);
	compare(worker->bytes, worker->file, block, worker->model[block]);
}

/* ---- names ---- */

/* After a failure nobody knows whether it was done. */
static void name_call(struct worker *worker, int ret, const char *what)
{
	if (ret < 0 && (errno == ENOENT || errno == EEXIST ||
			errno == ENOTEMPTY))
		return;
	worked(worker, ret >= 0, what);
}

static void list(struct worker *worker)
{
	DIR *dir = opendir(directory);

	if (!worked(worker, dir, "opendir"))
		return;
	errno = 0;
	while (readdir(dir))
		errno = 0;
	worked(worker, !errno, "readdir");
	closedir(dir);
}

static void rename_it(struct worker *worker)
{
	char from[512], to[512];

	name_of(from, directory, worker->file, worker->renamed);
	name_of(to, directory, worker->file, !worker->renamed);
	if (!rename(from, to)) {
		worker->renamed = !worker->renamed;
	} else if (errno == ENOENT) {
		worker->renamed = !access(to, F_OK);
	} else {
		worked(worker, false, "rename");
	}
}

static void names(struct worker *worker)
{
	char name[512];
	struct stat attr;
	int fd;

	snprintf(name, sizeof(name), "%s/other%" PRIu64, directory,
		 worker->file);
	switch (below(worker, 7)) {
	case 0:
		return list(worker);
	case 1:
		return rename_it(worker);
	case 2:
		return name_call(worker, mkdir(name, 0700), "mkdir");
	case 3:
		return name_call(worker, rmdir(name), "rmdir");
	case 4:
		return name_call(worker, stat(name, &attr), "stat");
	case 5:
		strcat(name, "f");
		fd = open(name, O_RDWR | O_CREAT, 0600);
		name_call(worker, fd, "open");
		if (fd >= 0)
			(void)!write(fd, name, sizeof(name));
		if (fd >= 0)
			close(fd);
		return;
	default:
		strcat(name, "f");
		return name_call(worker, unlink(name), "unlink");
	}
}

/* ---- the load ---- */

static void *run(void *arg)
{
	struct worker *worker = arg;

	while (!atomic_load(&enough)) {
		change(worker);
		look(worker);
		look(worker);
		names(worker);
	}
	return NULL;
}

/* Before memory is short. */
static void prepare(struct worker *worker, uint64_t file, uint64_t seed)
{
	char name[512];

	worker->file = file;
	worker->seed = seed * MAX_THREADS + file;
	name_of(name, directory, file, false);
	worker->fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	worker->direct_fd = open(name, O_RDWR | O_DIRECT);
	worker->bytes = aligned_alloc(BLOCK, MOST * BLOCK);
	if (worker->fd < 0 || worker->direct_fd < 0 || !worker->bytes)
		err(1, "%s", name);
	for (size_t i = 0; i < BLOCKS; i++) {
		fill(worker->bytes, file, 0);
		if (fdio_pwrite(worker->fd, worker->bytes, BLOCK,
				(off_t)(i * BLOCK)))
			err(1, "%s", name);
	}
	worker->map = mmap(NULL, BLOCKS * BLOCK, PROT_READ | PROT_WRITE,
			   MAP_SHARED, worker->fd, 0);
	if (worker->map == MAP_FAILED || fsync(worker->fd))
		err(1, "%s", name);
}

static void write_model(const char *path, const struct worker *worker)
{
	FILE *stream = fopen(path, "a");

	if (!stream)
		err(1, "%s", path);
	for (size_t i = 0; i < BLOCKS; i++)
		if (worker->model[i] != UNSURE)
			fprintf(stream, "%" PRIu64 " %zu %" PRIu64 "\n",
				worker->file, i, worker->model[i]);
	if (fclose(stream))
		err(1, "%s", path);
}

static int check(const char *dir, const char *path)
{
	FILE *stream = fopen(path, "r");
	uint64_t file, number, count = 0;
	uint8_t bytes[BLOCK];
	size_t block;

	if (!stream)
		err(1, "%s", path);
	while (fscanf(stream, "%" SCNu64 " %zu %" SCNu64, &file, &block,
		      &number) == 3) {
		char name[512];
		int fd;

		name_of(name, dir, file, false);
		fd = open(name, O_RDONLY);
		name_of(name, dir, file, true);
		if (fd < 0)
			fd = open(name, O_RDONLY);
		if (fd < 0 || fdio_pread(fd, bytes, BLOCK,
					 (off_t)(block * BLOCK)) != BLOCK)
			err(1, "%s block %zu", name, block);
		close(fd);
		compare(bytes, file, block, number);
		count++;
	}
	printf("%" PRIu64 "\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	static struct worker workers[MAX_THREADS];
	uint64_t done = 0, failed = 0;
	int count;

	if (argc == 4 && !strcmp(argv[1], "--check"))
		return check(argv[2], argv[3]);
	if (argc != 6)
		errx(2, "usage: memory-load DIR SECONDS THREADS SEED MODEL");
	directory = argv[1];
	count = atoi(argv[3]);
	if (count < 1 || count > MAX_THREADS)
		errx(2, "at most %d threads", MAX_THREADS);
	signal(SIGBUS, on_bus_error);
	for (int i = 0; i < count; i++)
		prepare(&workers[i], (uint64_t)i, strtoull(argv[4], NULL, 10));
	/* Whoever made standard output a pipe arms the failures now. */
	printf("ready\n");
	fflush(stdout);
	for (int i = 0; i < count; i++)
		if (pthread_create(&workers[i].thread, NULL, run, &workers[i]))
			errx(1, "threads");
	clock_sleep_ns(strtoull(argv[2], NULL, 10) * CLOCK_NS_PER_SEC);
	atomic_store(&enough, true);
	for (int i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		write_model(argv[5], &workers[i]);
		done += workers[i].done;
		failed += workers[i].failed;
	}
	printf("done %" PRIu64 " failed %" PRIu64 "\n", done, failed);
	return 0;
}
