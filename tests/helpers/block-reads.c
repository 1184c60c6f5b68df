/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block-reads [-d] DIR - reads lines "PATH BLOCK" and reads each of these blocks
 * by a read(2) of its own, with -d by O_DIRECT; prints "PATH BLOCK ok" or, for
 * "ok", the error's name. PATH is below DIR.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/digest.h"

static const char *read_block(const char *path, uint64_t block, int flags)
{
	static _Alignas(DIGEST_BLOCK) char buffer[DIGEST_BLOCK];
	autoclose int fd = open(path, O_RDONLY | flags);
	ssize_t len;

	if (fd < 0)
		err(1, "%s", path);
	len = pread(fd, buffer, sizeof(buffer), (off_t)(block * DIGEST_BLOCK));
	if (len < 0)
		return strerrorname_np(errno);
	return len ? "ok" : "end";
}

int main(int argc, char **argv)
{
	int flags = argc == 3 && !strcmp(argv[1], "-d") ? O_DIRECT : 0;
	char name[PATH_MAX / 2];
	uint64_t block;

	if (argc != 2 && !flags)
		errx(2, "usage: block-reads [-d] DIR");
	while (scanf("%2047s %" SCNu64, name, &block) == 2) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", argv[argc - 1], name);
		printf("%s %" PRIu64 " %s\n", name, block,
		       read_block(path, block, flags));
	}
	return 0;
}
