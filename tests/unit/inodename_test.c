/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of inodes: hints and the paths made of them, the hidden directory,
 * the planted file.
 */
#include "inode-bench.h"

/* ---- hints ---- */

static void paths_follow_renames(void **state)
{
	struct inode *a;
	struct inode *b;
	struct inode *file;

	(void)state;
	assert_int_equal(mkdirat(dir_fd, "a", 0700), 0);
	assert_int_equal(mkdirat(dir_fd, "b", 0700), 0);
	make_file("a/file");
	a = look_up("a");
	b = look_up("b");
	file = look_up_in(a, "file");
	assert_path(root, NULL, "/");
	assert_path(root, "new", "/new");
	assert_path(file, NULL, "/a/file");
	assert_path(a, "new", "/a/new");
	inode_renamed(table, root, "a", b, "c", false);
	assert_path(file, NULL, "/b/c/file");
	inode_renamed(table, b, "c", root, "a", false);
	inode_renamed(table, root, "a", root, "b", true);
	assert_path(file, NULL, "/b/file");
	assert_path(b, NULL, "/a");
}

static void a_replaced_or_unlinked_name_is_no_hint(void **state)
{
	char wanted[64];
	struct inode *a;
	struct inode *b;

	(void)state;
	make_file("a");
	make_file("b");
	a = look_up("a");
	b = look_up("b");
	inode_renamed(table, root, "a", root, "b", false);
	assert_path(a, NULL, "/b");
	snprintf(wanted, sizeof(wanted), "(ino %llu)",
		 (unsigned long long)inode_ino(b));
	assert_path(b, NULL, wanted);
	inode_unlinked(table, root, "b");
	snprintf(wanted, sizeof(wanted), "(ino %llu)/x",
		 (unsigned long long)inode_ino(a));
	assert_path(a, "x", wanted);
	inode_unlinked(table, root, "never seen");
	/* Replaced by something that was never looked up. */
	make_file("c");
	b = look_up("c");
	inode_renamed(table, root, "never seen", root, "c", false);
	snprintf(wanted, sizeof(wanted), "(ino %llu)",
		 (unsigned long long)inode_ino(b));
	assert_path(b, NULL, wanted);
}

static void a_path_outlives_its_directorys_lookups(void **state)
{
	struct inode *a;
	struct inode *file;
	uint64_t generation;

	(void)state;
	assert_int_equal(mkdirat(dir_fd, "a", 0700), 0);
	make_file("a/file");
	a = look_up("a");
	generation = inode_generation(a);
	file = look_up_in(a, "file");
	inode_forget(table, a, 1);
	assert_int_equal(inode_table_count(table), 2);
	assert_path(file, NULL, "/a/file");
	assert_ptr_equal(look_up("a"), a);
	inode_forget(table, a, 1);
	inode_forget(table, file, 1);	/* with it the directory */
	assert_int_equal(inode_table_count(table), 1);
	assert_int_not_equal(inode_generation(look_up("a")), generation);
}

static void a_long_path_is_cut(void **state)
{
	struct inode *a;
	char path[6];

	(void)state;
	assert_int_equal(mkdirat(dir_fd, "abc", 0700), 0);
	a = look_up("abc");
	inode_path(table, a, "defg", path, sizeof(path));
	assert_string_equal(path, "/abc/");
	inode_path(table, a, NULL, path, 3);
	assert_string_equal(path, "/a");
	inode_path(table, a, NULL, path, 1);
	assert_string_equal(path, "");
}

/* ---- hidden and planted ---- */

static void the_state_directory_is_not_there(void **state)
{
	struct stat attr;

	(void)state;
	assert_int_equal(look_up_error(root, "state"), -ENOENT);
	assert_true(inode_name_is_hidden(table, root, "state"));
	assert_false(inode_name_is_hidden(table, root, "other"));
	assert_int_equal(fstatat(dir_fd, "state", &attr, 0), 0);
	assert_true(inode_is_hidden(table, attr.st_ino));
	assert_false(inode_is_hidden(table, attr.st_ino + 1));
	/* By identity, whatever its name. */
	assert_int_equal(renameat(dir_fd, "state", dir_fd, "moved"), 0);
	assert_int_equal(look_up_error(root, "moved"), -ENOENT);
}

static void a_planted_file_is_found_by_name_only_in_the_root(void **state)
{
	struct inode *planted;
	struct inode *real;
	int fd;

	(void)state;
	make_file("real");
	assert_int_equal(mkdirat(dir_fd, "sub", 0700), 0);
	real = look_up("real");
	fd = openat(dir_fd, "real", O_RDWR | O_CLOEXEC);
	assert_null(inode_planted(table));
	assert_int_equal(inode_plant(table, "ghost", fd), 0);
	close(fd);
	assert_null(inode_planted(table));
	planted = look_up("ghost");
	assert_ptr_equal(inode_planted(table), planted);
	assert_ptr_not_equal(planted, real);	/* an identity of its own */
	assert_ptr_equal(look_up("ghost"), planted);
	assert_int_equal(look_up_error(look_up("sub"), "ghost"), -ENOENT);
	fd = inode_open(table, planted, O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(inode_plant(table, NULL, -1), 0);
	assert_int_equal(look_up_error(root, "ghost"), -ENOENT);
	inode_forget(table, planted, 2);
	assert_null(inode_planted(table));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_WAYS(paths_follow_renames),
		BOTH_WAYS(a_replaced_or_unlinked_name_is_no_hint),
		BOTH_WAYS(a_path_outlives_its_directorys_lookups),
		BOTH_WAYS(a_long_path_is_cut),
		BOTH_WAYS(the_state_directory_is_not_there),
		BOTH_WAYS(a_planted_file_is_found_by_name_only_in_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
