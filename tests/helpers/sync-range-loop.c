/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sync-range-loop MICROSECONDS FILE... - start writeback of the files again and
 * again, waiting so long in between, until SIGTERM comes or the parent ends;
 * then print how often. Writeback is started by
 * sync_file_range(SYNC_FILE_RANGE_WRITE), which does not wait and does not take
 * the inode's lock.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FILES = 16 };

static volatile sig_atomic_t ended;

static void end(int signal_number)
{
	(void)signal_number;
	ended = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	struct timespec pause;
	int fds[MAX_FILES];
	unsigned long count = 0;
	int nfiles = argc - 2;
	long us;

	if (nfiles < 1 || nfiles > MAX_FILES)
		errx(2, "usage: sync-range-loop MICROSECONDS FILE...");
	us = strtol(argv[1], NULL, 10);
	pause = (struct timespec){ us / 1000000, us % 1000000 * 1000 };
	sigaction(SIGTERM, &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (int i = 0; i < nfiles; i++) {
		fds[i] = open(argv[i + 2], O_RDWR);
		if (fds[i] < 0)
			err(1, "%s", argv[i + 2]);
	}
	while (!ended) {
		for (int i = 0; i < nfiles; i++, count++)
			if (sync_file_range(fds[i], 0, 0, SYNC_FILE_RANGE_WRITE))
				err(1, "%s", argv[i + 2]);
		nanosleep(&pause, NULL);
	}
	printf("%lu\n", count);
	return 0;
}
