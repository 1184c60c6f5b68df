/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the reading of an RPM package's header. A file is a lead of 96 bytes, a
 * signature, a header, and the payload, which libarchive reads. Signature and
 * header have the same form: magic, number of index entries, bytes of data, the
 * entries of 16 bytes (tag, type, offset in the data, count), the data; the
 * signature is filled up to 8 bytes. All numbers are big-endian.
 */
#include "vm/package-rpm.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "common/cleanup.h"
#include "common/fdio.h"

enum {
	LEAD_BYTES = 96,
	HEAD_BYTES = 16,
	ENTRY_BYTES = 16,
	ENTRIES_MAX = 1 << 16,
	DATA_MAX = 64 << 20,
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	TYPE_STRING = 6,
};

struct header {
	char *bytes;		/* entries, then data, then a NUL */
	size_t entries;
	size_t data_len;
};

static uint32_t number_at(const char *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return be32toh(number);
}

/* Return: bytes of it, or -errno. */
static ssize_t read_header(int fd, off_t off, struct header *header)
{
	static const char magic[] = { '\x8e', '\xad', '\xe8', '\x01' };
	char head[HEAD_BYTES];
	size_t len;
	ssize_t n = fdio_pread(fd, head, sizeof(head), off);

	if (n < 0)
		return n;
	if (n < HEAD_BYTES || memcmp(head, magic, sizeof(magic)) != 0)
		return -EINVAL;
	header->entries = number_at(head + 8);
	header->data_len = number_at(head + 12);
	if (header->entries > ENTRIES_MAX || header->data_len > DATA_MAX)
		return -EINVAL;
	len = header->entries * ENTRY_BYTES + header->data_len;
	header->bytes = malloc(len + 1);
	if (!header->bytes)
		return -ENOMEM;
	n = fdio_pread(fd, header->bytes, len, off + HEAD_BYTES);
	if (n != (ssize_t)len)
		return n < 0 ? n : -EINVAL;
	header->bytes[len] = '\0';
	return (ssize_t)(HEAD_BYTES + len);
}

/* Points into the header; NULL: there is none. */
static const char *find_text(const struct header *header, uint32_t tag)
{
	const char *data = header->bytes + header->entries * ENTRY_BYTES;

	for (size_t i = 0; i < header->entries; i++) {
		const char *entry = header->bytes + i * ENTRY_BYTES;

		if (number_at(entry) == tag &&
		    number_at(entry + 4) == TYPE_STRING &&
		    number_at(entry + 8) < header->data_len)
			return data + number_at(entry + 8);
	}
	return NULL;
}

static int take_texts(const struct header *header, char **name_ret,
		      char **version_ret)
{
	const char *name = find_text(header, TAG_NAME);
	const char *version = find_text(header, TAG_VERSION);
	const char *release = find_text(header, TAG_RELEASE);
	autofree char *copy = NULL;

	if (name) {
		copy = strdup(name);
		if (!copy)
			return -ENOMEM;
	}
	if (version && asprintf(version_ret, "%s-%s", version,
				release ? release : "0") < 0)
		return -ENOMEM;
	if (!version)
		*version_ret = NULL;
	*name_ret = steal_ptr(copy);
	return 0;
}

int vm_package_rpm_read(int fd, char **name_ret, char **version_ret)
{
	struct header signature = { 0 };
	struct header header = { 0 };
	ssize_t len = read_header(fd, LEAD_BYTES, &signature);
	int err = len < 0 ? (int)len : 0;

	free(signature.bytes);
	if (err)
		return err;
	len = read_header(fd, LEAD_BYTES + (len + 7) / 8 * 8, &header);
	err = len < 0 ? (int)len : take_texts(&header, name_ret, version_ret);
	free(header.bytes);
	return err;
}
