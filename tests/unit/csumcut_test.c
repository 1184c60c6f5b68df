/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power cuts, in a model. What this program writes is in a page cache; any part
 * of it may come to the disk at any time, and all of a file does with its
 * fdatasync(2). A cut happens within some call, between any two writes: each
 * piece of each file is then as it was on the disk, or as it was in the cache.
 * Whatever comes of it, no block that does not match is blamed on its bytes.
 */
#include "csum-bench.h"

#include <sys/syscall.h>

enum {
	DATA_PIECE = DIGEST_BLOCK,
	PIECE = 512,		/* of the other files: a sector */
	SUMS_BYTES = 20 << 10,	/* the header to block 1024 and some */
	SESSIONS_BYTES = 64 << 10,
	NFILES = 3,
	SESSIONS = 1500,
};

/* Two or three in each of three regions. */
static const uint64_t blocks[] = { 0, 1, 2, 511, 512, 513, 1023, 1024 };

enum { NBLOCKS = ARRAY_SIZE(blocks) };

/* A file: in the cache it is what it is, here is what the disk has. */
struct modelled {
	size_t piece;
	size_t bytes;
	uint8_t disk[SESSIONS_BYTES];
};

enum { DATA, SUMS, SESSIONS_FILE };

static struct modelled files[NFILES] = {
	[DATA] = { DATA_PIECE, NBLOCKS * DATA_PIECE, { 0 } },
	[SUMS] = { PIECE, SUMS_BYTES, { 0 } },
	[SESSIONS_FILE] = { PIECE, SESSIONS_BYTES, { 0 } },
};

static uint8_t cut_images[NFILES][SESSIONS_BYTES];
static unsigned int countdown;	/* calls until the power is cut; 0: not soon */
static bool was_cut;
static uint64_t random_state = 88172645463325252ULL;
static struct {
	unsigned int cuts;
	unsigned int trusted;	/* blocks that matched, and count, after a cut */
	unsigned int lost;	/* that did not match after one */
} seen;

static unsigned int any(unsigned int below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned int)(random_state >> 20) % below;
}

/* ---- what is in the cache ---- */

static int sums_fd(int flags)
{
	return file ? openat(store->dir_fd, file->path, flags | O_CLOEXEC) : -1;
}

static int sessions_fd(int flags)
{
	return openat(state_fd, "csum/sessions", flags | O_CLOEXEC);
}

static void read_all(int fd, uint8_t *image, size_t bytes)
{
	memset(image, 0, bytes);
	if (fd < 0)
		return;
	assert_true(pread(fd, image, bytes, 0) >= 0);
	close(fd);
}

static void read_cache(int which, uint8_t *image)
{
	if (which == SUMS)
		read_all(sums_fd(O_RDONLY), image, SUMS_BYTES);
	else if (which == SESSIONS_FILE)
		read_all(sessions_fd(O_RDONLY), image, SESSIONS_BYTES);
	else
		for (size_t i = 0; i < NBLOCKS; i++)
			assert_int_equal(pread(data_fd, image + i * DATA_PIECE,
				DATA_PIECE, (off_t)(blocks[i] * DATA_PIECE)),
				DATA_PIECE);
}

/* ---- what comes to the disk ---- */

static void copy_pieces(int which, uint8_t *to, unsigned int one_in)
{
	static uint8_t cache[SESSIONS_BYTES];
	const struct modelled *model = &files[which];

	read_cache(which, cache);
	for (size_t at = 0; at < model->bytes; at += model->piece)
		if (!any(one_in))
			memcpy(to + at, cache + at, model->piece);
}

static void bring_to_disk(int which)
{
	copy_pieces(which, files[which].disk, 1);
}

/* Before each call that changes something. */
static void tick(void)
{
	for (int which = 0; which < NFILES; which++)
		if (!any(4))
			copy_pieces(which, files[which].disk, 4);
	if (!countdown || --countdown)
		return;
	for (int which = 0; which < NFILES; which++) {
		memcpy(cut_images[which], files[which].disk,
		       files[which].bytes);
		copy_pieces(which, cut_images[which], 2);
	}
	was_cut = true;
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t off)
{
	tick();
	return syscall(SYS_pwrite64, fd, buf, len, off);
}

int fallocate(int fd, int mode, off_t off, off_t len)
{
	tick();
	return (int)syscall(SYS_fallocate, fd, mode, off, len);
}

static bool is_same(int fd, int other)
{
	struct stat attr;
	struct stat other_attr;
	bool same;

	if (other < 0)
		return false;
	assert_int_equal(fstat(fd, &attr) | fstat(other, &other_attr), 0);
	same = attr.st_ino == other_attr.st_ino;
	close(other);
	return same;
}

int fdatasync(int fd)
{
	tick();
	if (fd == data_fd)
		bring_to_disk(DATA);
	else if (is_same(fd, sessions_fd(O_RDONLY)))
		bring_to_disk(SESSIONS_FILE);
	else
		bring_to_disk(SUMS);
	return 0;
}

/* Of directories only: names are taken for durable. */
int fsync(UNUSED int fd)
{
	return 0;
}

/* SOURCE and the store as if on two filesystems. */
int syncfs(int fd)
{
	tick();
	if (is_same(fd, dup(source_fd))) {
		bring_to_disk(DATA);
	} else {
		bring_to_disk(SUMS);
		bring_to_disk(SESSIONS_FILE);
	}
	return 0;
}

/* ---- a cut ---- */

static size_t used(const uint8_t *image, size_t bytes)
{
	while (bytes && !image[bytes - 1])
		bytes--;
	return bytes;
}

