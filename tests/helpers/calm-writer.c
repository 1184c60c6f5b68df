/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calm-writer DIR OPERATIONS SEED - writes in every way that pins or splices
 * pages, but never into a page that is under writeback: O_DIRECT writes and
 * reads, O_DIRECT reads into a shared mapping, stores through it, splice(2) from
 * a pipe into a file and from a file into a pipe, sendfile(2), write(2).
 * Whatever dirties a page is followed by fsync(2) before anything is written
 * again.
 *
 * One thread, and a model of each file in memory: what is read, on the way and
 * at the end, must be the model's bytes.
 */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "common/compiler.h"
#include "common/fdio.h"

enum {
	PAGE = 4096,
	PAGES = 64,		/* of each file */
	SIZE = PAGES * PAGE,
	MOST_PAGES = 8,		/* in one operation; they fit a pipe */
};

struct file {
	const char *name;
	int flags;		/* of open(2), besides O_RDWR */
	int fd;
	uint8_t *mapping;	/* of "mapped" only */
	uint8_t model[SIZE];
};

static struct file direct = { .name = "direct", .flags = O_DIRECT };
static struct file mapped = { .name = "mapped" };
static struct file spliced = { .name = "spliced" };
static struct file sent = { .name = "sent" };
static struct file written = { .name = "written" };
static struct file *const files[] = {
	&direct, &mapped, &spliced, &sent, &written,
};

static int pipe_fds[2];
static _Alignas(PAGE) uint8_t buffer[MOST_PAGES * PAGE];

/* A range of a file, in whole pages or not. */
struct range {
	off_t off;
	size_t len;
};

static struct range pick_pages(void)
{
	size_t pages = 1 + (size_t)random() % MOST_PAGES;
	size_t first = (size_t)random() % (PAGES - pages + 1);

	return (struct range){ (off_t)(first * PAGE), pages * PAGE };
}

static struct range pick_bytes(void)
{
	size_t len = 1 + (size_t)random() % sizeof(buffer);

	return (struct range){ random() % (long)(SIZE - len + 1), len };
}

static void fill_buffer(size_t len)
{
	uint32_t x = (uint32_t)random() | 1;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		buffer[i] = (uint8_t)x;
	}
}

static void expect(const struct file *file, const char *what, ssize_t got,
		   size_t wanted)
{
	if (got < 0)
		err(1, "%s of %s", what, file->name);
	if ((size_t)got != wanted)
		errx(1, "%s of %s: %zd bytes, not %zu", what, file->name, got,
		     wanted);
}

static void flush_file(const struct file *file)
{
	if (fsync(file->fd))
		err(1, "fsync of %s", file->name);
}

static void compare(const struct file *file, const uint8_t *bytes,
		    struct range range, const char *what)
{
	for (size_t i = 0; i < range.len; i++)
		if (bytes[i] != file->model[(size_t)range.off + i])
			errx(1, "%s of %s: byte %zu is wrong", what, file->name,
			     (size_t)range.off + i);
}

/* ---- operations ---- */

static void write_direct(void)
{
	struct range range = pick_pages();

	fill_buffer(range.len);
	expect(&direct, "O_DIRECT write",
	       pwrite(direct.fd, buffer, range.len, range.off), range.len);
	memcpy(direct.model + range.off, buffer, range.len);
}

static void read_direct(void)
{
	struct range range = pick_pages();

	expect(&direct, "O_DIRECT read",
	       pread(direct.fd, buffer, range.len, range.off), range.len);
	compare(&direct, buffer, range, "O_DIRECT read");
}

/* The kernel pins pages of the mapping, and writes into them. */
static void read_into_mapping(void)
{
	struct range range = pick_pages();

	expect(&mapped, "O_DIRECT read into the mapping",
	       pread(direct.fd, mapped.mapping + range.off, range.len,
		     range.off), range.len);
	memcpy(mapped.model + range.off, direct.model + range.off, range.len);
	flush_file(&mapped);
}

static void store(void)
{
	struct range range = pick_bytes();

	fill_buffer(range.len);
	memcpy(mapped.mapping + range.off, buffer, range.len);
	memcpy(mapped.model + range.off, buffer, range.len);
	flush_file(&mapped);
}

static void splice_in(void)
{
	struct range range = pick_pages();
	off_t off = range.off;

	fill_buffer(range.len);
	expect(&spliced, "write to the pipe",
	       write(pipe_fds[1], buffer, range.len), range.len);
	expect(&spliced, "splice to the file",
	       splice(pipe_fds[0], NULL, spliced.fd, &off, range.len, 0),
	       range.len);
	memcpy(spliced.model + range.off, buffer, range.len);
	flush_file(&spliced);
}

static void splice_out(void)
{
	struct range range = pick_pages();
	off_t off = range.off;

	expect(&spliced, "splice from the file",
	       splice(spliced.fd, &off, pipe_fds[1], NULL, range.len, 0),
	       range.len);
	expect(&spliced, "read of the pipe",
	       fdio_read(pipe_fds[0], buffer, range.len), range.len);
	compare(&spliced, buffer, range, "splice");
}

static void send_file(void)
{
	struct range range = pick_pages();
	off_t off = range.off;

	expect(&sent, "lseek", lseek(sent.fd, range.off, SEEK_SET),
	       (size_t)range.off);
	expect(&sent, "sendfile", sendfile(sent.fd, spliced.fd, &off, range.len),
	       range.len);
	memcpy(sent.model + range.off, spliced.model + range.off, range.len);
	flush_file(&sent);
}

static void write_bytes(void)
{
	struct range range = pick_bytes();

	fill_buffer(range.len);
	expect(&written, "write",
	       pwrite(written.fd, buffer, range.len, range.off), range.len);
	memcpy(written.model + range.off, buffer, range.len);
	flush_file(&written);
}

/* ---- beginning and end ---- */

static void create(struct file *file, const char *dir)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, file->name);
	file->fd = open(path, O_RDWR | O_CREAT | O_EXCL | file->flags, 0644);
	if (file->fd < 0 || ftruncate(file->fd, SIZE))
		err(1, "%s", path);
}

static void check(struct file *file)
{
	for (off_t off = 0; off < SIZE; off += (off_t)sizeof(buffer)) {
		struct range range = { off, sizeof(buffer) };

		expect(file, "read",
		       pread(file->fd, buffer, range.len, range.off),
		       range.len);
		compare(file, buffer, range, "read");
	}
	if (close(file->fd))
		err(1, "close of %s", file->name);
}

int main(int argc, char **argv)
{
	static void (*const operations[])(void) = {
		write_direct, read_direct, read_into_mapping, store, splice_in,
		splice_out, send_file, write_bytes,
	};

	if (argc != 4)
		errx(2, "usage: calm-writer DIR OPERATIONS SEED");
	srandom((unsigned int)strtoul(argv[3], NULL, 10));
	if (pipe(pipe_fds))
		err(1, "pipe");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		create(files[i], argv[1]);
	mapped.mapping = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			      mapped.fd, 0);
	if (mapped.mapping == MAP_FAILED)
		err(1, "mmap");
	for (unsigned long i = strtoul(argv[2], NULL, 10); i > 0; i--)
		operations[(size_t)random() % ARRAY_SIZE(operations)]();
	if (munmap(mapped.mapping, SIZE))
		err(1, "munmap");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		check(files[i]);
	return 0;
}
