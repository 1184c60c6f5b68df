/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A checksum store beside a SOURCE with one file, both in a directory of their
 * own, and what a mount does with them: sessions in boots, changes, fsync. A
 * session that is closed without an end has crashed; in another boot that was a
 * power cut.
 */
#ifndef PIN_CSUM_BENCH_H
#define PIN_CSUM_BENCH_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "csum/csum-file-internal.h"
#include "csum/csum-file.h"
#include "csum/csum-format.h"
#include "csum/csum-store-internal.h"

static char bench_dir[64];
static int state_fd = -1;
static int source_fd = -1;
static int data_fd = -1;	/* SOURCE's file "data" */
static struct csum_store *store;
static struct csum_file *file;
static enum csum_found found;

/* ---- set-up ---- */

UNUSED static int open_at(int at, const char *name, int flags)
{
	int fd = openat(at, name, flags | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

UNUSED static int set_up(UNUSED void **context)
{
	int top;

	strcpy(bench_dir, "/tmp/csum-test.XXXXXX");
	assert_non_null(mkdtemp(bench_dir));
	top = open_at(AT_FDCWD, bench_dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(top, "state", 0700), 0);
	assert_int_equal(mkdirat(top, "source", 0700), 0);
	state_fd = open_at(top, "state", O_RDONLY | O_DIRECTORY);
	source_fd = open_at(top, "source", O_RDONLY | O_DIRECTORY);
	data_fd = open_at(source_fd, "data", O_RDWR | O_CREAT);
	close(top);
	return 0;
}

UNUSED static int tear_down(UNUSED void **context)
{
	char command[128];

	csum_file_close(steal_ptr(file));
	csum_store_close(steal_ptr(store));
	close(data_fd);
	close(source_fd);
	close(state_fd);
	snprintf(command, sizeof(command), "rm -rf %s", bench_dir);
	return system(command);
}

/* ---- sessions ---- */

UNUSED static void begin_session(uint16_t boot)
{
	uint8_t boot_id[16] = { 1, (uint8_t)boot, (uint8_t)(boot >> 8) };

	assert_null(store);
	assert_int_equal(csum_store_open_in_boot(state_fd, source_fd, boot_id,
						 &store), 0);
}

UNUSED static void open_file(bool create)
{
	assert_null(file);
	assert_int_equal(csum_file_open(store, data_fd, create, &file, &found),
			 0);
}

/* The daemon is killed, or the power fails. */
UNUSED static void crash(void)
{
	csum_file_close(steal_ptr(file));
	csum_store_close(steal_ptr(store));
}

UNUSED static void stamp(void)
{
	struct stat attr;

	assert_int_equal(fstat(data_fd, &attr), 0);
	assert_int_equal(csum_file_stamp(file, &attr), 0);
}

UNUSED static void end_session(void)
{
	if (file)
		stamp();
	csum_store_end(store, source_fd);
	crash();
}

/* ---- changes ---- */

UNUSED static uint64_t write_bytes(uint64_t block, uint8_t value)
{
	uint8_t bytes[DIGEST_BLOCK];

	memset(bytes, value, sizeof(bytes));
	assert_int_equal(fdio_pwrite(data_fd, bytes, sizeof(bytes),
				     (off_t)(block * DIGEST_BLOCK)), 0);
	return csum_of_block(bytes, sizeof(bytes));
}

UNUSED static uint64_t write_block(uint64_t block, uint8_t value)
{
	uint64_t digest;

	assert_int_equal(csum_file_begin(file, data_fd, block, 1), 0);
	digest = write_bytes(block, value);
	csum_file_end(file, block, 1, &digest);
	return digest;
}

UNUSED static void sync_file(void)
{
	uint64_t begun = csum_file_sync_begin(file);

	assert_int_equal(fdatasync(data_fd), 0);
	assert_int_equal(csum_file_sync_end(file, begun), 0);
}

UNUSED static void discard(uint64_t block, uint64_t to)
{
	assert_int_equal(csum_file_discard(file, block, to), 0);
	csum_file_discarded(file);
}

/* ---- what there is ---- */

UNUSED static uint64_t stored(uint64_t block)
{
	uint64_t digest;

	assert_int_equal(csum_file_read(file, block, 1, &digest), 0);
	return digest;
}

/* Read past all that is kept in memory. */
UNUSED static uint64_t word_on_disk(off_t at, size_t bytes)
{
	int fd = open_at(store->dir_fd, file->path, O_RDONLY);
	uint64_t word = 0;

	assert_true(fdio_pread(fd, &word, bytes, at) >= 0);
	close(fd);
	return le64toh(word);
}

UNUSED static uint32_t record_on_disk(uint64_t region)
{
	return (uint32_t)word_on_disk(csum_record_at(region), 4);
}

UNUSED static uint64_t digest_on_disk(uint64_t block)
{
	return word_on_disk(csum_digest_at(block), 8);
}

#define BENCH_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
