/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packages that are made here, byte by byte where nobody makes such ones: what is
 * taken of them, and that nothing comes to lie elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/compiler.h"
#include "common/fdio.h"
#include "vm/cache.h"
#include "vm/package.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>

static char dir[] = "/tmp/pinfs-package-XXXXXX";

enum { BUF_BYTES = 1 << 20, PATH_BYTES = 256 };

static int make_place(void **state UNUSED)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_place(void **state UNUSED)
{
	vm_cache_remove(dir);
	return 0;
}

static const char *in_dir(const char *name)
{
	static char paths[4][PATH_BYTES];
	static size_t next;
	char *path = paths[next++ % ARRAY_SIZE(paths)];

	snprintf(path, PATH_BYTES, "%s/%s", dir, name);
	return path;
}

/* One entry; a link when it has a target. */
struct file {
	const char *name;
	const char *text;
	const char *link;
	bool hard;
};

static const struct file good[] = {
	{ "./boot/vmlinuz-6.1", "the image", NULL, false },
	{ "./boot/config-6.1", "not wanted", NULL, false },
	{ "./lib/modules/6.1/kernel/fs/fuse.ko", "a module", NULL, false },
	{ "./lib/modules/6.1/modules.order", "fuse", NULL, false },
	{ "./lib/modules/6.1/build", NULL, "/usr/src", false },
};

static void put_file(struct archive *archive, const struct file *file)
{
	struct archive_entry *entry = archive_entry_new();
	size_t len = file->text ? strlen(file->text) : 0;

	archive_entry_set_pathname(entry, file->name);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_filetype(entry, AE_IFREG);
	if (file->link && file->hard) {
		archive_entry_set_hardlink(entry, file->link);
	} else if (file->link) {
		archive_entry_set_filetype(entry, AE_IFLNK);
		archive_entry_set_symlink(entry, file->link);
	}
	archive_entry_set_size(entry, (la_int64_t)len);
	assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
	if (len)
		assert_int_equal(archive_write_data(archive, file->text, len),
				 len);
	archive_entry_free(entry);
}

/* An archive in memory. Return: its length. */
static size_t pack(char *buf, int (*format)(struct archive *),
		   int (*filter)(struct archive *), const struct file *files,
		   size_t count)
{
	struct archive *archive = archive_write_new();
	size_t used = 0;

	assert_int_equal(format(archive), ARCHIVE_OK);
	assert_int_equal(filter(archive), ARCHIVE_OK);
	archive_write_set_bytes_per_block(archive, 0);
	assert_int_equal(archive_write_open_memory(archive, buf, BUF_BYTES,
						   &used), ARCHIVE_OK);
	for (size_t i = 0; i < count; i++)
		put_file(archive, &files[i]);
	assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
	archive_write_free(archive);
	return used;
}

static void save(const char *path, const char *buf, size_t len)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fdio_write(fd, buf, len), 0);
}

/* A member of an ar archive: 60 bytes of header, and an even length. */
static size_t put_member(char *buf, const char *name, const char *bytes,
			 size_t len)
{
	int n = sprintf(buf, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", name, 0, 0, 0,
			"100644", len);

	memcpy(buf + n, bytes, len);
	buf[(size_t)n + len] = '\n';
	return (size_t)n + len + len % 2;
}

static size_t make_deb(char *buf, const struct file *files, size_t count)
{
	static const struct file control = {
		"./control", "Package: linux-image-x\nVersion: 6.1-1\n", NULL,
		false,
	};
	autofree char *part = malloc(BUF_BYTES);
	size_t at = (size_t)sprintf(buf, "!<arch>\n");
	size_t len;

	at += put_member(buf + at, "debian-binary", "2.0\n", 4);
	len = pack(part, archive_write_set_format_ustar,
		   archive_write_add_filter_gzip, &control, 1);
	at += put_member(buf + at, "control.tar.gz", part, len);
	len = pack(part, archive_write_set_format_gnutar,
		   archive_write_add_filter_xz, files, count);
	return at + put_member(buf + at, "data.tar.xz", part, len);
}

static size_t put_number(char *buf, unsigned int number)
{
	for (int i = 0; i < 4; i++)
		buf[i] = (char)(number >> (24 - 8 * i));
	return 4;
}

