/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is mounted where, as the running kernel writes it: the test makes its
 * mounts in a mount namespace of its own (a user namespace too, when it is not
 * root), so nothing shows outside and nothing is left.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/mountinfo.h"

/* Everything that the kernel escapes in a mount point and in a source. */
#define ODD "sp ace\ttab\nnew\\back#hash\\040x"

static char dir[] = "/tmp/pinfs-mountinfo-XXXXXX";
static bool can_mount;

static bool enter_namespaces(void)
{
	char uid_map[32], gid_map[32];

	if (geteuid() == 0)
		return unshare(CLONE_NEWNS) == 0;
	snprintf(uid_map, sizeof(uid_map), "0 %u 1", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %u 1", getegid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       fdio_write_file("/proc/self/setgroups", "deny") == 0 &&
	       fdio_write_file("/proc/self/uid_map", uid_map) == 0 &&
	       fdio_write_file("/proc/self/gid_map", gid_map) == 0;
}

/* A tmpfs over all that is made here; its end comes with the namespace. */
static int begin(void **state UNUSED)
{
	if (!mkdtemp(dir))
		return -1;
	can_mount = enter_namespaces() &&
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		    mount("base", dir, "tmpfs", 0, "mode=0755") == 0;
	return chdir(dir);
}

static int end(void **state UNUSED)
{
	if (chdir("/") || (can_mount && umount2(dir, MNT_DETACH)))
		return -1;
	return rmdir(dir);
}

static void need_mounts(void)
{
	if (!can_mount) {
		print_message("no namespace to mount in\n");
		skip();
	}
}

static void make_mount(const char *source, const char *at)
{
	if (mkdir(at, 0755))
		assert_int_equal(errno, EEXIST);
	assert_int_equal(mount(source, at, "tmpfs", 0, NULL), 0);
}

/* The source of the mount at @path (NULL: no mount there) is @source. */
static void assert_found(const char *path, const char *source)
{
	struct mountinfo info;
	struct stat st;
	int err = mountinfo_find(path, &info);

	if (!source) {
		assert_int_equal(err, -ENOENT);
		return;
	}
	if (err)
		fail_msg("%s: %s", path, strerror(-err));
	assert_string_equal(info.source, source);
	assert_string_equal(info.fstype, "tmpfs");
	assert_int_equal(strncmp(info.super_options, "rw", 2), 0);
	assert_int_equal(info.mountpoint[0], '/');
	/* The kernel's own view of what the path leads to. */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(major(st.st_dev), info.major);
	assert_int_equal(minor(st.st_dev), info.minor);
	mountinfo_deinit(&info);
}

static void found_and_not_found(void **state UNUSED)
{
	need_mounts();
	assert_int_equal(mkdir("plain", 0755), 0);
	make_mount("one", "m");
	assert_int_equal(mkdir("m/sub", 0755), 0);
	assert_found("m", "one");
	assert_found("m/sub", NULL);	/* inside a mount is not a mount */
	assert_found("plain", NULL);
	assert_found("absent", NULL);
	assert_found("absent/x", NULL);
	assert_found("mm", NULL);	/* begins like one */
	make_mount("two", "mm");
	assert_found("mm", "two");
	assert_int_equal(umount("mm"), 0);
	assert_int_equal(umount("m"), 0);
	assert_found("m", NULL);
}

static void odd_names(void **state UNUSED)
{
	char expected[sizeof(dir) + sizeof(ODD) + 1];
	struct mountinfo info;

	need_mounts();
	make_mount(ODD, ODD);
	assert_found(ODD, ODD);
	assert_int_equal(mountinfo_find(ODD, &info), 0);
	snprintf(expected, sizeof(expected), "%s/%s", dir, ODD);
	assert_string_equal(info.mountpoint, expected);
	mountinfo_deinit(&info);
	assert_int_equal(umount(ODD), 0);
}

static void empty_source(void **state UNUSED)
{
	need_mounts();
	make_mount("", "nameless");
	assert_found("nameless", "");
	assert_int_equal(umount("nameless"), 0);
}

static void topmost_of_several(void **state UNUSED)
{
	need_mounts();
	make_mount("lower", "stack");
	make_mount("middle", "stack");
	make_mount("upper", "stack");
	assert_found("stack", "upper");
	assert_int_equal(umount("stack"), 0);
	assert_found("stack", "middle");
	assert_int_equal(umount("stack"), 0);
	assert_found("stack", "lower");
	assert_int_equal(umount("stack"), 0);
	assert_found("stack", NULL);
}

static void covered_with_its_tree(void **state UNUSED)
{
	need_mounts();
	make_mount("first", "tree");
	make_mount("hidden", "tree/b");
	assert_found("tree/b", "hidden");
	make_mount("cover", "tree");
	assert_found("tree", "cover");
	/* It is still in mountinfo, but no path leads to it. */
	assert_found("tree/b", NULL);
	make_mount("shown", "tree/b");
	assert_found("tree/b", "shown");
	assert_int_equal(umount2("tree", MNT_DETACH), 0);
	assert_found("tree/b", "hidden");
	assert_int_equal(umount2("tree", MNT_DETACH), 0);
}

static void moved_below_an_older_one(void **state UNUSED)
{
	need_mounts();
	/* The order of making is not the order on the path. */
	make_mount("older", "from");
	make_mount("newer", "to");
	assert_int_equal(mount("from", "to", NULL, MS_MOVE, NULL), 0);
	assert_found("to", "older");
	assert_found("from", NULL);
	assert_int_equal(umount("to"), 0);
	assert_found("to", "newer");
	assert_int_equal(umount("to"), 0);
}

/* More lines than the first table holds, and parents far from children. */
static void many_mounts(void **state UNUSED)
{
	enum { DEPTH = 40 };
	char path[3 * DEPTH] = "deep";

	need_mounts();
	make_mount("deep", path);
	for (int i = 0; i < DEPTH; i++) {
		strcat(path, "/x");
		make_mount(i == DEPTH - 1 ? "deepest" : "between", path);
	}
	assert_found(path, "deepest");
	assert_found("deep", "deep");
	assert_int_equal(umount2("deep", MNT_DETACH), 0);
	assert_found("deep", NULL);
}

/* A mount whose daemon never answers. Returns /dev/fuse. */
static int mount_stuck(void)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[100];

	if (fd < 0)
		return -1;
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=%u", fd, getegid());
	if (mkdir("stuck", 0755) ||
	    mount("never", "stuck", "fuse.pinfs", 0, options)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void mount_that_does_not_answer(void **state UNUSED)
{
	static const char *const spellings[] = {
		"stuck", "stuck/", "./stuck/.", "stuck//", "m/../stuck",
	};
	int status = -1;

	need_mounts();
	make_mount("m", "m");

	int fuse = mount_stuck();

	if (fuse < 0) {
		print_message("no /dev/fuse\n");
		skip();
	}

	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		/* With the parent's copy this ends whatever waits for it. */
		close(fuse);
		for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
			struct mountinfo info;

			if (mountinfo_find(spellings[i], &info) ||
			    strcmp(info.fstype, "fuse.pinfs") != 0)
				_exit(1);
			mountinfo_deinit(&info);
		}
		_exit(0);
	}

	uint64_t deadline_ns = clock_deadline_ns(10 * CLOCK_NS_PER_SEC);
	pid_t ended;

	while ((ended = waitpid(pid, &status, WNOHANG)) == 0 &&
	       clock_now_ns() < deadline_ns)
		clock_sleep_ns(CLOCK_NS_PER_MS);
	close(fuse);
	if (ended == 0)
		waitpid(pid, NULL, 0);
	umount2("stuck", MNT_DETACH);
	assert_int_equal(umount("m"), 0);
	assert_int_equal(ended, pid);
	assert_int_equal(status, 0);
}

