/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's files: the archive has what was put in, directories before what is
 * in them; a program comes with all that it is started with; a job is an archive
 * of its own, where the kernel looks for one.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/tool.h"
#include "vm/image-program.h"
#include "vm/image-tree.h"
#include "vm/image.h"

#define NONCE "0123456789abcdef0123456789abcdef"

enum { ARCHIVE_SIZE = 1 << 16, HEADER_SIZE = 110 };

/* ---------------------------------------------------------------- the archive */

static unsigned long field(const char *header, unsigned int index)
{
	char text[9] = "";

	memcpy(text, header + 6 + 8 * index, 8);
	return strtoul(text, NULL, 16);
}

/*
 * The next entry of a newc archive (Documentation/driver-api/early-userspace/
 * buffer-format.rst), by hand: as the kernel reads it. Return: behind it.
 */
static const char *read_entry(const char *at, const char **name_ret,
			      unsigned long *mode_ret, const char **data_ret,
			      unsigned long *len_ret)
{
	unsigned long name_len = field(at, 11);

	assert_memory_equal(at, "070701", 6);
	*mode_ret = field(at, 1);
	*len_ret = field(at, 6);
	*name_ret = at + HEADER_SIZE;
	*data_ret = at + ((HEADER_SIZE + name_len + 3) & ~3UL);
	return *data_ret + ((*len_ret + 3) & ~3UL);
}

static void a_tree_as_an_archive(void **state UNUSED)
{
	static const struct {
		const char *name;
		unsigned long mode;
		const char *data;
	} rows[] = {
		{ "deep", S_IFDIR | 0755, "" },
		{ "deep/er", S_IFDIR | 0755, "" },
		{ "deep/er/file", S_IFREG | 0644, "contents" },
		{ "deep/other", S_IFREG | 0755, "" },
		{ "link", S_IFLNK | 0777, "deep/other" },
		{ "null", S_IFCHR | 0666, "" },
		{ "TRAILER!!!", 0, "" },
	};
	static char archive[ARCHIVE_SIZE];
	struct vm_image_tree tree = { 0 };
	autoclose int fd = memfd_create("archive", MFD_CLOEXEC);
	const char *at = archive;

	assert_int_equal(vm_image_tree_add_text(&tree, "/deep/er/file",
						S_IFREG | 0644, "contents"), 0);
	assert_int_equal(vm_image_tree_add(&tree, "/deep/other",
					   S_IFREG | 0755, NULL, 0), 0);
	assert_int_equal(vm_image_tree_add_text(&tree, "/link", S_IFLNK | 0777,
						"deep/other"), 0);
	assert_int_equal(vm_image_tree_add_device(&tree, "/null",
						  S_IFCHR | 0666,
						  makedev(1, 3)), 0);
	assert_int_equal(vm_image_tree_add_text(&tree, "/deep/other",
						S_IFREG | 0644, "x"), -EEXIST);
	assert_true(vm_image_tree_has(&tree, "/deep/er"));
	assert_false(vm_image_tree_has(&tree, "/deep/e"));
	if (vm_image_tree_write(&tree, fd) == -EOPNOTSUPP)
		skip();
	assert_true(fdio_pread(fd, archive, sizeof(archive), 0) > 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *header = at;
		const char *name, *data;
		unsigned long mode, len;

		at = read_entry(at, &name, &mode, &data, &len);
		assert_string_equal(name, rows[i].name);
		assert_int_equal(mode, rows[i].mode);
		assert_int_equal(len, strlen(rows[i].data));
		assert_memory_equal(data, rows[i].data, len);
		if (S_ISCHR(mode)) {
			assert_int_equal(field(header, 9), 1);
			assert_int_equal(field(header, 10), 3);
		}
	}
	vm_image_tree_deinit(&tree);
}

/* ---------------------------------------------------------------- the programs */

static bool has_like(const struct vm_image_tree *tree, const char *words)
{
	for (size_t i = 0; i < tree->count; i++)
		if (strstr(tree->files[i].path, words))
			return true;
	return false;
}

static void a_program_with_its_libraries(void **state UNUSED)
{
	struct vm_image_tree tree = { 0 };
	char path[PATH_MAX];
	size_t count;

	assert_true(tool_find("pinfs", path));
	assert_int_equal(vm_image_program_add(&tree, path, "/bin/one"), 0);
	assert_true(vm_image_tree_has(&tree, "/bin/one"));
	assert_true(has_like(&tree, "/libfuse3.so."));
	assert_true(has_like(&tree, "/libjansson.so."));
	assert_true(has_like(&tree, "/ld-"));
	/* Each file once, however many need it. */
	count = tree.count;
	assert_int_equal(vm_image_program_add(&tree, path, "/bin/other"), 0);
	assert_int_equal(tree.count, count + 1);
	assert_int_equal(vm_image_program_add(&tree, path, "/bin/other"),
			 -EEXIST);
	assert_int_equal(vm_image_program_add(&tree, "/nowhere", "/bin/x"),
			 -ENOENT);
	vm_image_tree_deinit(&tree);
}

/* ---------------------------------------------------------------------- a job */

/* Behind images of any length: the kernel looks at multiples of four. */
static void a_job_behind_an_image(void **state UNUSED)
{
	static char *words[] = { (char *)"pwrite@writeback", NULL };
	const struct vm_job job = { .nonce = NONCE, .run = words };
	char base[] = "/tmp/vmimage-XXXXXX";
	char made[sizeof(base) + 4];
	int fd = mkstemp(base);

	assert_true(fd >= 0);
	snprintf(made, sizeof(made), "%s.job", base);
	for (size_t len = 1; len <= 5; len++) {
		size_t at = (len + 3) & ~(size_t)3;
		unsigned long mode, data_len;
		const char *name, *data;
		autofree char *text = NULL;
		int err;

		assert_int_equal(fdio_write(fd, "x", 1), 0);
		err = vm_image_add_job(base, &job, made);
		if (err == -EOPNOTSUPP)
			break;
		assert_int_equal(err, 0);

		autoclose int made_fd = open(made, O_RDONLY | O_CLOEXEC);
		char bytes[2048] = "";

		assert_true(fdio_pread(made_fd, bytes, sizeof(bytes) - 1, 0) >
			    0);
		assert_memory_equal(bytes, "xxxxx", len);
		for (size_t i = len; i < at; i++)
			assert_int_equal(bytes[i], 0);
		read_entry(bytes + at, &name, &mode, &data, &data_len);
		assert_string_equal(name, &VM_JOB_FILE[1]);
		assert_int_equal(mode, S_IFREG | 0600);
		text = vm_job_text(&job);
		assert_int_equal(data_len, strlen(text));
		assert_memory_equal(data, text, data_len);
	}
	close(fd);
	unlink(base);
	unlink(made);
	assert_int_equal(vm_image_add_job("/nowhere", &job, made), -ENOENT);
	assert_int_equal(access(made, F_OK), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_as_an_archive),
		cmocka_unit_test(a_program_with_its_libraries),
		cmocka_unit_test(a_job_behind_an_image),
	};

	return cmocka_run_group_tests_name("vmimage", tests, NULL, NULL);
}
