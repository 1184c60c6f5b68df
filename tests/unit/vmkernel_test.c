/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of versions, what images say, and which files of a package are taken. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#include "vm/kernel-image.h"
#include "vm/kernel.h"
#include "vm/package-file.h"

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void versions_have_debians_order(void **state UNUSED)
{
	static const struct {
		const char *a;
		const char *b;
		int order;
		const char *why;
	} rows[] = {
		{ "6.1", "6.1", 0, "the same" },
		{ "6.1", "6.12", -1, "numbers, not texts" },
		{ "6.9", "6.12", -1, "nine is less than twelve" },
		{ "6.12.95", "6.12.118", -1, "of three digits" },
		{ "7.0", "6.19.14", 1, "the first number decides" },
		{ "6.01", "6.1", 0, "zeros in front say nothing" },
		{ "6.1.0-56", "6.1.0-9", 1, "revisions are numbers, too" },
		{ "6.18~rc3", "6.18", -1, "a tilde is before the end" },
		{ "6.18~rc3-1", "6.18-1", -1, "also before a revision" },
		{ "6.18~~", "6.18~", -1, "two are before one" },
		{ "6.12.95-1~bpo12+1", "6.12.95-1", -1, "a backport" },
		{ "6.12.95-1~bpo12+1", "6.12.94-1", 1, "of a newer one" },
		{ "6.12.100-1~deb12u1", "6.12.100-1", -1, "an update of old" },
		{ "6.12.90-1", "6.12.90-2~bpo12+1", -1, "the revision first" },
		{ "6.1+b1", "6.1", 1, "a plus is behind the end" },
		{ "6.1a", "6.1+", -1, "letters are before the rest" },
		{ "6.1.1", "6.1a", 1, "also before a dot" },
		{ "1:6.1", "6.12", 1, "an epoch is before all" },
		{ "0:6.1", "6.1", 0, "none is 0" },
		{ "6.1", "6.1-0", 0, "no revision is 0" },
		{ "6.1-1-2", "6.1-1-10", -1, "the last dash begins it" },
		{ "", "0", 0, "nothing is like 0" },
		{ "", "a", -1, "and before a letter" },
		{ "20261115000000000000000001", "20261115000000000000000002",
		  -1, "numbers of any length" },
		{ "6.18.0-rc3+", "6.18.0-rc12+", -1, "releases, in turn" },
		{ "6.18.0-rc3", "6.18.0", -1, "a candidate is before it" },
		{ "6.18.0-rc3-00012-gfade", "6.18.0-rc4", -1, "with commits" },
		{ "6.18.0-rc3", "6.18.0-rc3-00012-gfade", -1, "without them" },
		{ "6.18.0-rc3-2", "6.18.0-1", -1, "make bindeb-pkg" },
		{ "6.18.0-rc3", "6.17.9", 1, "but behind what is older" },
		{ "6.18~rc3-1~exp1", "6.18-rc3-1~exp1", 0, "both are one" },
		{ "6.18-rcu", "6.18", 1, "a name that begins so" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int order = sign(vm_version_compare(rows[i].a, rows[i].b));
		int back = sign(vm_version_compare(rows[i].b, rows[i].a));

		if (order != rows[i].order || back != -rows[i].order)
			fail_msg("%s: '%s' and '%s' gave %d and %d",
				 rows[i].why, rows[i].a, rows[i].b, order, back);
	}
}

static char place[] = "/tmp/pinfs-images-XXXXXX";
static char path[PATH_MAX];

static int make_place(void **state UNUSED)
{
	if (!mkdtemp(place))
		return -1;
	snprintf(path, sizeof(path), "%s/image", place);
	return 0;
}

static int remove_place(void **state UNUSED)
{
	vm_cache_remove(place);
	return 0;
}

enum { IMAGE_BYTES = 0x1000 };

static void put_image(const char *image, size_t len)
{
	autoclose int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fdio_write(fd, image, len), 0);
}

/* A bzImage whose header says that its text is at @offset (+0x200). */
static void fill_image(char image[IMAGE_BYTES], unsigned int offset,
		       const char *text)
{
	memset(image, 0, IMAGE_BYTES);
	image[0x1f1] = 4;
	memcpy(image + 0x202, "HdrS", 4);
	image[0x20e] = (char)(offset & 0xff);
	image[0x20f] = (char)(offset >> 8);
	if (text && offset + 0x200 + strlen(text) < IMAGE_BYTES)
		strcpy(image + 0x200 + offset, text);
}

static void an_image_says_its_release(void **state UNUSED)
{
	static const struct {
		unsigned int offset;
		const char *text;
		const char *release;	/* NULL: it does not say */
		const char *why;
	} rows[] = {
		{ 0x400, "6.1.0-56-cloud-amd64 (x@y) #1 SMP", "6.1.0-56-cloud-amd64",
		  "the first word" },
		{ 0x400, "6.18.0-rc3+", "6.18.0-rc3+", "the only word" },
		{ 0, NULL, NULL, "no offset" },
		{ 0x400, "", NULL, "an empty text" },
		{ 0x7fe, "6.1", NULL, "cut by the end of the setup" },
		{ 0x800, "6.1", NULL, "behind the setup" },
		{ 0xffff, NULL, NULL, "behind the file" },
		{ 0x400, "../../etc (x)", NULL, "not what a path may have" },
		{ 0x400, ".. (x)", NULL, "dots in front" },
		{ 0x400, "a\tb", NULL, "a control character" },
		{ 0x400, "1234567890123456789012345678901234567890123456789012345678901234567 x",
		  NULL, "longer than uname has room for" },
	};
	char image[IMAGE_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autofree char *release = NULL;
		bool same;

		fill_image(image, rows[i].offset, rows[i].text);
		put_image(image, sizeof(image));
		assert_int_equal(vm_kernel_image_release(path, &release), 0);
		same = rows[i].release ?
			release && strcmp(release, rows[i].release) == 0 :
			!release;
		if (!same)
			fail_msg("%s: %s", rows[i].why,
				 release ? release : "none");
	}
}

