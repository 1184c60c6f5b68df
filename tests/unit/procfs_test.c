/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is made of procfs's texts, as the kernel writes them. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/procfs.h"

#include <cmocka.h>

static void fdinfo_is_read_and_must_be_whole(UNUSED void **state)
{
	struct procfs_file file;

	assert_int_equal(procfs_parse_file("pos:\t4096\nflags:\t0142002\n"
					 "mnt_id:\t40\nino:\t10953069\n",
					 &file), 0);
	assert_int_equal(file.pos, 4096);
	assert_int_equal(file.flags & O_APPEND, O_APPEND);
	assert_int_equal(file.mnt_id, 40);
	assert_int_equal(file.ino, 10953069);
	assert_int_equal(procfs_parse_file("pos:\t4096\nflags:\t02\n"
					 "mnt_id:\t40\n", &file), -ENOTSUP);
	assert_int_equal(procfs_parse_file("", &file), -ENOTSUP);
}

static void a_mount_is_found_by_number_and_device(UNUSED void **state)
{
	static const char text[] =
		"24 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		"40 24 0:42 / /mnt rw - fuse.pinfs /srv rw\n";

	assert_true(procfs_find_mount(text, 40, 0, 42));
	assert_true(procfs_find_mount(text, 24, 8, 1));
	assert_false(procfs_find_mount(text, 40, 8, 1));
	assert_false(procfs_find_mount(text, 4, 0, 42));
	assert_false(procfs_find_mount("", 40, 0, 42));
}

static void the_type_of_a_mount_is_found(UNUSED void **state)
{
	static const char text[] =
		"22 27 0:21 / /proc rw,relatime - proc proc rw\n"
		"40 24 0:42 / /mnt\\040a rw shared:7 master:1 - fuse.pinfs /s rw\n"
		"41 24 0:43 / /cut rw";
	char type[32];
	char small[5];

	procfs_mount_type(text, 40, type, sizeof(type));
	assert_string_equal(type, "fuse.pinfs");
	procfs_mount_type(text, 22, type, sizeof(type));
	assert_string_equal(type, "proc");
	procfs_mount_type(text, 40, small, sizeof(small));
	assert_string_equal(small, "fuse");
	/* no such mount; a line that ends too soon */
	procfs_mount_type(text, 4, type, sizeof(type));
	assert_string_equal(type, "");
	procfs_mount_type(text, 41, type, sizeof(type));
	assert_string_equal(type, "");
}

static void a_call_is_read_with_its_arguments(UNUSED void **state)
{
	struct procfs_call call;

	assert_int_equal(procfs_parse_call(
		"17 0x3 0x7fd03e27d000 0x20000 0xffffffffffffffff 0x0 0x6 "
		"0x7ffdf6c624a8 0x7fd03e3f62ad\n", &call), 0);
	assert_int_equal(call.number, 17);
	assert_int_equal(call.args[0], 3);
	assert_int_equal(call.args[1], 0x7fd03e27d000);
	assert_true(call.args[3] == UINT64_MAX);
	assert_int_equal(call.args[5], 6);
}

static void what_is_no_call_of_ours_is_told_apart(UNUSED void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ "running\n", -EAGAIN },
		/* blocked outside of a call: a page fault */
		{ "-1 0x7ffdf6c624a8 0x7fd03e3f62ad\n", -ENOTSUP },
		/* a 32-bit program's: 3 is read(2) there */
		{ "3 0x0 0xffd0a000 0x400 0x0 0x0 0x0 0xffd09f00 0xf7f0a569\n",
		  -ENOTSUP },
		{ "17 0x3 0x7fd03e27d000\n", -ENOTSUP },
		{ "", -ENOTSUP },
	};
	struct procfs_call call;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(procfs_parse_call(cases[i].text, &call),
				 cases[i].err);
}

static void a_line_of_maps_is_read(UNUSED void **state)
{
	struct procfs_map map;

	assert_int_equal(procfs_parse_map(
		"7f4544f7f000-7f4544f8f000 rw-s 00003000 00:2a 10953069"
		"                   /mnt/a file with spaces\n", &map), 0);
	assert_int_equal(map.start, 0x7f4544f7f000);
	assert_int_equal(map.end, 0x7f4544f8f000);
	assert_string_equal(map.perms, "rw-s");
	assert_int_equal(map.off, 0x3000);
	assert_int_equal(map.major, 0);
	assert_int_equal(map.minor, 0x2a);
	assert_int_equal(map.ino, 10953069);
	assert_string_equal(map.name, "/mnt/a");
	/* a name that is cut, one that is not there */
	assert_int_equal(procfs_parse_map(
		"7f00-7fff r--p 00000000 fe:10 7 /usr/lib/a-long-name\n", &map),
		0);
	assert_string_equal(map.name, "/usr/lib/a-long");
	assert_int_equal(map.major, 0xfe);
	assert_int_equal(procfs_parse_map("7f00-7fff ---p 00000000 00:00 0\n",
					  &map), 0);
	assert_string_equal(map.name, "");
	assert_int_equal(map.ino, 0);
}

static void a_line_that_is_none_is_refused(UNUSED void **state)
{
	static const char *const lines[] = {
		"", "\n", "7f00-7f00 r--p 00000000 00:00 0\n",
		"7fff-7f00 r--p 00000000 00:00 0\n", "7f00-7fff r--p 0\n",
		"Size: 4 kB\n",
	};
	struct procfs_map map;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(procfs_parse_map(lines[i], &map), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fdinfo_is_read_and_must_be_whole),
		cmocka_unit_test(a_mount_is_found_by_number_and_device),
		cmocka_unit_test(the_type_of_a_mount_is_found),
		cmocka_unit_test(a_call_is_read_with_its_arguments),
		cmocka_unit_test(what_is_no_call_of_ours_is_told_apart),
		cmocka_unit_test(a_line_of_maps_is_read),
		cmocka_unit_test(a_line_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
