/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * undirect-writer DIR ROUNDS - each round writes a page of "plain" and closes it,
 * then a page of a new file "N" that was opened with O_DIRECT and has had it taken
 * off by fcntl(2): a WRITE of page-cache pages that no open file announced. Both
 * are followed by fsync(2).
 */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fdio.h"

enum { PAGE = 4096 };

static void write_page(int dir, const char *name, int flags)
{
	static const char page[PAGE] = "written";
	int fd = openat(dir, name, O_RDWR | O_CREAT | flags, 0600);

	if (fd < 0)
		err(1, "%s", name);
	if (flags && fcntl(fd, F_SETFL, 0) < 0)
		err(1, "%s: F_SETFL", name);
	if (fdio_pwrite(fd, page, sizeof(page), 0) < 0 || fsync(fd) < 0)
		err(1, "%s: write", name);
	close(fd);
}

int main(int argc, char **argv)
{
	char name[16];
	int dir;
	int rounds;

	if (argc != 3)
		errx(2, "usage: undirect-writer DIR ROUNDS");
	dir = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		err(1, "%s", argv[1]);
	rounds = atoi(argv[2]);
	for (int i = 0; i < rounds; i++) {
		write_page(dir, "plain", 0);
		snprintf(name, sizeof(name), "%d", i);
		write_page(dir, name, O_DIRECT);
	}
	return 0;
}
