/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sources, which packages, and which of them a name means. */
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
#include "vm/apt-lists.h"
#include "vm/apt-offers.h"
#include "vm/apt-suites.h"
#include "vm/cache.h"

static char dir[] = "/tmp/pinfs-apt-XXXXXX";

static int make_place(void **state UNUSED)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_place(void **state UNUSED)
{
	vm_cache_remove(dir);
	return 0;
}

static void put(const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/sources.list.d", dir);
	assert_int_equal(vm_cache_make_dir(path), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fdio_write(fd, text, strlen(text)), 0);
	close(fd);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		count++;
	return count;
}

static void both_forms_of_sources_give_mirrors(void **state UNUSED)
{
	static const struct {
		const char *name;
		const char *text;
		size_t stanzas;
		const char *part;	/* must be there; NULL: nothing */
		const char *why;
	} rows[] = {
		{ "sources.list", "deb http://m/debian bookworm main\n", 5,
		  "URIs: http://m/debian\nSuites: trixie-backports\n",
		  "one line" },
		{ "sources.list",
		  "deb http://m/debian bookworm main\n"
		  "deb http://m/debian bookworm-updates main contrib # x\n"
		  "deb-src http://m/debian bookworm main\n", 5, NULL,
		  "each mirror once" },
		{ "sources.list", "deb http://m/sec trixie-security main\n", 2,
		  "URIs: http://m/sec\nSuites: bookworm-security\n",
		  "that of security updates" },
		{ "sources.list",
		  "deb [arch=amd64 signed-by=/a,/b trusted=yes] http://m sid main",
		  5, "Signed-By: /a /b\nTrusted: yes\n", "keys go along" },
		{ "sources.list", "#deb http://m bookworm main\n", 0, NULL,
		  "a comment" },
		{ "sources.list", "deb http://m nodistro main\n", 0, NULL,
		  "others' suites" },
		{ "sources.list", "deb http://m bookworm-pgdg main\n", 0, NULL,
		  "names that only begin so" },
		{ "sources.list", "deb http://m bookworm stable\n", 0, NULL,
		  "others' components" },
		{ "sources.list", "deb [", 0, NULL, "a torn line" },
		{ "sources.list.d/a.sources",
		  "Types: deb deb-src\nURIs: http://m/debian\n"
		  "# a comment\nSuites: bookworm bookworm-updates\n"
		  "Components: main\nSigned-By: /k\n\n"
		  "Types: deb\nURIs: http://m/sec http://n/sec\n"
		  "Suites: bookworm-security\nComponents: main\n", 9,
		  "URIs: http://n/sec\nSuites: trixie-security\n",
		  "stanzas" },
		{ "sources.list.d/a.sources",
		  "Types: deb\nURIs: http://m\nSuites: sid\nComponents: main\n"
		  "Signed-By:\n -----BEGIN-----\n .\n key\n", 5,
		  "Signed-By: \n -----BEGIN-----\n .\n key\n",
		  "a key in the file" },
		{ "sources.list.d/a.sources",
		  "Types: deb\nURIs: http://m\nSuites: sid\nComponents: main\n"
		  "Enabled: no\n", 0, NULL, "one that is switched off" },
		{ "sources.list.d/a.save", "deb http://m bookworm main\n", 0,
		  NULL, "other files" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autofree char *text = NULL;

		vm_cache_remove(dir);
		put(rows[i].name, rows[i].text);
		text = vm_apt_sources(dir);
		assert_non_null(text);
		if (count_of(text, "Types: deb\n") != rows[i].stanzas ||
		    (rows[i].part && !strstr(text, rows[i].part)))
			fail_msg("%s gave:\n%s", rows[i].why, text);
	}
}

/* As mirrors have them: suites of the same package in one list after the other. */
static const struct {
	unsigned int suite;	/* in vm_apt_suites */
	const char *stanza;
} list[] = {
	{ 0, "linux-image-6.1.0-9-cloud-amd64\nVersion: 6.1.9-1" },
	{ 1, "linux-image-6.1.0-56-cloud-amd64\nVersion: 6.1.192-2" },
	{ 1, "linux-image-6.1.0-56-amd64\nVersion: 6.1.192-2" },
	{ 1, "linux-image-6.1.0-56-rt-amd64\nVersion: 6.1.192-2" },
	{ 1, "linux-image-6.1.0-57-amd64\nVersion: 6.1.193-1" },
	{ 1, "linux-image-6.1.0-58-amd64-dbg\nVersion: 6.1.999-1" },
	{ 1, "linux-image-6.1.0-58-amd64-unsigned\nVersion: 6.1.999-1" },
	{ 1, "linux-image-6.12-cloud-amd64\nVersion: 6.12.999-1\n"
	     "Depends: linux-image-6.12.118+deb13-cloud-amd64 (= 6.12.999-1)" },
	{ 1, "linux-image-cloud-amd64\nVersion: 9.9-1" },
	{ 2, "linux-image-6.12.95+deb12-cloud-amd64\nVersion: 6.12.95-1~bpo12+1" },
	{ 3, "linux-image-6.12.117+deb13-cloud-amd64\nVersion: 6.12.117-1" },
	{ 4, "linux-image-6.12.117+deb13-cloud-amd64\nVersion: 6.12.117-1" },
	{ 4, "linux-image-6.12.118+deb13-cloud-amd64\nVersion: 6.12.118-1" },
	{ 5, "linux-image-6.18.5+deb13-cloud-amd64\nVersion: 6.18.5-1\n"
	     "Depends: kmod, linux-base-6.18.5+deb13-cloud-amd64 (= 6.18.5-1)" },
	{ 5, "linux-image-7.1.3+deb13-cloud-amd64\nVersion: 7.1.3-1\nDepends: "
	     "linux-binary-7.1.3+deb13-cloud-amd64 (= 7.1.3-1), "
	     "linux-modules-7.1.3+deb13-cloud-amd64 (= 7.1.3-1)" },
	{ 5, "linux-binary-7.1.3+deb13-cloud-amd64\nVersion: 7.1.3-1" },
	{ 5, "linux-image-7.3.4+deb13-cloud-amd64\nVersion: 7.3.4-1~bpo13+1\n"
	     "Depends: linux-base-7.3.4+deb13-cloud-amd64 (= 7.3.4-1~bpo13+1), "
	     "linux-binary-7.3.4+deb13-cloud-amd64 (= 7.3.4-1~bpo13+1), "
	     "linux-modules-7.3.4+deb13-cloud-amd64 (= 7.3.4-1~bpo13+1)" },
	{ 5, "linux-base-7.3.4+deb13-cloud-amd64\nVersion: 7.3.4-1~bpo13+1" },
	{ 5, "linux-binary-7.3.4+deb13-cloud-amd64\nVersion: 7.3.4-1~bpo13+1" },
	{ 5, "linux-modules-7.3.4+deb13-cloud-amd64\nVersion: 7.3.4-1~bpo13+1" },
	{ 6, "linux-image-7.2.13+deb14-cloud-amd64\nVersion: 7.2.13-1" },
	{ 6, "linux-doc-7.2\nVersion: 7.2.13-1" },
};

static void read_all(struct vm_apt_packages *packages)
{
	for (unsigned int suite = 0; suite < vm_apt_suites_count; suite++) {
		autofree char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);
		char path[256];
		int err;

		for (size_t i = 0; i < ARRAY_SIZE(list); i++)
			if (list[i].suite == suite)
				fprintf(out, "Package: %s\nSize: 1024\nSHA256: %zu\n\n",
					list[i].stanza, i);
		fclose(out);
		put("list", text);
		snprintf(path, sizeof(path), "%s/list", dir);
		err = vm_apt_lists_read(packages, suite, path);
		if (err == -EOPNOTSUPP)
			skip();
		assert_int_equal(err, 0);
	}
}

