/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file-tree DIR FILES SEED - a tree of files like that of a large program's
 * source: directories up to four deep, about 30 files each, sizes from nothing
 * to 1 MiB with a median of 4 KiB, text that differs from line to line, some
 * symbolic links and programs. The same for the same seed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fdio.h"

enum {
	FILES_IN_DIR = 30,
	MEDIAN_BYTES = 4 << 10,
	MAX_BYTES = 1 << 20,
	EACH_LINK = 97,		/* every so many files a symbolic link */
	EACH_PROGRAM = 41,
	LINE = 64,
};

/* Three dice say how often the median is doubled, or halved. */
static size_t pick_size(void)
{
	long pick = random() % 1000;
	size_t size = MEDIAN_BYTES;
	int doublings = 0;

	if (pick < 2)
		return pick ? MAX_BYTES : 0;
	for (int i = 0; i < 3; i++)
		doublings += (int)(random() % 5) - 2;
	if (doublings < 0)
		size >>= -doublings;
	else
		size <<= doublings;
	return size / 2 + (size_t)random() % size;
}

static void make_dir(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		err(1, "%s", path);
}

/* The directory of file @i: its number in base 8, one digit a level. */
static void make_path(const char *top, unsigned long i, char path[PATH_MAX])
{
	unsigned long dir = i / FILES_IN_DIR;
	int len = snprintf(path, PATH_MAX, "%s", top);

	for (int level = 0; level < 4 && dir; level++, dir /= 8) {
		len += snprintf(path + len, (size_t)(PATH_MAX - len),
				"/dir%lu", level == 3 ? dir : dir % 8);
		make_dir(path);
	}
	snprintf(path + len, (size_t)(PATH_MAX - len), "/file%lu.c", i);
}

static void fill_text(char *text, size_t size, unsigned long i)
{
	char line[LINE + 1];
	size_t done = 0;

	for (unsigned long number = 1; done < size; number++) {
		size_t len = (size_t)snprintf(line, sizeof(line),
					      "/* %lu:%lu */ %lx\n", i, number,
					      (unsigned long)random());

		if (len > size - done)
			len = size - done;
		memcpy(text + done, line, len);
		done += len;
	}
}

static void make_file(const char *path, unsigned long i, char *text)
{
	mode_t mode = i % EACH_PROGRAM == 0 ? 0755 : 0644;
	size_t size = pick_size();
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
	int error;

	if (fd < 0)
		err(1, "%s", path);
	fill_text(text, size, i);
	error = fdio_write(fd, text, size);
	if (error)
		errx(1, "%s: %s", path, strerror(-error));
	if (close(fd))
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	static char text[MAX_BYTES];
	char path[PATH_MAX];
	unsigned long files;

	if (argc != 4)
		errx(2, "usage: file-tree DIR FILES SEED");
	files = strtoul(argv[2], NULL, 10);
	srandom((unsigned int)strtoul(argv[3], NULL, 10));
	make_dir(argv[1]);
	for (unsigned long i = 0; i < files; i++) {
		make_path(argv[1], i, path);
		if (i % EACH_LINK == EACH_LINK - 1) {
			if (symlink("file0.c", path))
				err(1, "%s", path);
		} else {
			make_file(path, i, text);
		}
	}
	return 0;
}
