/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: what is read of packages, images and apt's files on the way to a
 * kernel. An input is lines:
 *
 *	name TEXT	of a file in a package
 *	file HEX	bytes of a file that may be an RPM package or an image
 *	list TEXT	a line of the system's sources.list
 *	stanza TEXT	a line of one of its .sources, which may be empty
 *	kept TEXT	a line of what was taken from lists of packages
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/compiler.h"
#include "common/fdio.h"
#include "vm/apt-lists.h"
#include "vm/apt-offers.h"
#include "vm/apt-suites.h"
#include "vm/kernel-image.h"
#include "vm/package-file.h"
#include "vm/package-rpm.h"

#include "fuzz.h"

enum { TEXT_MAX = 1 << 16 };

struct text {
	char bytes[TEXT_MAX];
	size_t len;
};

static struct text file, list, stanzas, kept;
static int file_fd;

static void append(struct text *text, const char *bytes, size_t len)
{
	if (len >= sizeof(text->bytes) - text->len)
		return;
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	text->bytes[text->len] = '\0';
}

static void append_line(struct text *text, const char *line)
{
	append(text, line, strlen(line));
	append(text, "\n", 1);
}

static void append_hex(struct text *text, const char *hex)
{
	unsigned int byte;
	int n = 0;

	for (; sscanf(hex, "%2x%n", &byte, &n) == 1; hex += n) {
		char c = (char)byte;

		append(text, &c, 1);
	}
}

/* Nothing that is taken leaves the directory. */
static void check_name(const char *name)
{
	char release[VM_PACKAGE_RELEASE_SIZE] = "";
	char target[PATH_MAX] = "";
	enum vm_package_choice choice =
		vm_package_file_choose(name, release, target);

	if (choice != VM_PACKAGE_IMAGE && choice != VM_PACKAGE_MODULES)
		return;
	assert(*release && !strchr(release, '/'));
	assert(choice == VM_PACKAGE_IMAGE ? !strcmp(target, "vmlinuz") :
		!strncmp(target, "modules/", strlen("modules/")));
	assert(!strstr(target, "/../") && target[strlen(target) - 1] != '/');
}

static void take_line(char *line, UNUSED void *context)
{
	static const struct {
		const char *word;
		struct text *text;
		void (*add)(struct text *text, const char *rest);
	} words[] = {
		{ "file", &file, append_hex },
		{ "list", &list, append_line },
		{ "stanza", &stanzas, append_line },
		{ "kept", &kept, append_line },
	};
	size_t len = strcspn(line, " ");
	const char *rest = line + len + (line[len] == ' ');

	line[len] = '\0';
	if (!strcmp(line, "name"))
		check_name(rest);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(line, words[i].word))
			words[i].add(words[i].text, rest);
}

static void check_file(void)
{
	char path[64];
	char *name = NULL, *version = NULL, *release = NULL;
	int err;

	assert(!ftruncate(file_fd, 0));
	assert(!fdio_pwrite(file_fd, file.bytes, file.len, 0));
	err = vm_package_rpm_read(file_fd, &name, &version);
	assert(err == 0 || err == -EINVAL);
	assert(!err || (!name && !version));
	free(name);
	free(version);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file_fd);
	err = vm_kernel_image_release(path, &release);
	assert(err == 0 || err == -EINVAL);
	assert(!release || (*release && !strchr(release, '/')));
	free(release);
}

/* Each stanza names one suite of ours, whatever was there. */
static void check_sources(char *text, bool is_stanzas)
{
	char *sources = vm_apt_sources_of(text, is_stanzas);
	size_t stanza_count = 0, suite_count = 0;

	assert(sources);
	for (char *rest = sources, *line; (line = strsep(&rest, "\n"));) {
		stanza_count += !strcmp(line, "Types: deb");
		for (size_t i = 0; i < vm_apt_suites_count; i++)
			suite_count += !strncmp(line, "Suites: ", 8) &&
				!strcmp(line + 8, vm_apt_suites[i].name);
	}
	assert(stanza_count == suite_count);
	free(sources);
}

static void check_kept(void)
{
	struct vm_apt_packages packages = { 0 };
	struct vm_apt_offer *offers;
	ssize_t count;

	if (vm_apt_lists_parse(&packages, kept.bytes) == 0) {
		count = vm_apt_offers_make(&packages, &offers);
		assert(count >= 0 && (size_t)count <= packages.count);
		for (ssize_t i = 0; i < count; i++)
			assert(offers[i].count <= VM_APT_PARTS_MAX &&
			       vm_apt_offers_find(offers, (size_t)count,
						  offers[i].image->name));
		vm_apt_offers_destroy(offers, (size_t)count);
	}
	vm_apt_lists_release(&packages);
}

int LLVMFuzzerInitialize(UNUSED int *argc, UNUSED char ***argv)
{
	file_fd = memfd_create("file", MFD_CLOEXEC);
	assert(file_fd >= 0);
	return 0;
}

static void reset(struct text *text)
{
	text->len = 0;
	text->bytes[0] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	reset(&file);
	reset(&list);
	reset(&stanzas);
	reset(&kept);
	fuzz_lines(data, size, take_line, NULL);
	check_file();
	check_sources(list.bytes, false);
	check_sources(stanzas.bytes, true);
	check_kept();
	return 0;
}