/* A header's section with three texts, or with none. */
static size_t put_section(char *buf, bool texts)
{
	static const char data[] = "kernel-core\0" "6.1\0" "200.fc99";
	static const unsigned int offsets[] = { 0, 12, 16 };
	size_t at = 8;

	memcpy(buf, "\x8e\xad\xe8\x01\0\0\0\0", 8);
	at += put_number(buf + at, texts ? 3 : 0);
	at += put_number(buf + at, texts ? sizeof(data) : 0);
	for (unsigned int i = 0; texts && i < 3; i++) {
		at += put_number(buf + at, 1000 + i);
		at += put_number(buf + at, 6);
		at += put_number(buf + at, offsets[i]);
		at += put_number(buf + at, 1);
	}
	if (texts) {
		memcpy(buf + at, data, sizeof(data));
		at += sizeof(data);
	}
	return at;
}

static size_t make_rpm(char *buf, const struct file *files, size_t count)
{
	autofree char *part = malloc(BUF_BYTES);
	size_t at = 96, len;

	memset(buf, 0, at);
	memcpy(buf, "\xed\xab\xee\xdb\x03\x00", 6);
	at += put_section(buf + at, false);
	at += put_section(buf + at, true);
	len = pack(part, archive_write_set_format_cpio_newc,
		   archive_write_add_filter_zstd, files, count);
	memcpy(buf + at, part, len);
	return at + len;
}

typedef size_t make_fn(char *buf, const struct file *files, size_t count);

static const struct {
	make_fn *make;
	const char *name;
	const char *version;
} kinds[] = {
	{ make_deb, "linux-image-x", "6.1-1" },
	{ make_rpm, "kernel-core", "6.1-200.fc99" },
};

static int unpack(const char *buf, size_t len, struct vm_package *package)
{
	*package = (struct vm_package){ 0 };
	vm_cache_remove(in_dir("out"));
	assert_int_equal(vm_cache_make_dir(in_dir("out")), 0);
	save(in_dir("package"), buf, len);
	return vm_package_unpack(in_dir("package"), in_dir("out"), package);
}

static bool has_text(const char *path, const char *text)
{
	autofree char *there = NULL;

	return fdio_read_file(in_dir(path), &there) == 0 &&
	       strcmp(there, text) == 0;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(in_dir(path), &st) == 0;
}

static void both_kinds_give_image_and_modules(void **state UNUSED)
{
	autofree char *buf = malloc(2 * BUF_BYTES);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t len = kinds[i].make(buf, good, ARRAY_SIZE(good));
		struct vm_package package;

		assert_int_equal(unpack(buf, len, &package), 0);
		assert_string_equal(package.name, kinds[i].name);
		assert_string_equal(package.version, kinds[i].version);
		assert_string_equal(package.release, "6.1");
		assert_true(package.image && package.modules);
		assert_true(has_text("out/vmlinuz", "the image"));
		assert_true(has_text("out/modules/kernel/fs/fuse.ko",
				     "a module"));
		assert_true(has_text("out/modules/modules.order", "fuse"));
		assert_false(is_there("out/modules/build"));
		vm_package_release(&package);
	}
}

static void two_of_one_kernel_come_together(void **state UNUSED)
{
	static const struct file modules = {
		"./lib/modules/6.1/kernel/more.ko", "more", NULL, false,
	};
	static const struct file others = {
		"./lib/modules/6.2/kernel/more.ko", "others", NULL, false,
	};
	autofree char *buf = malloc(2 * BUF_BYTES);
	size_t len = make_rpm(buf, good, ARRAY_SIZE(good));
	struct vm_package package;

	assert_int_equal(unpack(buf, len, &package), 0);
	save(in_dir("package"), buf, make_deb(buf, &modules, 1));
	assert_int_equal(vm_package_unpack(in_dir("package"), in_dir("out"),
					   &package), 0);
	assert_true(has_text("out/modules/kernel/more.ko", "more"));
	assert_string_equal(package.name, "kernel-core");
	save(in_dir("package"), buf, make_deb(buf, &others, 1));
	assert_int_equal(vm_package_unpack(in_dir("package"), in_dir("out"),
					   &package), -EIO);
	assert_true(has_text("out/modules/kernel/more.ko", "more"));
	vm_package_release(&package);
}

