/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * declare-example FILE - write standard input to FILE, on a pinfs mount, by
 * O_DIRECT; tell the mount before each write what will come, and after each read
 * what has come. See pinfs-ioctl(2).
 *
 *	cc -o declare-example declare-example.c -lxxhash
 *
 * Ends with 0 when all that was declared has arrived and all that was read is
 * what was sent. Whether what arrived was what had been declared is in the event
 * log: the mount reports, and takes the write all the same.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pinfs/ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xxhash.h>

enum { PART = PINFS_IOC_MAX_BLOCKS * PINFS_IOC_BLOCK };	/* bytes at a time */

struct totals {
	unsigned long declared;
	unsigned long outstanding;
	unsigned long compared;
	unsigned long differing;
};

static unsigned char *buffer;	/* PART bytes, page aligned */

/* Digests of the blocks of the buffer, of which @len bytes are the file's. */
static uint32_t digest_buffer(uint64_t *digest, size_t len)
{
	uint32_t count = 0;

	memset(buffer + len, 0, PART - len);
	for (size_t at = 0; at < len; at += PINFS_IOC_BLOCK)
		digest[count++] = XXH3_64bits(buffer + at, PINFS_IOC_BLOCK);
	return count;
}

static size_t read_part(void)
{
	size_t len = 0;

	while (len < PART) {
		ssize_t n = read(STDIN_FILENO, buffer + len, PART - len);

		if (n < 0 && errno != EINTR)
			err(1, "standard input");
		if (n == 0)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	return len;
}

static void write_part(int fd, off_t off, size_t len, struct totals *totals)
{
	static struct pinfs_ioc_declare declare;
	struct pinfs_ioc_undeclare undeclare;

	declare.block = (uint64_t)off / PINFS_IOC_BLOCK;
	declare.count = digest_buffer(declare.digest, len);
	if (ioctl(fd, PINFS_IOC_DECLARE, &declare))
		err(1, "PINFS_IOC_DECLARE");
	if (pwrite(fd, buffer, len, off) != (ssize_t)len)
		err(1, "pwrite");
	undeclare = (struct pinfs_ioc_undeclare){
		.block = declare.block, .count = declare.count,
	};
	if (ioctl(fd, PINFS_IOC_UNDECLARE, &undeclare))
		err(1, "PINFS_IOC_UNDECLARE");
	totals->declared += declare.count;
	totals->outstanding += undeclare.withdrawn;
}

/* Return: bytes read. */
static size_t check_part(int fd, off_t off, struct totals *totals)
{
	static struct pinfs_ioc_receipt receipt;
	ssize_t len = pread(fd, buffer, PART, off);

	if (len < 0)
		err(1, "pread");
	if (!len)
		return 0;
	receipt.block = (uint64_t)off / PINFS_IOC_BLOCK;
	receipt.count = digest_buffer(receipt.digest, (size_t)len);
	if (ioctl(fd, PINFS_IOC_RECEIPT, &receipt))
		err(1, "PINFS_IOC_RECEIPT");
	totals->compared += receipt.compared;
	totals->differing += receipt.differing;
	return (size_t)len;
}

int main(int argc, char **argv)
{
	struct pinfs_ioc_receipts receipts = { .on = 1 };
	struct totals totals = { 0 };
	size_t len;
	int fd;

	if (argc != 2)
		errx(2, "usage: declare-example FILE <DATA");
	fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_DIRECT, 0666);
	if (fd < 0)
		err(1, "%s", argv[1]);
	if (posix_memalign((void **)&buffer, PINFS_IOC_BLOCK, PART))
		errx(1, "no memory");

	for (off_t off = 0; (len = read_part()); off += (off_t)len)
		write_part(fd, off, len, &totals);

	if (ioctl(fd, PINFS_IOC_RECEIPTS, &receipts))
		err(1, "PINFS_IOC_RECEIPTS");
	for (off_t off = 0; (len = check_part(fd, off, &totals));
	     off += (off_t)len)
		;

	printf("%s: %lu blocks declared, %lu outstanding, %lu compared, "
	       "%lu differ\n", argv[1], totals.declared, totals.outstanding,
	       totals.compared, totals.differing);
	return totals.outstanding || totals.differing ||
	       totals.compared != totals.declared;
}
