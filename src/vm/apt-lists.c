/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the reading of lists of packages (deb822 stanzas, compressed or not), and
 * of what was taken out of them: reading all lists takes seconds, and a sweep asks
 * for many kernels. That text is a line of the suites, in the order in which bits
 * stand for them, and one of tab-separated fields for each package.
 */
#include "vm/apt-lists.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/parse.h"
#include "vm/apt-suites.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

enum { READ_BYTES = 1 << 18, ROOM_AT_FIRST = 64 };

static void package_release(struct vm_apt_package *package)
{
	free(package->name);
	free(package->version);
	free(package->depends);
	free(package->sha256);
	*package = (struct vm_apt_package){ 0 };
}

void vm_apt_lists_release(struct vm_apt_packages *packages)
{
	for (size_t i = 0; i < packages->count; i++)
		package_release(&packages->all[i]);
	free(packages->all);
	*packages = (struct vm_apt_packages){ 0 };
}

static struct vm_apt_package *find(const struct vm_apt_packages *packages,
				   const char *name, const char *version)
{
	for (size_t i = 0; i < packages->count; i++) {
		struct vm_apt_package *package = &packages->all[i];

		if (strcmp(package->name, name) == 0 &&
		    strcmp(package->version, version) == 0)
			return package;
	}
	return NULL;
}

const struct vm_apt_package *
vm_apt_lists_find(const struct vm_apt_packages *packages, const char *name,
		  const char *version)
{
	return find(packages, name, version);
}

/* Of names and versions: both become arguments of apt-get. */
#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.~:"

