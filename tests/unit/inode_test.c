/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inode table on a real directory: one inode a file, lookup counts, and
 * descriptors on loan. What concerns names is in inodename_test.c.
 */
#include <dirent.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "inode-bench.h"

#include "daemon/handle.h"

enum {
	DESCRIPTORS = 320,	/* limit of open files: 20 slots in the cache */
	MANY = 200,		/* files, more than the cache holds */
	THREADS = 4,
	ROUNDS = 500,
};

/* ---- identities and counts ---- */

static void the_mode_is_what_was_set_up(void **state)
{
	(void)state;
	assert_string_equal(inode_table_mode(table), "descriptor");
}

static void two_names_of_a_file_are_one_inode(void **state)
{
	struct inode *first;

	(void)state;
	make_file("a");
	assert_int_equal(linkat(dir_fd, "a", dir_fd, "b", 0), 0);
	first = look_up("a");
	assert_ptr_equal(look_up("b"), first);
	assert_int_equal(inode_type(first), S_IFREG);
	assert_int_equal(inode_table_count(table), 2);	/* and the root */
	inode_forget(table, first, 1);
	assert_int_equal(inode_table_count(table), 2);
	inode_forget(table, first, 1);
	assert_int_equal(inode_table_count(table), 1);
}

static void a_later_file_is_another_inode(void **state)
{
	struct inode *inode;
	uint64_t generation;

	(void)state;
	make_file("a");
	inode = look_up("a");
	generation = inode_generation(inode);
	assert_ptr_equal(inode_from_nodeid(table, inode_nodeid(inode)), inode);
	/* Known still: the new file must not be taken for it. */
	assert_int_equal(unlinkat(dir_fd, "a", 0), 0);
	make_file("a");
	assert_ptr_not_equal(look_up("a"), inode);
	inode_forget(table, inode, 1);
	/* Forgotten: a new inode may lie where the old one did. */
	make_file("b");
	assert_int_not_equal(inode_generation(look_up("b")), generation);
}

static void a_created_file_is_the_one_found_by_name(void **state)
{
	struct inode *inode;
	struct stat attr;
	int fd;

	(void)state;
	make_file("a");
	fd = openat(dir_fd, "a", O_RDWR | O_CLOEXEC);
	assert_int_equal(inode_adopt(table, root, "a", fd, &inode, &attr), 0);
	assert_int_equal(attr.st_size, 1);
	assert_path(inode, NULL, "/a");
	assert_ptr_equal(look_up("a"), inode);
	close(fd);
}

static void what_is_not_there_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(look_up_error(root, "nothing"), -ENOENT);
	assert_int_equal(inode_table_count(table), 1);
}

static void a_number_finds_what_is_known(void **state)
{
	struct inode *inode;
	uint64_t ino;

	(void)state;
	make_file("a");
	inode = look_up("a");
	ino = inode_ino(inode);
	assert_ptr_equal(inode_find(table, ino), inode);
	assert_null(inode_find(table, ino + 1000000));
	/* What was found is counted: only the last of both takes it away. */
	assert_false(inode_forget(table, inode, 1));
	assert_ptr_equal(inode_find(table, ino), inode);
	assert_true(inode_forget(table, inode, 2));
	assert_null(inode_find(table, ino));
	assert_int_equal(inode_table_count(table), 1);
}

/* ---- descriptors ---- */

static int count_open_fds(void)
{
	DIR *fds = opendir("/proc/self/fd");
	int count = 0;

	assert_non_null(fds);
	while (readdir(fds))
		count++;
	closedir(fds);
	return count;
}

static void a_file_is_opened_and_nothing_else(void **state)
{
	char bytes[8];
	int fd;

	(void)state;
	make_file("file");
	assert_int_equal(mkfifoat(dir_fd, "fifo", 0600), 0);
	assert_int_equal(symlinkat("file", dir_fd, "link"), 0);
	fd = inode_open(table, look_up("file"), O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, bytes, sizeof(bytes)), 4);
	close(fd);
	fd = inode_open(table, root, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(inode_open(table, look_up("link"), O_RDONLY), -ELOOP);
	assert_int_equal(inode_open(table, look_up("fifo"), O_RDONLY), -ENXIO);
}

static void a_symbolic_link_is_not_followed(void **state)
{
	struct inode_fd fd;
	struct stat attr;
	struct inode *link;

	(void)state;
	assert_int_equal(symlinkat("/", dir_fd, "link"), 0);
	link = look_up("link");
	assert_int_equal(inode_type(link), S_IFLNK);
	assert_int_equal(inode_fd_get(table, link, &fd), 0);
	assert_int_equal(fstatat(fd.fd, "", &attr, AT_EMPTY_PATH), 0);
	assert_true(S_ISLNK(attr.st_mode));
	inode_fd_put(table, &fd);
	assert_int_equal(look_up_error(link, "etc"), -ENOTDIR);
}

static void there_are_more_inodes_than_descriptors(void **state)
{
	struct inode *inodes[MANY];
	char name[16];
	int before = count_open_fds();

	(void)state;
	if (!is_by_handle())
		skip();
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		make_file(name);
		inodes[i] = look_up(name);
	}
	assert_true(count_open_fds() - before <= DESCRIPTORS / 16);
	for (int i = 0; i < MANY; i++) {
		struct stat attr;

		assert_int_equal(inode_getattr(table, inodes[i], -1, &attr), 0);
		assert_int_equal(attr.st_ino, inode_ino(inodes[i]));
	}
	assert_true(count_open_fds() - before <= DESCRIPTORS / 16);
	for (int i = 0; i < MANY; i++)
		inode_forget(table, inodes[i], 1);
	assert_int_equal(inode_table_count(table), 1);
	assert_int_equal(count_open_fds(), before);
}

