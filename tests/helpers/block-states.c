/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block-states STATE DIR - of each file in DIR, a directory in SOURCE, how its
 * blocks compare with the checksums in the state directory: lines
 *	verified|unverified|mismatch|bad NAME FIRST COUNT
 * for runs of blocks; holes without a checksum are left out. Nothing is changed,
 * and nobody is asked: this reads what src/csum/csum-format.h says, also beside
 * a daemon. What a region's record says about a mismatch it does not regard.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/compiler.h"
#include "common/fdio.h"
#include "csum/csum-format.h"
#include "csum/csum-key.h"

struct run {
	const char *state;	/* NULL: nothing to tell */
	const char *name;
	uint64_t first;
};

static bool handles;

static int open_checksums(int state_fd, const char *fsid, int fd)
{
	char path[CSUM_KEY_PATH_SIZE];
	char full[PATH_MAX];
	struct csum_key key;
	int sums;

	if (csum_key_get(fd, handles, &key))
		errx(1, "a file without a key");
	csum_key_path(&key, path);
	snprintf(full, sizeof(full), "csum/%s/%s", fsid, path);
	sums = openat(state_fd, full, O_RDONLY);
	if (sums < 0 && errno != ENOENT)
		err(1, "%s", full);
	return sums;
}

static bool is_hole(int fd, uint64_t block)
{
	off_t at = (off_t)(block * DIGEST_BLOCK);
	off_t data = lseek(fd, at, SEEK_DATA);

	return data < 0 ? errno == ENXIO : data >= at + DIGEST_BLOCK;
}

static const char *block_state(int fd, int sums, uint64_t block)
{
	uint8_t bytes[DIGEST_BLOCK];
	uint64_t stored = CSUM_UNVERIFIED;
	ssize_t len = fdio_pread(fd, bytes, sizeof(bytes),
				 (off_t)(block * DIGEST_BLOCK));

	if (len < 0 || (sums >= 0 &&
	    fdio_pread(sums, &stored, sizeof(stored),
		       csum_digest_at(block)) < 0))
		errx(1, "block %" PRIu64 " cannot be read", block);
	stored = le64toh(stored);
	if (stored == CSUM_UNVERIFIED)
		return is_hole(fd, block) ? NULL : "unverified";
	if (stored == CSUM_BAD)
		return "bad";
	return stored == csum_of_block(bytes, (size_t)len) ? "verified"
							   : "mismatch";
}

static void end_run(const struct run *run, uint64_t end)
{
	if (run->state && end > run->first)
		printf("%s %s %" PRIu64 " %" PRIu64 "\n", run->state, run->name,
		       run->first, end - run->first);
}

static void tell_file(int fd, int sums, const char *name, uint64_t size)
{
	uint64_t blocks = (size + DIGEST_BLOCK - 1) / DIGEST_BLOCK;
	struct run run = { NULL, name, 0 };

	for (uint64_t block = 0; block < blocks; block++) {
		const char *state = block_state(fd, sums, block);

		if (state == run.state)
			continue;
		end_run(&run, block);
		run.state = state;
		run.first = block;
	}
	end_run(&run, blocks);
}

static void tell_entry(int state_fd, const char *fsid, int dir_fd,
		       const char *name)
{
	autoclose int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW);
	autoclose int sums = -1;
	struct stat attr;

	if (fd < 0 || fstat(fd, &attr))
		err(1, "%s", name);
	if (!S_ISREG(attr.st_mode))
		return;
	sums = open_checksums(state_fd, fsid, fd);
	tell_file(fd, sums, name, (uint64_t)attr.st_size);
}

int main(int argc, char **argv)
{
	char fsid[CSUM_FSID_SIZE];
	struct dirent *entry;
	int state_fd;
	DIR *dir;

	if (argc != 3)
		errx(2, "usage: block-states STATE DIR");
	state_fd = open(argv[1], O_RDONLY | O_DIRECTORY);
	dir = opendir(argv[2]);
	if (state_fd < 0 || !dir || csum_key_fsid(dirfd(dir), fsid))
		err(1, "%s or %s", argv[1], argv[2]);
	handles = csum_key_handles_last(dirfd(dir));
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			tell_entry(state_fd, fsid, dirfd(dir), entry->d_name);
	closedir(dir);
	return 0;
}
