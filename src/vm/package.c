/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the reading of packages: a .deb is an ar archive of two tar archives,
 * control and data (deb(5)); an .rpm is a header and a cpio archive.
 */
#include "vm/package.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "vm/package-file.h"
#include "vm/package-rpm.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

void vm_package_release(struct vm_package *package)
{
	free(package->name);
	free(package->version);
	free(package->release);
	*package = (struct vm_package){ 0 };
}

bool vm_package_is_one(const char *path)
{
	const char *end = strrchr(path, '.');

	return end && (strcmp(end, ".deb") == 0 || strcmp(end, ".rpm") == 0);
}

#ifndef HAVE_LIBARCHIVE

int vm_package_unpack(const char *path, const char *dir UNUSED,
		      struct vm_package *package UNUSED)
{
	log_err("cannot unpack '%s': built without libarchive", path);
	return -EOPNOTSUPP;
}

#else

enum { READ_BYTES = 1 << 16, CONTROL_MAX_BYTES = 1 << 18 };

/* A package that is being read. */
struct source {
	const char *path;
	int dir;		/* where its files go */
	struct archive *outer;
	struct vm_package *package;
	char *name;
	char *version;
	char *buf;		/* READ_BYTES, of what the inner archive reads */
};

static int damaged(const struct source *source, struct archive *archive)
{
	const char *text = archive_error_string(archive);

	log_err("'%s' is damaged: %s", source->path, text ? text : "it ends");
	return -EIO;
}

static la_ssize_t read_outer(struct archive *inner, void *data,
			     const void **buf_ret)
{
	struct source *source = data;
	la_ssize_t n = archive_read_data(source->outer, source->buf,
					 READ_BYTES);

	*buf_ret = source->buf;
	if (n < 0)
		archive_set_error(inner, EIO, "%s",
				  archive_error_string(source->outer));
	return n;
}

static void support_filters(struct archive *archive)
{
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_lzma(archive);
	archive_read_support_filter_zstd(archive);
}

/* What comes of names and versions goes into file names and messages. */
static char *copy_word(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isgraph((unsigned char)text[i]))
			len = i;
	return len ? strndup(text, len) : NULL;
}

static void take_field(const char *line, const char *field, char **value)
{
	size_t len = strlen(field);

	if (*value || strncmp(line, field, len) != 0)
		return;
	line += len;
	line += strspn(line, " \t");
	*value = copy_word(line, strcspn(line, " \t\r\n"));
}

static int take_control(struct source *source, struct archive *inner,
			struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	autofree char *text = NULL;
	la_ssize_t n;

	if (!name || (strcmp(name, "./control") != 0 &&
		      strcmp(name, "control") != 0))
		return 0;
	text = malloc(CONTROL_MAX_BYTES);
	if (!text)
		return -ENOMEM;
	n = archive_read_data(inner, text, CONTROL_MAX_BYTES - 1);
	if (n < 0)
		return damaged(source, inner);
	text[n] = '\0';
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		take_field(line, "Package:", &source->name);
		take_field(line, "Version:", &source->version);
	}
	return 0;
}

static int take_data(struct source *source, struct archive *inner,
		     struct archive_entry *entry)
{
	return vm_package_file_take(inner, entry, source->path, source->dir,
				    source->package);
}

typedef int take_fn(struct source *source, struct archive *archive,
		    struct archive_entry *entry);

static int take_all(struct source *source, struct archive *archive,
		    take_fn *take)
{
	struct archive_entry *entry;
	int err = 0;

	while (!err) {
		int status = archive_read_next_header(archive, &entry);

		if (status == ARCHIVE_EOF)
			return 0;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return damaged(source, archive);
		err = take(source, archive, entry);
	}
	return err;
}

static int take_inner(struct source *source, take_fn *take)
{
	struct archive *inner = archive_read_new();
	int err;

	if (!inner)
		return -ENOMEM;
	support_filters(inner);
	archive_read_support_format_tar(inner);
	if (archive_read_open(inner, source, NULL, read_outer, NULL))
		err = damaged(source, inner);
	else
		err = take_all(source, inner, take);
	archive_read_free(inner);
	return err;
}

