/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name-calls - system calls on names that no shell command makes. Prints "ok" or
 * the name of the error; the status is 0 in both cases, 2 for bad usage.
 *
 *   name-calls rename FLAG OLD NEW    renameat2(2); FLAG: none, noreplace,
 *                                     exchange, whiteout or a number
 *   name-calls tmpfile DIR TEXT NAME [excl]
 *                                     make a file without a name in DIR, write
 *                                     TEXT, give it NAME; excl: with O_EXCL
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int usage(void)
{
	fputs("usage: name-calls rename FLAG OLD NEW | "
	      "tmpfile DIR TEXT NAME [excl]\n", stderr);
	return 2;
}

static int say(bool good)
{
	puts(good ? "ok" : strerrorname_np(errno));
	return 0;
}

static unsigned int rename_flag(const char *word)
{
	if (!strcmp(word, "none"))
		return 0;
	if (!strcmp(word, "noreplace"))
		return RENAME_NOREPLACE;
	if (!strcmp(word, "exchange"))
		return RENAME_EXCHANGE;
	if (!strcmp(word, "whiteout"))
		return RENAME_WHITEOUT;
	return (unsigned int)strtoul(word, NULL, 0);
}

static bool make_nameless(const char *dir, const char *text, const char *name,
			  int flags)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | flags, 0640);
	size_t len = strlen(text);
	struct stat attr;
	char path[32];

	if (fd < 0 || write(fd, text, len) != (ssize_t)len ||
	    fstat(fd, &attr) < 0)
		return false;
	if (attr.st_nlink != 0) {
		errno = EEXIST;
		return false;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return !linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "rename"))
		return say(!renameat2(AT_FDCWD, argv[3], AT_FDCWD, argv[4],
				      rename_flag(argv[2])));
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "tmpfile"))
		return say(make_nameless(argv[2], argv[3], argv[4],
					 argc == 6 ? O_EXCL : 0));
	return usage();
}