/* What is expected of a path, %s standing for the test's directory. */
static void absolute_paths(void **state UNUSED)
{
	static const struct {
		const char *path;
		int err;
		const char *expected;
		const char *why;
	} rows[] = {
		{ "/", 0, "/", "the root is itself" },
		{ "//", 0, "/", "however often" },
		{ "/.", 0, "/", "and its dot" },
		{ "/..", 0, "/", "and above it" },
		{ ".", 0, "%s", "where we are" },
		{ "./", 0, "%s", "the same" },
		{ "./.", 0, "%s", "still" },
		{ "..", 0, "/tmp", "above" },
		{ "d/..", 0, "%s", "down and up" },
		{ "x", 0, "%s/x", "need not exist" },
		{ "x/", 0, "%s/x", "a slash at the end" },
		{ "x///", 0, "%s/x", "many of them" },
		{ "x/.", 0, "%s/x", "a dot at the end" },
		{ "x/././/", 0, "%s/x", "all of that" },
		{ "./x", 0, "%s/x", "a dot before" },
		{ "d//x", 0, "%s/d/x", "slashes inside" },
		{ "d/../x", 0, "%s/x", "up inside" },
		{ "d/x.", 0, "%s/d/x.", "a name that ends in a dot" },
		{ "d/...", 0, "%s/d/...", "a name of dots" },
		{ "l/x", 0, "%s/d/x", "a link on the way is followed" },
		{ "l", 0, "%s/l", "one at the end is not" },
		{ "broken/x", -ENOENT, NULL, "a link to nothing" },
		{ "/usr", 0, "/usr", "just below the root" },
		{ "/nonexistent/x", -ENOENT, NULL, "no such parent" },
		{ "", -ENOENT, NULL, "nothing" },
	};

	if (mkdir("d", 0755) || symlink("d", "l") || symlink("no", "broken"))
		fail();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autofree char *path = NULL;
		char expected[100] = "";
		int err = mountinfo_absolute(rows[i].path, &path);

		if (!rows[i].err)
			snprintf(expected, sizeof(expected), "%s%s",
				 rows[i].expected[0] == '%' ? dir : "",
				 rows[i].expected +
				 (rows[i].expected[0] == '%' ? 2 : 0));
		if (err != rows[i].err || (!err && strcmp(path, expected)))
			fail_msg("%s: '%s' gave %d and %s", rows[i].why,
				 rows[i].path, err, path ? path : "nothing");
	}
	if (unlink("broken") || unlink("l") || rmdir("d"))
		fail();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_and_not_found),
		cmocka_unit_test(odd_names),
		cmocka_unit_test(empty_source),
		cmocka_unit_test(topmost_of_several),
		cmocka_unit_test(covered_with_its_tree),
		cmocka_unit_test(moved_below_an_older_one),
		cmocka_unit_test(many_mounts),
		cmocka_unit_test(mount_that_does_not_answer),
		cmocka_unit_test(absolute_paths),
	};

	return cmocka_run_group_tests_name("mountinfo", tests, begin, end);
}
