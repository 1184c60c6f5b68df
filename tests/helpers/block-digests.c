/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block-digests FILE... - "BLOCK XXH3-64" for each block of 4096 bytes, as the
 * event log has them.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/digest.h"
#include "common/fdio.h"

static void print_digests(const char *path)
{
	static char block[DIGEST_BLOCK];
	int fd = open(path, O_RDONLY);
	ssize_t len = 0;

	if (fd < 0)
		err(1, "%s", path);
	for (uint64_t i = 0; ; i++) {
		char hex[DIGEST_HEX_SIZE];

		len = fdio_read(fd, block, sizeof(block));
		if (len <= 0)
			break;
		digest_hex(digest_block(block, (size_t)len), hex);
		printf("%" PRIu64 " %s\n", i, hex);
	}
	if (len < 0)
		errx(1, "%s: %s", path, strerror((int)-len));
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: block-digests FILE...");
	for (int i = 1; i < argc; i++)
		print_digests(argv[i]);
	return fflush(stdout) ? 1 : 0;
}