/* More borrowed at once than the cache holds: the others are the borrowers'. */
static void borrowed_descriptors_stay_what_they_were(void **state)
{
	struct inode_fd fds[MANY];
	struct inode *inodes[MANY];
	char name[16];
	int before = count_open_fds();

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		make_file(name);
		inodes[i] = look_up(name);
		assert_int_equal(inode_fd_get(table, inodes[i], &fds[i]), 0);
	}
	for (int i = 0; i < MANY; i++) {
		struct stat attr;

		assert_int_equal(fstat(fds[i].fd, &attr), 0);
		assert_int_equal(attr.st_ino, inode_ino(inodes[i]));
		inode_fd_put(table, &fds[i]);
		inode_forget(table, inodes[i], 1);
	}
	assert_int_equal(count_open_fds(), before);
}

static void a_forgotten_inode_closes_its_descriptor_when_it_is_put(void **state)
{
	struct inode_fd fd;
	struct inode *inode;
	struct stat attr;
	int before = count_open_fds();

	(void)state;
	if (!is_by_handle())
		skip();
	make_file("a");
	inode = look_up("a");
	assert_int_equal(inode_fd_get(table, inode, &fd), 0);
	inode_forget(table, inode, 1);
	assert_int_equal(fstat(fd.fd, &attr), 0);
	inode_fd_put(table, &fd);
	assert_int_equal(count_open_fds(), before);
}

/* Push a descriptor out of the cache. */
static void fill_cache(void)
{
	char name[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "fill%d", i);
		make_file(name);
		look_up(name);
	}
}

/*
 * The file has gone from SOURCE for good, its handle is stale: what is still
 * open stands in. Something else is opened in its place here, to tell the two.
 */
static void an_open_file_stands_in_for_a_stale_handle(void **state)
{
	struct handle *handle;
	struct inode *inode;
	struct stat attr;
	int fd;

	(void)state;
	if (!is_by_handle())
		skip();
	make_file("a");
	inode = look_up("a");
	assert_int_equal(unlinkat(dir_fd, "a", 0), 0);
	fill_cache();
	assert_int_equal(inode_getattr(table, inode, -1, &attr), -ESTALE);
	assert_int_equal(inode_open(table, inode, O_RDONLY), -ESTALE);

	fd = memfd_create("stand-in", MFD_CLOEXEC);
	assert_int_equal(ftruncate(fd, 12345), 0);
	handle = handle_create(inode, fd, true);
	inode_add_handle(table, handle);
	assert_int_equal(inode_getattr(table, inode, -1, &attr), 0);
	assert_int_equal(attr.st_size, 12345);
	fd = inode_open(table, inode, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 12345);
	close(fd);

	inode_remove_handle(table, handle);
	handle_destroy(handle);
	assert_int_equal(inode_getattr(table, inode, -1, &attr), -ESTALE);
}

static void open_files_tell_whether_one_can_write(void **state)
{
	struct inode *inode;
	struct handle *reader;
	struct handle *writer;

	(void)state;
	make_file("a");
	inode = look_up("a");
	reader = handle_create(inode, inode_open(table, inode, O_RDONLY), false);
	writer = handle_create(inode, inode_open(table, inode, O_RDWR), true);
	inode_add_handle(table, reader);
	assert_false(inode_is_writable(table, inode));
	inode_add_handle(table, writer);
	assert_true(inode_is_writable(table, inode));
	inode_remove_handle(table, writer);
	assert_false(inode_is_writable(table, inode));
	handle_destroy(writer);
	/* The reader stays: a connection that was aborted releases nothing. */
}

/* ---- threads ---- */

static void *look_up_and_forget(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct inode *a = look_up("a");
		struct inode *file = look_up_in(a, "file");
		struct inode_fd fd;

		assert_int_equal(inode_fd_get(table, file, &fd), 0);
		inode_fd_put(table, &fd);
		inode_forget(table, a, 1);
		inode_forget(table, file, 1);
	}
	return arg;
}

static void threads_agree_on_the_inode(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	assert_int_equal(mkdirat(dir_fd, "a", 0700), 0);
	make_file("a/file");
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						look_up_and_forget, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(inode_table_count(table), 1);
}

int main(void)
{
	const struct rlimit limit = { DESCRIPTORS, DESCRIPTORS };
	const struct CMUnitTest tests[] = {
		BY_DESCRIPTOR(the_mode_is_what_was_set_up),
		BOTH_WAYS(two_names_of_a_file_are_one_inode),
		BOTH_WAYS(a_later_file_is_another_inode),
		BOTH_WAYS(a_created_file_is_the_one_found_by_name),
		BOTH_WAYS(what_is_not_there_is_not_found),
		BOTH_WAYS(a_number_finds_what_is_known),
		BOTH_WAYS(a_file_is_opened_and_nothing_else),
		BOTH_WAYS(a_symbolic_link_is_not_followed),
		BY_HANDLE(there_are_more_inodes_than_descriptors),
		BOTH_WAYS(borrowed_descriptors_stay_what_they_were),
		BY_HANDLE(a_forgotten_inode_closes_its_descriptor_when_it_is_put),
		BY_HANDLE(an_open_file_stands_in_for_a_stale_handle),
		BOTH_WAYS(open_files_tell_whether_one_can_write),
		BOTH_WAYS(threads_agree_on_the_inode),
	};

	if (setrlimit(RLIMIT_NOFILE, &limit))
		return 99;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
