/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hang-load DIR SEED - processes that use DIR in all the ways in which one can
 * hang in a filesystem, each in a loop: calls, stores, O_DIRECT, names, the end of
 * a mapping, the end of a process with dirty pages.
 *
 * Prints "ready PID..." when all have made their files; they begin at the first
 * line of standard input. A process ends when a call fails that should not (its
 * mount is gone), or, at the end of standard input, after its next call. Ends
 * when all have.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/compiler.h"

enum {
	PAGE = 4096,
	PAGES = 16,		/* of each file */
	SPREAD_PAGES = 900,	/* of a file whose every second page is dirty */
	NAME_MAX_BYTES = 32,
};

struct client {
	int dir;
	int fd;			/* O_RDWR, buffered */
	int direct;		/* O_RDWR | O_DIRECT */
	uint8_t *map;		/* shared, of the file */
	uint8_t *buffer;	/* page aligned, a page */
	char name[NAME_MAX_BYTES];
	unsigned int seed;
	size_t pages;
};

static atomic_bool *stop;	/* shared by all */

static off_t any_page(struct client *client)
{
	return (off_t)((size_t)rand_r(&client->seed) % client->pages) * PAGE;
}

/* ---- what they do, once; false: it failed ---- */

static bool do_write(struct client *client)
{
	return pwrite(client->fd, client->buffer, PAGE, any_page(client)) ==
	       PAGE;
}

static bool do_fsync(struct client *client)
{
	return do_write(client) && fsync(client->fd) == 0;
}

static bool do_store(struct client *client)
{
	for (int i = 0; i < 4; i++)
		client->map[any_page(client)]++;
	return sync_file_range(client->fd, 0, 0, SYNC_FILE_RANGE_WRITE) == 0;
}

static bool do_direct_write(struct client *client)
{
	return pwrite(client->direct, client->buffer, PAGE,
		      any_page(client)) == PAGE;
}

static bool do_direct_read(struct client *client)
{
	return pread(client->direct, client->buffer, PAGE,
		     any_page(client)) == PAGE;
}

/* A pin of a page of this very filesystem. */
static bool do_pinned_read(struct client *client)
{
	return pread(client->direct, client->map, PAGE,
		     (off_t)(client->pages - 1) * PAGE) == PAGE;
}

static bool do_readdir(struct client *client)
{
	int fd = openat(client->dir, ".", O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return false;
	errno = 0;
	while (readdir(dir))
		;
	return closedir(dir) == 0 && !errno;
}

static bool do_lookup(struct client *client)
{
	char name[NAME_MAX_BYTES];
	struct stat attr;

	snprintf(name, sizeof(name), "none%u", rand_r(&client->seed));
	return fstatat(client->dir, name, &attr, 0) < 0 && errno == ENOENT;
}

static bool do_rename(struct client *client)
{
	char other[2 * NAME_MAX_BYTES];

	snprintf(other, sizeof(other), "%s.moved", client->name);
	return renameat(client->dir, client->name, client->dir, other) == 0 &&
	       renameat(client->dir, other, client->dir, client->name) == 0;
}

static bool do_unmap(struct client *client)
{
	int fd = openat(client->dir, client->name, O_RDWR);
	uint8_t *map;

	if (fd < 0)
		return false;
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return false;
	map[0]++;
	return munmap(map, PAGE) == 0 && close(fd) == 0;
}

/* A process that ends with dirty pages in a mapping. */
static bool do_exit(struct client *client)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		client->map[any_page(client)]++;
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status);
}

/* As many WRITEs as there are pages in every second place. */
static bool do_spread(struct client *client)
{
	for (size_t i = 0; i < client->pages; i += 2)
		client->map[i * PAGE]++;
	return sync_file_range(client->fd, 0, 0, SYNC_FILE_RANGE_WRITE) == 0 &&
	       do_lookup(client);
}