static bool is_wanted(const char *name)
{
	static const char *const starts[] = {
		"linux-image-", "linux-binary-", "linux-modules-",
		"linux-base-",
	};

	if (name[strspn(name, WORD)] != '\0')
		return false;
	if (strstr(name, "-dbg") || strstr(name, "-unsigned"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		size_t len = strlen(starts[i]);

		if (strncmp(name, starts[i], len) == 0)
			return isdigit((unsigned char)name[len]);
	}
	return false;
}

static int add(struct vm_apt_packages *packages, struct vm_apt_package *package)
{
	if (packages->count == packages->room) {
		size_t room = packages->room ? 2 * packages->room :
					       ROOM_AT_FIRST;
		struct vm_apt_package *all =
			reallocarray(packages->all, room, sizeof(*all));

		if (!all)
			return -ENOMEM;
		packages->all = all;
		packages->room = room;
	}
	packages->all[packages->count++] = *package;
	*package = (struct vm_apt_package){ 0 };
	return 0;
}

static void write_suites(FILE *out)
{
	fputs("suites", out);
	for (size_t i = 0; i < vm_apt_suites_count; i++)
		fprintf(out, "\t%s", vm_apt_suites[i].name);
	fputc('\n', out);
}

char *vm_apt_lists_text(const struct vm_apt_packages *packages)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	write_suites(out);
	for (size_t i = 0; i < packages->count; i++) {
		const struct vm_apt_package *package = &packages->all[i];

		fprintf(out, "%s\t%s\t%s\t%" PRIu64 "\t%u\t%s\n",
			package->name, package->version, package->sha256,
			package->bytes, package->suites,
			package->depends ? package->depends : "");
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static bool has_suites(const char *line)
{
	autofree char *wanted = NULL;
	size_t len;
	FILE *out = open_memstream(&wanted, &len);

	if (!out)
		return false;
	write_suites(out);
	if (fclose(out))
		return false;
	return strncmp(wanted, line, len - 1) == 0 && line[len - 1] == '\0';
}

static int parse_package(char *line, struct vm_apt_package *package)
{
	char *fields[6];
	uint64_t suites;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = strsep(&line, "\t");
		if (!fields[i])
			return -EINVAL;
	}
	if (!is_wanted(fields[0]) || fields[1][strspn(fields[1], WORD)] ||
	    parse_u64(fields[3], &package->bytes) ||
	    parse_u64(fields[4], &suites))
		return -EINVAL;
	package->suites = (unsigned int)suites;
	package->name = strdup(fields[0]);
	package->version = strdup(fields[1]);
	package->sha256 = strdup(fields[2]);
	package->depends = strdup(fields[5]);
	return package->name && package->version && package->sha256 &&
	       package->depends ? 0 : -ENOMEM;
}

int vm_apt_lists_parse(struct vm_apt_packages *packages, char *text)
{
	char *line = strsep(&text, "\n");
	int err = has_suites(line) ? 0 : -EINVAL;

	while (!err && (line = strsep(&text, "\n"))) {
		struct vm_apt_package package = { 0 };

		if (!*line)
			continue;
		err = parse_package(line, &package);
		if (!err)
			err = add(packages, &package);
		package_release(&package);
	}
	return err;
}

#ifndef HAVE_LIBARCHIVE

int vm_apt_lists_read(struct vm_apt_packages *packages UNUSED,
		      unsigned int suite UNUSED, const char *path)
{
	log_err("cannot read '%s': built without libarchive", path);
	return -EOPNOTSUPP;
}

#else

/* The end of a stanza. */
static int take(struct vm_apt_packages *packages,
		struct vm_apt_package *package, unsigned int suite)
{
	struct vm_apt_package *known;
	int err = 0;

	if (package->name && package->version && package->sha256 &&
	    package->version[strspn(package->version, WORD)] == '\0') {
		package->suites = 1u << suite;
		known = find(packages, package->name, package->version);
		if (known)
			known->suites |= package->suites;
		else
			err = add(packages, package);
	}
	package_release(package);
	return err;
}

static void take_text(const char *line, const char *field, char **value)
{
	size_t len = strlen(field);

	if (*value || strncmp(line, field, len) != 0)
		return;
	line += len;
	line += strspn(line, " ");
	*value = strdup(line);
}

static void take_field(struct vm_apt_package *package, const char *line)
{
	static const char size[] = "Size: ";

	if (!package->name) {
		take_text(line, "Package:", &package->name);
		if (package->name && !is_wanted(package->name))
			package->name[0] = '\0';
		return;
	}
	if (!package->name[0])
		return;
	take_text(line, "Version:", &package->version);
	take_text(line, "Depends:", &package->depends);
	take_text(line, "SHA256:", &package->sha256);
	if (strncmp(line, size, strlen(size)) == 0 &&
	    parse_u64(line + strlen(size), &package->bytes))
		package->bytes = 0;
}

static int take_lines(struct vm_apt_packages *packages, unsigned int suite,
		      FILE *file)
{
	struct vm_apt_package package = { 0 };
	autofree char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int err = 0;

	while (!err && (len = getline(&line, &room, file)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			take_field(&package, line);
		else if (package.name && !package.name[0])
			package_release(&package);
		else
			err = take(packages, &package, suite);
	}
	if (!err && package.name && package.name[0])
		err = take(packages, &package, suite);
	package_release(&package);
	return err;
}

static ssize_t read_text(void *archive, char *buf, size_t size)
{
	la_ssize_t n = archive_read_data(archive, buf, size);

	if (n < 0)
		errno = EIO;
	return n < 0 ? -1 : n;
}

static int read_lines(struct vm_apt_packages *packages, unsigned int suite,
		      struct archive *archive, const char *path)
{
	static const cookie_io_functions_t functions = { .read = read_text };
	FILE *file = fopencookie(archive, "r", functions);
	int err;

	if (!file)
		return -ENOMEM;
	setvbuf(file, NULL, _IOFBF, READ_BYTES);
	err = take_lines(packages, suite, file);
	if (!err && ferror(file)) {
		log_err("'%s' is damaged: %s", path,
			archive_error_string(archive));
		err = -EIO;
	}
	fclose(file);
	return err;
}

int vm_apt_lists_read(struct vm_apt_packages *packages, unsigned int suite,
		      const char *path)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int status, err;

	if (!archive)
		return -ENOMEM;
	archive_read_support_filter_all(archive);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	status = archive_read_open_filename(archive, path, READ_BYTES);
	if (status == ARCHIVE_OK)
		status = archive_read_next_header(archive, &entry);
	if (status == ARCHIVE_EOF) {
		err = 0;
	} else if (status == ARCHIVE_OK) {
		err = read_lines(packages, suite, archive, path);
	} else {
		log_err("cannot read '%s': %s", path,
			archive_error_string(archive));
		err = -EIO;
	}
	archive_read_free(archive);
	return err;
}

#endif
