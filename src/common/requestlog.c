/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the bytes of a log of requests: heads of 64 bytes, each with the XXH3-64
 * of itself and of its data, so that what is not a log, and what has been changed
 * in one, is not taken for something that happened.
 */
#include "common/requestlog.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "common/digest.h"

struct disk_header {
	char magic[8];
	uint32_t version;
	uint32_t header_bytes;
	uint32_t record_bytes;
	uint32_t unused;
	uint64_t start_ns;
	uint64_t start_real_ns;
	uint64_t ino;
	uint64_t check;		/* XXH3-64 of what is before it */
	uint64_t zero;
};

struct disk_record {
	uint16_t type;
	uint16_t flags;
	uint32_t arg;
	uint64_t id;
	uint64_t t_ns;
	uint64_t ino;
	uint64_t off;
	uint64_t len;
	uint64_t other;
	uint64_t check;		/* XXH3-64 of the head, with that of its data here */
};

_Static_assert(sizeof(struct disk_header) == REQUESTLOG_HEADER_BYTES, "header");
_Static_assert(sizeof(struct disk_record) == REQUESTLOG_RECORD_BYTES, "record");

/* ---- the header ---- */

static uint64_t header_check(const struct disk_header *header)
{
	return htole64(digest_bytes(header, offsetof(struct disk_header,
						     check)));
}

void requestlog_put_header(const struct requestlog_header *header,
			   uint8_t bytes_ret[REQUESTLOG_HEADER_BYTES])
{
	struct disk_header disk = {
		.magic = REQUESTLOG_MAGIC,
		.version = htole32(REQUESTLOG_VERSION),
		.header_bytes = htole32(REQUESTLOG_HEADER_BYTES),
		.record_bytes = htole32(REQUESTLOG_RECORD_BYTES),
		.start_ns = htole64(header->start_ns),
		.start_real_ns = htole64(header->start_real_ns),
		.ino = htole64(header->ino),
	};

	disk.check = header_check(&disk);
	memcpy(bytes_ret, &disk, sizeof(disk));
}

int requestlog_get_header(const uint8_t bytes[REQUESTLOG_HEADER_BYTES],
			  struct requestlog_header *header_ret)
{
	struct disk_header disk;

	memcpy(&disk, bytes, sizeof(disk));
	if (memcmp(disk.magic, REQUESTLOG_MAGIC, sizeof(disk.magic)))
		return -EBADMSG;
	if (le32toh(disk.version) != REQUESTLOG_VERSION)
		return -EPROTONOSUPPORT;
	if (disk.check != header_check(&disk) ||
	    le32toh(disk.header_bytes) != REQUESTLOG_HEADER_BYTES ||
	    le32toh(disk.record_bytes) != REQUESTLOG_RECORD_BYTES)
		return -EBADMSG;
	*header_ret = (struct requestlog_header){
		.start_ns = le64toh(disk.start_ns),
		.start_real_ns = le64toh(disk.start_real_ns),
		.ino = le64toh(disk.ino),
	};
	return 0;
}

/* ---- records ---- */

static bool has_data(unsigned int type)
{
	return type == REQUESTLOG_BASE_DATA || type == REQUESTLOG_WRITE ||
	       type == REQUESTLOG_MARK;
}

size_t requestlog_data_len(const struct requestlog_record *record)
{
	return has_data(record->type) ? record->len : 0;
}

bool requestlog_is_change(const struct requestlog_record *record)
{
	return record->type == REQUESTLOG_WRITE ||
	       record->type == REQUESTLOG_SIZE ||
	       record->type == REQUESTLOG_FALLOCATE;
}

static uint64_t record_check(struct disk_record disk, const void *data,
			     size_t len)
{
	disk.check = htole64(digest_bytes(data, len));
	return htole64(digest_bytes(&disk, sizeof(disk)));
}

void requestlog_put_record(const struct requestlog_record *record,
			   uint8_t bytes_ret[REQUESTLOG_RECORD_BYTES])
{
	struct disk_record disk = {
		.type = htole16(record->type),
		.flags = htole16(record->flags),
		.arg = htole32(record->arg),
		.id = htole64(record->id),
		.t_ns = htole64(record->t_ns),
		.ino = htole64(record->ino),
		.off = htole64(record->off),
		.len = htole64(record->len),
		.other = htole64(record->other),
	};
	size_t len = requestlog_data_len(record);

	assert(len <= REQUESTLOG_DATA_MAX);
	disk.check = record_check(disk, record->data, len);
	memcpy(bytes_ret, &disk, sizeof(disk));
}

static bool is_possible(const struct requestlog_record *record)
{
	return record->type && record->type < REQUESTLOG_NTYPES &&
	       !(record->flags & ~REQUESTLOG_DURABLE) &&
	       record->off <= INT64_MAX &&
	       record->len <= INT64_MAX - record->off &&
	       requestlog_data_len(record) <= REQUESTLOG_DATA_MAX;
}

static struct requestlog_record from_disk(const uint8_t *bytes)
{
	struct disk_record disk;

	memcpy(&disk, bytes, sizeof(disk));
	return (struct requestlog_record){
		.id = le64toh(disk.id),
		.t_ns = le64toh(disk.t_ns),
		.ino = le64toh(disk.ino),
		.off = le64toh(disk.off),
		.len = le64toh(disk.len),
		.other = le64toh(disk.other),
		.arg = le32toh(disk.arg),
		.type = le16toh(disk.type),
		.flags = le16toh(disk.flags),
		.data = bytes + sizeof(disk),
	};
}

ssize_t requestlog_record_len(const uint8_t bytes[REQUESTLOG_RECORD_BYTES])
{
	struct requestlog_record record = from_disk(bytes);

	if (!is_possible(&record))
		return -EBADMSG;
	return REQUESTLOG_RECORD_BYTES + (ssize_t)requestlog_data_len(&record);
}

ssize_t requestlog_get_record(const uint8_t *bytes, size_t len,
			      struct requestlog_record *record_ret)
{
	struct requestlog_record record;
	struct disk_record disk;
	ssize_t whole;

	if (len < sizeof(disk))
		return 0;
	whole = requestlog_record_len(bytes);
	if (whole < 0 || len < (size_t)whole)
		return MIN(whole, 0);
	record = from_disk(bytes);
	memcpy(&disk, bytes, sizeof(disk));
	if (disk.check != record_check(disk, record.data,
				       requestlog_data_len(&record)))
		return -EBADMSG;
	*record_ret = record;
	return whole;
}
