/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"

#ifdef HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

enum { BYTES_MAX = 1 << 30, STEP_BYTES = 1 << 20 };

static int fail(const char *path, int err)
{
	log_err("cannot read '%s': %s", path, strerror(-err));
	return err;
}

int vm_unpack_read(const char *path, void **bytes_ret, size_t *len_ret)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	autofree void *bytes = NULL;
	struct stat stat;
	ssize_t n;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return fail(path, -errno);
	if (stat.st_size > BYTES_MAX)
		return fail(path, -EFBIG);
	bytes = malloc((size_t)stat.st_size + 1);
	if (!bytes)
		return fail(path, -ENOMEM);
	n = fdio_read(fd, bytes, (size_t)stat.st_size);
	if (n < 0)
		return fail(path, (int)n);
	*bytes_ret = steal_ptr(bytes);
	*len_ret = (size_t)n;
	return 0;
}

static bool is_compressed(const char *path)
{
	static const char *const ends[] = { ".xz", ".zst", ".gz" };
	const char *end = strrchr(path, '.');

	for (size_t i = 0; end && i < ARRAY_SIZE(ends); i++)
		if (strcmp(end, ends[i]) == 0)
			return true;
	return false;
}

#ifdef HAVE_LIBARCHIVE
static int read_entry(struct archive *archive, void **bytes_ret,
		      size_t *len_ret)
{
	autofree char *bytes = NULL;
	size_t len = 0, size = 0;
	la_ssize_t n;

	for (;;) {
		if (size - len < STEP_BYTES) {
			char *larger = realloc(bytes, 2 * size + STEP_BYTES);

			if (!larger)
				return -ENOMEM;
			bytes = larger;
			size = 2 * size + STEP_BYTES;
		}
		n = archive_read_data(archive, bytes + len, size - len);
		if (n < 0)
			return -EBADMSG;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > BYTES_MAX)
			return -EFBIG;
	}
	*bytes_ret = steal_ptr(bytes);
	*len_ret = len;
	return 0;
}

/* One that is empty when it is decompressed has no header to be read. */
static int decompress(const char *path, void **bytes_ret, size_t *len_ret)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int err;

	if (!archive)
		return -ENOMEM;
	archive_read_support_filter_all(archive);
	archive_read_support_format_raw(archive);
	if (archive_read_open_filename(archive, path, STEP_BYTES) ||
	    archive_read_next_header(archive, &entry))
		err = access(path, R_OK) ? -errno : -EBADMSG;
	else
		err = read_entry(archive, bytes_ret, len_ret);
	archive_read_free(archive);
	return err;
}
#else
static int decompress(UNUSED const char *path, UNUSED void **bytes_ret,
		      UNUSED size_t *len_ret)
{
	return -EOPNOTSUPP;
}
#endif

int vm_unpack_file(const char *path, void **bytes_ret, size_t *len_ret)
{
	int err;

	if (!is_compressed(path))
		return vm_unpack_read(path, bytes_ret, len_ret);
	err = decompress(path, bytes_ret, len_ret);
	return err ? fail(path, err) : 0;
}
