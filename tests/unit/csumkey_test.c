/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in the store: one for a file, whatever the descriptor; none for two. */
#include "csum-bench.h"

#include "csum/csum-key.h"

static void get(int fd, bool handles, struct csum_key *key_ret)
{
	int err = csum_key_get(fd, handles, key_ret);

	if (err == -EOPNOTSUPP)
		skip();
	assert_int_equal(err, 0);
}

static void check_same(bool handles)
{
	int path_fd = open_at(source_fd, "data", O_PATH);
	struct csum_key key;
	struct csum_key again;

	get(data_fd, handles, &key);
	write_bytes(7, 1);
	assert_int_equal(linkat(source_fd, "data", source_fd, "other", 0), 0);
	assert_int_equal(unlinkat(source_fd, "data", 0), 0);
	get(path_fd, handles, &again);
	assert_memory_equal(&key, &again, sizeof(key));
	assert_int_equal(key.type == CSUM_KEY_BIRTH, !handles);
	close(path_fd);
}

/* The same for all descriptors, after a change and under another name. */
static void a_file_keeps_its_handle(UNUSED void **context)
{
	check_same(true);
}

static void a_file_keeps_its_birth(UNUSED void **context)
{
	check_same(false);
}

static void check_different(bool handles)
{
	char path[CSUM_KEY_PATH_SIZE];
	char last[CSUM_KEY_PATH_SIZE] = "";
	struct csum_key key;

	/* A file that comes after another one often gets its number. */
	for (int i = 0; i < 20; i++) {
		int fd = open_at(source_fd, "one", O_RDWR | O_CREAT | O_EXCL);

		get(fd, handles, &key);
		csum_key_path(&key, path);
		assert_string_not_equal(path, last);
		strcpy(last, path);
		close(fd);
		assert_int_equal(unlinkat(source_fd, "one", 0), 0);
		usleep(handles ? 0 : 10000);	/* a tick of the clock */
	}
}

/* A later file with the same number is another one. */
static void a_later_file_has_another_handle(UNUSED void **context)
{
	if (!csum_key_handles_last(source_fd))
		skip();
	check_different(true);
}

static void a_later_file_has_another_birth(UNUSED void **context)
{
	check_different(false);
}

/* "HH/TYPE-HEX", which fits also when it is as long as can be. */
static void paths_are_hex(UNUSED void **context)
{
	struct csum_key key = { .type = 0x81, .bytes = 3,
				.data = { 0x00, 0xff, 0x1a } };
	char path[CSUM_KEY_PATH_SIZE];

	csum_key_path(&key, path);
	assert_string_equal(path + 2, "/81-00ff1a");
	assert_int_equal(strspn(path, "0123456789abcdef"), 2);
	key.type = CSUM_KEY_BIRTH;
	key.bytes = 120;
	memset(key.data, 0xab, sizeof(key.data));
	csum_key_path(&key, path);
	assert_int_equal(strlen(path), 3 + 8 + 1 + 240);
	assert_true(strlen(path + 3) <= 255);
}

/* Neither the type nor the length alone tells two keys apart. */
static void paths_tell_keys_apart(UNUSED void **context)
{
	struct csum_key one = { .type = 1, .bytes = 2, .data = { 1, 2 } };
	struct csum_key other = one;
	char path[CSUM_KEY_PATH_SIZE];
	char other_path[CSUM_KEY_PATH_SIZE];

	csum_key_path(&one, path);
	other.type = 2;
	csum_key_path(&other, other_path);
	assert_string_not_equal(path, other_path);
	other = one;
	other.bytes = 3;
	csum_key_path(&other, other_path);
	assert_string_not_equal(path, other_path);
}

/* One name for a filesystem, whatever directory of it is asked. */
static void the_filesystem_has_one_name(UNUSED void **context)
{
	char fsid[CSUM_FSID_SIZE];
	char again[CSUM_FSID_SIZE];
	int path_fd = open_at(state_fd, ".", O_PATH);

	assert_int_equal(csum_key_fsid(source_fd, fsid), 0);
	assert_int_equal(csum_key_fsid(path_fd, again), 0);
	assert_string_equal(fsid, again);
	assert_int_equal(strspn(fsid, "0123456789abcdef"), strlen(fsid));
	assert_true(strlen(fsid) == 16 || strlen(fsid) == 32);
	close(path_fd);
	path_fd = open_at(AT_FDCWD, "/proc", O_RDONLY);
	assert_int_equal(csum_key_fsid(path_fd, again), 0);
	assert_string_not_equal(fsid, again);
	assert_false(csum_key_handles_last(path_fd));
	close(path_fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		BENCH_TEST(a_file_keeps_its_handle),
		BENCH_TEST(a_file_keeps_its_birth),
		BENCH_TEST(a_later_file_has_another_handle),
		BENCH_TEST(a_later_file_has_another_birth),
		BENCH_TEST(paths_are_hex),
		BENCH_TEST(paths_tell_keys_apart),
		BENCH_TEST(the_filesystem_has_one_name),
	};

	return cmocka_run_group_tests_name("csumkey", tests, NULL, NULL);
}