static void write_all(int fd, const uint8_t *image, size_t bytes)
{
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(syscall(SYS_pwrite64, fd, image, bytes, 0L), bytes);
	close(fd);
}

/* The machine comes up again, with what was on the disk. */
static void restore(void)
{
	size_t sessions = used(cut_images[SESSIONS_FILE], SESSIONS_BYTES);

	for (size_t i = 0; i < NBLOCKS; i++)
		assert_int_equal(syscall(SYS_pwrite64, data_fd,
			cut_images[DATA] + i * DATA_PIECE, DATA_PIECE,
			blocks[i] * DATA_PIECE), DATA_PIECE);
	write_all(sums_fd(O_RDWR), cut_images[SUMS],
		  used(cut_images[SUMS], SUMS_BYTES));
	/* Zeros at the end of a record are part of it. */
	sessions += sizeof(struct csum_disk_session) - 1;
	sessions -= sessions % sizeof(struct csum_disk_session);
	write_all(sessions_fd(O_RDWR), cut_images[SESSIONS_FILE], sessions);
	for (int which = 0; which < NFILES; which++)
		memcpy(files[which].disk, cut_images[which],
		       files[which].bytes);
}

/* ---- what must be true ---- */

static uint64_t digest_of_bytes(uint64_t block)
{
	uint8_t bytes[DIGEST_BLOCK];

	assert_int_equal(fdio_pread(data_fd, bytes, sizeof(bytes),
				    (off_t)(block * DIGEST_BLOCK)),
			 sizeof(bytes));
	return csum_of_block(bytes, sizeof(bytes));
}

/* Nobody is blamed. @is_new: after a cut. */
static void check(bool is_new)
{
	for (size_t i = 0; i < NBLOCKS; i++) {
		uint64_t digest = stored(blocks[i]);

		if (digest == CSUM_UNVERIFIED)
			continue;
		if (digest == digest_of_bytes(blocks[i])) {
			seen.trusted += is_new &&
				csum_file_trusts(file, blocks[i]);
			continue;
		}
		assert_false(csum_file_blames(file, blocks[i], digest));
		seen.lost += is_new;
		/* As a READ does; or nobody reads it. */
		if (any(2))
			csum_file_drop(file, blocks[i]);
	}
}

/* ---- what a mount does ---- */

static void change_some(void)
{
	size_t i = any(NBLOCKS);
	uint64_t digests[2];
	size_t count = i + 1 < NBLOCKS && blocks[i + 1] == blocks[i] + 1 ?
		1 + any(2) : 1;

	assert_int_equal(csum_file_begin(file, data_fd, blocks[i], count), 0);
	for (size_t n = 0; n < count; n++)
		digests[n] = write_bytes(blocks[i] + n, (uint8_t)any(256));
	csum_file_end(file, blocks[i], count, any(10) ? digests : NULL);
}

static void discard_some(void)
{
	size_t from = any(NBLOCKS);
	size_t to = any(3) ? from + 1 + any((unsigned int)(NBLOCKS - from)) :
			     NBLOCKS;

	assert_int_equal(csum_file_discard(file, blocks[from], to == NBLOCKS ?
					   UINT64_MAX : blocks[to]), 0);
	for (size_t i = from; i < to; i++)
		write_bytes(blocks[i], 0);
	csum_file_discarded(file);
}

static void fsync_with_a_change(void)
{
	uint64_t begun = csum_file_sync_begin(file);

	assert_int_equal(fdatasync(data_fd), 0);
	change_some();
	assert_int_equal(csum_file_sync_end(file, begun), 0);
}

/* FORGET, and a lookup. */
static void look_again(void)
{
	stamp();
	csum_file_close(steal_ptr(file));
	open_file(true);
}

static void do_something(void)
{
	switch (any(12)) {
	case 0:
	case 1:
		sync_file();
		break;
	case 2:
		fsync_with_a_change();
		break;
	case 3:
		discard_some();
		break;
	case 4:
		csum_file_rest(file);
		break;
	case 5:
		look_again();
		break;
	default:
		change_some();
	}
}

/* One session, which ends somehow. Return: whether the boot is over. */
static bool live(uint16_t boot)
{
	bool is_cut = any(2);

	was_cut = false;
	countdown = is_cut ? 1 + any(120) : 0;
	for (unsigned int calls = any(40); calls && !was_cut; calls--)
		do_something();
	if (!was_cut && any(2)) {
		end_session();
		begin_session(boot);
		open_file(true);
		check(false);
	}
	countdown = 0;
	if (!was_cut) {
		crash();	/* killed */
		return false;
	}
	seen.cuts++;
	restore();
	crash();
	return true;
}

static void nobody_is_blamed_for_a_power_cut(UNUSED void **context)
{
	uint16_t boot = 1;
	bool is_new = false;

	assert_int_equal(ftruncate(data_fd, 1025 * DIGEST_BLOCK), 0);
	for (unsigned int i = 0; i < SESSIONS; i++) {
		begin_session(boot);
		open_file(true);
		check(is_new);
		is_new = live(boot);
		boot += is_new;
	}
	print_message("# %u cuts, %u blocks trusted, %u lost\n", seen.cuts,
		      seen.trusted, seen.lost);
	assert_true(seen.cuts > 100);
	assert_true(seen.trusted > 100);
	assert_true(seen.lost > 100);
}

/* A number as argument makes it another story. */
int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(nobody_is_blamed_for_a_power_cut),
	};

	if (argc > 1)
		random_state += strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests_name("csumcut", tests, NULL, NULL);
}
