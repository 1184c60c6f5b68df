/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inode table on a real directory: one inode a file, counts, descriptors on
 * loan, hints, the hidden directory and the planted file. Most cases run twice,
 * by handle (skipped where the machine does not allow it) and by descriptor,
 * which a table without CAP_DAC_READ_SEARCH uses.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/handle.h"
#include "daemon/inode.h"

enum {
	DESCRIPTORS = 320,	/* limit of open files: 20 slots in the cache */
	MANY = 200,		/* files, more than the cache holds */
	THREADS = 4,
	ROUNDS = 500,
	ROOT_NODEID = 1,
};

/* What a case works on. */
static char dir[64];
static int dir_fd;
static struct inode_table *table;
static struct inode *root;

/* ---- set-up ---- */

static void raise_or_drop_cap(bool raise)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];
	uint32_t mask = CAP_TO_MASK(CAP_DAC_READ_SEARCH);

	assert_int_equal(syscall(SYS_capget, &header, caps), 0);
	if (raise)
		caps[0].effective |= caps[0].permitted & mask;
	else
		caps[0].effective &= ~mask;
	assert_int_equal(syscall(SYS_capset, &header, caps), 0);
}

static void make_file(const char *name)
{
	int fd = openat(dir_fd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC,
			0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, name, strlen(name)), strlen(name));
	close(fd);
}

static int set_up(bool by_handle)
{
	struct stat hidden;

	snprintf(dir, sizeof(dir), "inode_test.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0 || mkdirat(dir_fd, "state", 0700) ||
	    fstatat(dir_fd, "state", &hidden, 0))
		return -1;
	raise_or_drop_cap(by_handle);
	if (inode_table_create(dir_fd, &hidden, &table))
		return -1;
	root = inode_from_nodeid(table, ROOT_NODEID);
	return 0;
}

static int set_up_handle(void **state)
{
	(void)state;
	return set_up(true);
}

static int set_up_descriptor(void **state)
{
	(void)state;
	return set_up(false);
}

static int remove_tree(const char *path)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	return system(command);
}

static int tear_down(void **state)
{
	(void)state;
	inode_table_destroy(table);
	table = NULL;
	close(dir_fd);
	return remove_tree(dir);
}

static bool is_by_handle(void)
{
	return !strcmp(inode_table_mode(table), "handle");
}

static struct inode *look_up_in(struct inode *parent, const char *name)
{
	struct inode *inode = NULL;
	struct stat attr;

	assert_int_equal(inode_lookup(table, parent, name, &inode, &attr), 0);
	assert_int_equal(attr.st_ino, inode_ino(inode));
	return inode;
}

static struct inode *look_up(const char *name)
{
	return look_up_in(root, name);
}

static int look_up_error(struct inode *parent, const char *name)
{
	struct inode *inode;
	struct stat attr;

	return inode_lookup(table, parent, name, &inode, &attr);
}

static void assert_path(struct inode *inode, const char *name,
			const char *wanted)
{
	char path[64];

	inode_path(table, inode, name, path, sizeof(path));
	assert_string_equal(path, wanted);
}

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

/* ---- descriptors ---- */

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

#define BY_HANDLE(name) \
	{ #name " (by handle)", name, set_up_handle, tear_down, NULL }
#define BY_DESCRIPTOR(name) \
	{ #name " (by descriptor)", name, set_up_descriptor, tear_down, NULL }
#define BOTH_WAYS(name) BY_HANDLE(name), BY_DESCRIPTOR(name)

int main(void)
{
	const struct rlimit limit = { DESCRIPTORS, DESCRIPTORS };
	const struct CMUnitTest tests[] = {
		BY_DESCRIPTOR(the_mode_is_what_was_set_up),
		BOTH_WAYS(two_names_of_a_file_are_one_inode),
		BOTH_WAYS(a_later_file_is_another_inode),
		BOTH_WAYS(a_created_file_is_the_one_found_by_name),
		BOTH_WAYS(what_is_not_there_is_not_found),
		BOTH_WAYS(a_file_is_opened_and_nothing_else),
		BOTH_WAYS(a_symbolic_link_is_not_followed),
		BY_HANDLE(there_are_more_inodes_than_descriptors),
		BOTH_WAYS(borrowed_descriptors_stay_what_they_were),
		BY_HANDLE(a_forgotten_inode_closes_its_descriptor_when_it_is_put),
		BY_HANDLE(an_open_file_stands_in_for_a_stale_handle),
		BOTH_WAYS(open_files_tell_whether_one_can_write),
		BOTH_WAYS(paths_follow_renames),
		BOTH_WAYS(a_replaced_or_unlinked_name_is_no_hint),
		BOTH_WAYS(a_path_outlives_its_directorys_lookups),
		BOTH_WAYS(a_long_path_is_cut),
		BOTH_WAYS(the_state_directory_is_not_there),
		BOTH_WAYS(a_planted_file_is_found_by_name_only_in_the_root),
		BOTH_WAYS(threads_agree_on_the_inode),
	};

	if (setrlimit(RLIMIT_NOFILE, &limit))
		return 99;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
