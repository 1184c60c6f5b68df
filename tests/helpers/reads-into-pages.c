/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reads-into-pages FILE SOURCE THREADS - read parts of SOURCE by O_DIRECT into
 * the pages of a shared mapping of FILE, in so many threads, again and again, and
 * start writeback of FILE meanwhile, until SIGTERM comes or the parent ends.
 * Both have 16 pages; SOURCE's should differ.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/compiler.h"

enum { PAGE = 4096, PAGES = 16, THREADS_MAX = 16 };

static char *map;
static int source;
static volatile sig_atomic_t ended;

static void end(UNUSED int number)
{
	ended = 1;
}

static void *reader(void *arg)
{
	unsigned int from = *(unsigned int *)arg;

	/* Into each page another part than the time before. */
	for (unsigned int page = from; !ended; page++, from += 3)
		if (pread(source, map + page % PAGES * (size_t)PAGE, PAGE,
			  from % PAGES * (off_t)PAGE) != PAGE)
			err(1, "pread");
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	unsigned int count = argc == 4 ? (unsigned int)atoi(argv[3]) : 0;
	unsigned int numbers[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	int fd;

	if (count < 1 || count > THREADS_MAX)
		errx(2, "usage: reads-into-pages FILE SOURCE THREADS");
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	fd = open(argv[1], O_RDWR);
	source = open(argv[2], O_RDONLY | O_DIRECT);
	if (fd < 0 || source < 0)
		err(1, "open");
	map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		   0);
	if (map == MAP_FAILED)
		err(1, "mmap");
	for (unsigned int i = 0; i < count; i++) {
		numbers[i] = i * (PAGES / count);
		if (pthread_create(&threads[i], NULL, reader, &numbers[i]))
			errx(1, "pthread_create");
	}
	while (!ended)
		if (sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE))
			err(1, "sync_file_range");
	for (unsigned int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