static void a_name_means_the_newest_of_its_kind(void **state UNUSED)
{
	static const struct {
		const char *name;
		const char *version;	/* NULL: there is none */
		const char *why;
	} rows[] = {
		{ "6.1", "6.1.193-1", "a series, also of one without cloud" },
		{ "6.12", "6.12.118-1", "of all suites" },
		{ "6.12-bpo", "6.12.95-1~bpo12+1", "of backports" },
		{ "6.12-bookworm-backports", "6.12.95-1~bpo12+1", "by suite" },
		{ "6.12-trixie", "6.12.117-1", "of a suite alone" },
		{ "6.12-trixie-security", "6.12.118-1", "of another" },
		{ "7-bpo", "7.3.4-1~bpo13+1", "all of one number" },
		{ "7-sid", "7.2.13-1", "of sid" },
		{ "7.1", NULL, "its modules are no longer there" },
		{ "7.1.3+deb13", NULL, "also by its ABI" },
		{ "6.1.0-9", "6.1.9-1", "an ABI" },
		{ "6.12.95+deb12", "6.12.95-1~bpo12+1", "another" },
		{ "6.12.117-1", "6.12.117-1", "a version" },
		{ "6.12.117", "6.12.117-1", "without its revision" },
		{ "6.12.11", NULL, "no part of a number" },
		{ "6", "6.18.5-1", "a number" },
		{ "linux-image-6.1.0-56-amd64", "6.1.192-2", "a package" },
		{ "linux-image-6.1.0-56-amd64=6.1.192-2", "6.1.192-2",
		  "and its version" },
		{ "linux-image-6.1.0-56-amd64=6.1.192-3", NULL, "not another" },
		{ "linux-image-7.1.3+deb13-cloud-amd64", "7.1.3-1",
		  "one that is not whole, so that it can be told" },
		{ "linux-image-6.12-cloud-amd64", NULL, "one that follows" },
		{ "newest", "7.3.4-1~bpo13+1", "of all" },
		{ "5.10", NULL, "what is not there" },
		{ "", NULL, "nothing" },
		{ "-bpo", NULL, "no series" },
		{ "6.12-", NULL, "no suite" },
	};
	struct vm_apt_packages packages = { 0 };
	struct vm_apt_offer *offers;
	ssize_t count;

	read_all(&packages);
	count = vm_apt_offers_make(&packages, &offers);
	assert_true(count > 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct vm_apt_offer *offer = vm_apt_offers_find(
			offers, (size_t)count, rows[i].name);
		const char *version = offer ? offer->image->version : NULL;

		if (!version != !rows[i].version ||
		    (version && strcmp(version, rows[i].version) != 0))
			fail_msg("%s: '%s' gave '%s'", rows[i].why,
				 rows[i].name, version ? version : "none");
	}
	vm_apt_offers_destroy(offers, (size_t)count);
	vm_apt_lists_release(&packages);
}