static const struct {
	bool (*once)(struct client *client);
	int count;		/* of processes */
	size_t pages;
} kinds[] = {
	{ do_write, 3, PAGES },
	{ do_fsync, 3, PAGES },
	{ do_store, 3, PAGES },
	{ do_direct_write, 3, PAGES },
	{ do_direct_read, 3, PAGES },
	{ do_pinned_read, 3, PAGES },
	{ do_readdir, 2, 1 },
	{ do_lookup, 3, 1 },
	{ do_rename, 3, 1 },
	{ do_unmap, 3, 1 },
	{ do_exit, 3, PAGES },
	{ do_spread, 2, SPREAD_PAGES },
};

/* ---- a process ---- */

static void prepare(struct client *client)
{
	size_t size = client->pages * PAGE;

	client->fd = openat(client->dir, client->name,
			    O_RDWR | O_CREAT | O_TRUNC, 0600);
	client->direct = openat(client->dir, client->name, O_RDWR | O_DIRECT);
	client->buffer = aligned_alloc(PAGE, PAGE);
	if (client->fd < 0 || client->direct < 0 || !client->buffer)
		err(1, "%s", client->name);
	memset(client->buffer, 1, PAGE);
	for (size_t i = 0; i < client->pages; i++)
		if (pwrite(client->fd, client->buffer, PAGE,
			   (off_t)(i * PAGE)) != PAGE)
			err(1, "%s", client->name);
	if (fsync(client->fd))
		err(1, "%s", client->name);
	client->map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   client->fd, 0);
	if (client->map == MAP_FAILED)
		err(1, "%s", client->name);
}

/* @ready: closed when it is; @go: ends when it may begin. */
static NORETURN void run(struct client *client, size_t kind, int ready, int go)
{
	char byte;

	prepare(client);
	close(ready);
	while (read(go, &byte, 1) > 0)
		;
	while (!atomic_load(stop) && kinds[kind].once(client))
		;
	_exit(0);
}

static pid_t start(size_t kind, int number, const char *dir, unsigned int seed,
		   const int ready[2], const int go[2])
{
	pid_t pid = fork();
	struct client client = { .pages = kinds[kind].pages };

	if (pid)
		return pid;
	close(ready[0]);
	close(go[1]);
	client.seed = seed * 1000 + (unsigned int)(kind * 10) +
		      (unsigned int)number;
	snprintf(client.name, sizeof(client.name), "file-%zu-%d", kind, number);
	client.dir = open(dir, O_RDONLY | O_DIRECTORY);
	if (client.dir < 0)
		err(1, "%s", dir);
	run(&client, kind, ready[1], go[0]);
}

/* ---- all of them ---- */

static void start_all(const char *dir, unsigned int seed, const int ready[2],
		      const int go[2])
{
	printf("ready");
	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (int i = 0; i < kinds[kind].count; i++) {
			pid_t pid = start(kind, i, dir, seed, ready, go);

			if (pid < 0)
				err(1, "fork");
			printf(" %d", pid);
		}
	printf("\n");
}

int main(int argc, char **argv)
{
	int ready[2];
	int go[2];
	char byte;

	if (argc != 3)
		errx(2, "usage: hang-load DIR SEED");
	stop = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* The line of PIDs leaves when all are ready; no child prints it. */
	static char line[PAGE];

	setvbuf(stdout, line, _IOFBF, sizeof(line));
	if (stop == MAP_FAILED || pipe(ready) || pipe(go))
		err(1, "nothing to begin with");
	start_all(argv[1], (unsigned int)strtoul(argv[2], NULL, 10), ready, go);
	close(ready[1]);
	while (read(ready[0], &byte, 1) > 0)
		;
	fflush(stdout);
	do {
		if (read(STDIN_FILENO, &byte, 1) <= 0)
			atomic_store(stop, true);
		else if (byte == '\n' && go[1] >= 0) {
			close(go[1]);
			go[1] = -1;
		}
	} while (!atomic_load(stop));
	if (go[1] >= 0)
		close(go[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