static void what_is_no_image_is_told(void **state UNUSED)
{
	char image[IMAGE_BYTES];
	char *release = NULL;

	put_image("", 0);
	assert_int_equal(vm_kernel_image_release(path, &release), -EINVAL);
	fill_image(image, 0x400, "6.1");
	put_image(image, 0x20f);		/* cut in the header */
	assert_int_equal(vm_kernel_image_release(path, &release), -EINVAL);
	image[0x203] = 'X';
	put_image(image, sizeof(image));
	assert_int_equal(vm_kernel_image_release(path, &release), -EINVAL);
	memcpy(image, "\177ELF", 4);
	put_image(image, sizeof(image));
	assert_int_equal(vm_kernel_image_release(path, &release), 0);
	assert_null(release);
	unlink(path);
	assert_int_equal(vm_kernel_image_release(path, &release), -ENOENT);
}

static void only_a_kernels_files_are_taken(void **state UNUSED)
{
	static const struct {
		const char *name;
		enum vm_package_choice choice;
		const char *target;
	} rows[] = {
		{ "./boot/vmlinuz-6.1", VM_PACKAGE_IMAGE, "vmlinuz" },
		{ "boot/vmlinuz-6.1", VM_PACKAGE_IMAGE, "vmlinuz" },
		{ "./usr/lib/modules/6.1/vmlinuz", VM_PACKAGE_IMAGE,
		  "vmlinuz" },
		{ "./lib/modules/6.1/kernel/fs/fuse/fuse.ko.xz",
		  VM_PACKAGE_MODULES, "modules/kernel/fs/fuse/fuse.ko.xz" },
		{ "lib/modules/6.1/updates/a.ko", VM_PACKAGE_MODULES,
		  "modules/updates/a.ko" },
		{ "lib/modules/6.1/modules.order", VM_PACKAGE_MODULES,
		  "modules/modules.order" },
		{ "lib/modules/6.1/modules.builtin.modinfo",
		  VM_PACKAGE_MODULES, "modules/modules.builtin.modinfo" },
		{ "lib/modules/6.1/kernel/x.ko.sig", VM_PACKAGE_LEFT_OUT, "" },
		{ "lib/modules/6.1/modules.dep", VM_PACKAGE_LEFT_OUT, "" },
		{ "lib/modules/6.1/.ko", VM_PACKAGE_LEFT_OUT, "" },
		{ "lib/modules/6.1/", VM_PACKAGE_LEFT_OUT, "" },
		{ "lib/modules/6.1", VM_PACKAGE_LEFT_OUT, "" },
		{ "lib/modules//x.ko", VM_PACKAGE_LEFT_OUT, "" },
		{ "boot/vmlinuz-", VM_PACKAGE_LEFT_OUT, "" },
		{ "boot/vmlinuz-6.1/x", VM_PACKAGE_LEFT_OUT, "" },
		{ "boot/System.map-6.1", VM_PACKAGE_LEFT_OUT, "" },
		{ "etc/shadow", VM_PACKAGE_LEFT_OUT, "" },
		{ "./", VM_PACKAGE_LEFT_OUT, "" },
		{ "..x/y", VM_PACKAGE_LEFT_OUT, "" },
		{ "/etc/shadow", VM_PACKAGE_REFUSED, "" },
		{ "/lib/modules/6.1/kernel/x.ko", VM_PACKAGE_REFUSED, "" },
		{ "../x", VM_PACKAGE_REFUSED, "" },
		{ "..", VM_PACKAGE_REFUSED, "" },
		{ "lib/modules/6.1/kernel/../../../x.ko", VM_PACKAGE_REFUSED,
		  "" },
		{ "lib/modules/../x.ko", VM_PACKAGE_REFUSED, "" },
		{ "lib/modules/6.1/kernel/..", VM_PACKAGE_REFUSED, "" },
		{ "lib/modules/6.1/kernel/a\nb.ko", VM_PACKAGE_REFUSED, "" },
		{ "", VM_PACKAGE_REFUSED, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char release[VM_PACKAGE_RELEASE_SIZE] = "";
		char target[PATH_MAX] = "";
		enum vm_package_choice choice =
			vm_package_file_choose(rows[i].name, release, target);

		if (choice != rows[i].choice ||
		    (choice != VM_PACKAGE_LEFT_OUT &&
		     choice != VM_PACKAGE_REFUSED &&
		     (strcmp(target, rows[i].target) != 0 ||
		      strcmp(release, "6.1") != 0)))
			fail_msg("'%s' gave %d, '%s' of '%s'", rows[i].name,
				 choice, target, release);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_debians_order),
		cmocka_unit_test(an_image_says_its_release),
		cmocka_unit_test(what_is_no_image_is_told),
		cmocka_unit_test(only_a_kernels_files_are_taken),
	};

	return cmocka_run_group_tests(tests, make_place, remove_place);
}