static void names_that_lead_out_are_refused(void **state UNUSED)
{
	static const char *const names[] = {
		"./lib/modules/6.1/kernel/../../../../planted.ko",
		"../planted", "lib/modules/../planted.ko",
	};
	autofree char *buf = malloc(2 * BUF_BYTES);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
			struct file file = { names[i], "x", NULL, false };
			size_t len = kinds[kind].make(buf, &file, 1);
			struct vm_package package;

			assert_int_equal(unpack(buf, len, &package), -EIO);
			assert_false(is_there("planted"));
			assert_false(is_there("planted.ko"));
			vm_package_release(&package);
		}
}

static void an_absolute_name_is_refused(void **state UNUSED)
{
	autofree char *buf = malloc(2 * BUF_BYTES);
	struct file file = { in_dir("planted"), "x", NULL, false };

	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		size_t len = kinds[kind].make(buf, &file, 1);
		struct vm_package package;

		assert_int_equal(unpack(buf, len, &package), -EIO);
		assert_false(is_there("planted"));
		vm_package_release(&package);
	}
}

/* What is written through a link, had it been made, would be in "elsewhere". */
static void links_are_never_followed(void **state UNUSED)
{
	struct file files[] = {
		{ "lib/modules/6.1/kernel", NULL, NULL, false },
		{ "lib/modules/6.1/kernel/x.ko", "x", NULL, false },
		{ "lib/modules/6.1/y.ko", NULL, NULL, false },
		{ "lib/modules/6.1/y.ko", "y", NULL, false },
		{ "lib/modules/6.1/z.ko", NULL, "/etc/passwd", true },
	};
	autofree char *buf = malloc(2 * BUF_BYTES);
	struct vm_package package;
	char elsewhere[PATH_BYTES];
	char file[PATH_BYTES];
	size_t len;

	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", dir);
	snprintf(file, sizeof(file), "%s/elsewhere/y", dir);
	assert_int_equal(vm_cache_make_dir(elsewhere), 0);
	save(file, "as it was", strlen("as it was"));
	files[0].link = elsewhere;
	files[2].link = file;
	len = make_deb(buf, files, ARRAY_SIZE(files));
	assert_int_equal(unpack(buf, len, &package), 0);
	assert_true(has_text("elsewhere/y", "as it was"));
	assert_false(is_there("elsewhere/x.ko"));
	assert_true(has_text("out/modules/kernel/x.ko", "x"));
	assert_true(has_text("out/modules/y.ko", "y"));
	assert_false(is_there("out/modules/z.ko"));
	vm_package_release(&package);
}

/* Wherever it is cut: never a crash, and no success without the image. */
static void a_cut_package_is_told(void **state UNUSED)
{
	autofree char *buf = malloc(2 * BUF_BYTES);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t len = kinds[i].make(buf, good, ARRAY_SIZE(good));

		for (size_t cut = 0; cut < len; cut += 1 + len / 97) {
			struct vm_package package;
			int err = unpack(buf, cut, &package);

			if (err == 0 && !has_text("out/modules/modules.order",
						  "fuse"))
				fail_msg("cut at %zu of %zu: no error", cut,
					 len);
			vm_package_release(&package);
		}
	}
}

static void what_is_no_package_is_told(void **state UNUSED)
{
	struct vm_package package;

	assert_int_equal(unpack("", 0, &package), -EINVAL);
	assert_int_equal(unpack("a text, no package", 18, &package), -EINVAL);
	assert_int_equal(unpack("!<arch>\n", 8, &package), -EIO);
	assert_int_equal(vm_package_unpack(in_dir("nothing"), dir, &package),
			 -ENOENT);
	vm_package_release(&package);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_kinds_give_image_and_modules),
		cmocka_unit_test(two_of_one_kernel_come_together),
		cmocka_unit_test(names_that_lead_out_are_refused),
		cmocka_unit_test(an_absolute_name_is_refused),
		cmocka_unit_test(links_are_never_followed),
		cmocka_unit_test(a_cut_package_is_told),
		cmocka_unit_test(what_is_no_package_is_told),
	};

	return cmocka_run_group_tests(tests, make_place, remove_place);
}

#else

static void packages_need_libarchive(void **state UNUSED)
{
	struct vm_package package = { 0 };

	assert_int_equal(vm_package_unpack("/dev/null", "/", &package),
			 -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_need_libarchive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