static bool begins(const char *text, const char *start)
{
	return text && strncmp(text, start, strlen(start)) == 0;
}

static int take_deb(struct source *source)
{
	struct archive_entry *entry;
	bool data = false;
	int err = 0;

	while (!err) {
		int status = archive_read_next_header(source->outer, &entry);
		const char *name;

		if (status == ARCHIVE_EOF)
			break;
		if (status != ARCHIVE_OK)
			return damaged(source, source->outer);
		name = archive_entry_pathname(entry);
		if (begins(name, "control.tar")) {
			err = take_inner(source, take_control);
		} else if (begins(name, "data.tar")) {
			data = true;
			err = take_inner(source, take_data);
		}
	}
	if (!err && !data) {
		log_err("'%s' is damaged: it has no data", source->path);
		err = -EIO;
	}
	return err;
}

static int take_rpm(struct source *source)
{
	return take_all(source, source->outer, take_data);
}

/* The package with the image is the kernel's; before it, any will do. */
static void name_it(struct source *source, bool had_image)
{
	struct vm_package *package = source->package;

	if (package->name && (had_image || !package->image))
		return;
	free(package->name);
	free(package->version);
	package->name = steal_ptr(source->name);
	package->version = steal_ptr(source->version);
}

static int unpack(struct source *source, int fd, bool rpm)
{
	bool had_image = source->package->image;
	int err;

	source->outer = archive_read_new();
	source->buf = malloc(READ_BYTES);
	if (!source->outer || !source->buf)
		return -ENOMEM;
	if (rpm) {
		support_filters(source->outer);
		archive_read_support_filter_rpm(source->outer);
		archive_read_support_format_cpio(source->outer);
	} else {
		archive_read_support_format_ar(source->outer);
	}
	if (archive_read_open_fd(source->outer, fd, READ_BYTES))
		return damaged(source, source->outer);
	err = rpm ? take_rpm(source) : take_deb(source);
	if (!err)
		name_it(source, had_image);
	return err;
}

/* Return: 1 an RPM; 0 a .deb; -EINVAL neither; -errno. */
static int tell_kind(int fd)
{
	static const unsigned char rpm[] = { 0xed, 0xab, 0xee, 0xdb };
	static const char deb[] = "!<arch>\n";
	char start[8];
	ssize_t n = fdio_pread(fd, start, sizeof(start), 0);

	if (n < 0)
		return (int)n;
	if (n < (ssize_t)sizeof(start))
		return -EINVAL;
	if (memcmp(start, rpm, sizeof(rpm)) == 0)
		return 1;
	return memcmp(start, deb, sizeof(start)) == 0 ? 0 : -EINVAL;
}

static void take_rpm_name(struct source *source, int fd)
{
	autofree char *name = NULL;
	autofree char *version = NULL;

	if (vm_package_rpm_read(fd, &name, &version))
		return;
	source->name = name ? copy_word(name, strlen(name)) : NULL;
	source->version = version ? copy_word(version, strlen(version)) : NULL;
}

int vm_package_unpack(const char *path, const char *dir,
		      struct vm_package *package)
{
	struct source source = { .path = path, .package = package };
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	autoclose int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int kind = fd < 0 || dir_fd < 0 ? -errno : tell_kind(fd);
	int err = kind < 0 ? kind : 0;

	if (err) {
		log_err("cannot unpack '%s': %s", path, err == -EINVAL ?
			"it is no package" : strerror(-err));
		return err;
	}
	source.dir = dir_fd;
	if (kind)
		take_rpm_name(&source, fd);
	err = unpack(&source, fd, kind);
	if (err == -ENOMEM)
		log_err("cannot unpack '%s': %s", path, strerror(ENOMEM));
	archive_read_free(source.outer);
	free(source.buf);
	free(source.name);
	free(source.version);
	return err;
}

#endif