static void check_listed(const struct vm_apt_packages *packages)
{
	static const char *const listed[] = {
		"6.1.9-1", "6.1.192-2", "6.1.193-1", "6.12.95-1~bpo12+1",
		"6.12.117-1", "6.12.118-1", "6.18.5-1", "7.2.13-1",
		"7.3.4-1~bpo13+1",
	};
	struct vm_apt_offer *offers;
	ssize_t count = vm_apt_offers_make(packages, &offers);
	size_t seen = 0;

	assert_true(count > 0);
	for (ssize_t i = 0; i < count; i++) {
		if (!vm_apt_offers_lists(offers, (size_t)count, &offers[i]))
			continue;
		assert_true(seen < ARRAY_SIZE(listed));
		assert_string_equal(offers[i].image->version, listed[seen]);
		seen++;
		if (strcmp(offers[i].abi, "7.3.4+deb13") == 0) {
			assert_int_equal(offers[i].count, 4);
			assert_int_equal(offers[i].bytes, 4 * 1024);
		}
		if (strcmp(offers[i].abi, "6.12.117+deb13") == 0)
			assert_int_equal(offers[i].image->suites,
					 1 << 3 | 1 << 4);
	}
	assert_int_equal(seen, ARRAY_SIZE(listed));
	vm_apt_offers_destroy(offers, (size_t)count);
}

static void offers_are_whole_and_in_order(void **state UNUSED)
{
	struct vm_apt_packages packages = { 0 };

	read_all(&packages);
	check_listed(&packages);
	vm_apt_lists_release(&packages);
}

static void what_was_taken_from_lists_is_read_again(void **state UNUSED)
{
	struct vm_apt_packages packages = { 0 };
	struct vm_apt_packages again = { 0 };
	autofree char *text = NULL;
	char torn[] = "suites\tbookworm\nlinux-image-6.1\t1";

	read_all(&packages);
	text = vm_apt_lists_text(&packages);
	assert_non_null(text);
	vm_apt_lists_release(&packages);
	assert_int_equal(vm_apt_lists_parse(&again, text), 0);
	check_listed(&again);
	vm_apt_lists_release(&again);
	assert_int_equal(vm_apt_lists_parse(&again, torn), -EINVAL);
	vm_apt_lists_release(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_of_sources_give_mirrors),
		cmocka_unit_test(a_name_means_the_newest_of_its_kind),
		cmocka_unit_test(offers_are_whole_and_in_order),
		cmocka_unit_test(what_was_taken_from_lists_is_read_again),
	};

	return cmocka_run_group_tests(tests, make_place, remove_place);
}
