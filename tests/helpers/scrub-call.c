/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scrub-call FILE r|w|rw BLOCK COUNT FLAGS - one PINFS_IOC_SCRUB on a file or
 * directory opened so. Prints "next=N blocks=N bad=N" (next=- behind the last),
 * or the name of the error.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pinfs/ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static int open_flags(const char *mode)
{
	if (strcmp(mode, "r") == 0)
		return O_RDONLY;
	return strcmp(mode, "w") == 0 ? O_WRONLY : O_RDWR;
}

int main(int argc, char **argv)
{
	static struct pinfs_ioc_scrub words;
	int fd;

	if (argc != 6)
		errx(2, "usage: scrub-call FILE r|w|rw BLOCK COUNT FLAGS");
	fd = open(argv[1], open_flags(argv[2]));
	if (fd < 0)
		err(1, "%s", argv[1]);
	words.block = strtoull(argv[3], NULL, 0);
	words.count = (uint32_t)strtoul(argv[4], NULL, 0);
	words.flags = (uint32_t)strtoul(argv[5], NULL, 0);
	if (ioctl(fd, PINFS_IOC_SCRUB, &words)) {
		puts(strerrorname_np(errno));
	} else {
		if (words.next == PINFS_SCRUB_NO_BLOCK)
			printf("next=-");
		else
			printf("next=%" PRIu64, words.next);
		printf(" blocks=%" PRIu64 " bad=%" PRIu32 "\n", words.blocks,
		       words.bad);
	}
	return fflush(stdout) ? 1 : 0;
}
