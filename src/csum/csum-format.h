/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checksums on disk, below STATE/csum.
 *
 *   sessions              a header, then a record for each time that somebody
 *                         worked with the checksums (a mount, an offline scrub)
 *   FSID/HH/KEY           the checksums of one file of SOURCE
 *
 * A file of checksums:
 *
 *   header (4 KiB)   identity, and a stamp: size and ctime of the file of SOURCE
 *                    at the end of the session that wrote it
 *   group, group...  each for 1024 regions of 512 blocks (2 GiB of the file):
 *                    a page of 1024 records, then the checksums, 8 bytes a block
 *
 * Nothing is written for what was never written, so the file is as sparse as the
 * file of SOURCE. All numbers are little endian.
 *
 * A checksum is the XXH3-64 of a block, filled up with zeros at the end of the
 * file. CSUM_UNVERIFIED (also a hole) says nothing about the block; CSUM_BAD
 * matches nothing: a block whose old bytes did not match was written in part.
 *
 * A region's record tells whether a mismatch in it can be blamed on the bytes:
 * the session that has changed it, or CSUM_SEALED: bytes and checksums of the
 * whole region are durable, and nothing has changed since. See csum-region.c.
 */
#ifndef PIN_CSUM_FORMAT_H
#define PIN_CSUM_FORMAT_H

#include <endian.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/digest.h"

enum {
	CSUM_VERSION = 1,
	CSUM_HEADER_BYTES = 4096,
	CSUM_REGION_BLOCKS = 512,
	CSUM_GROUP_REGIONS = 1024,
	CSUM_RECORDS_BYTES = CSUM_GROUP_REGIONS * 4,
};

#define CSUM_REGION_BYTES ((uint64_t)CSUM_REGION_BLOCKS * DIGEST_BLOCK)
#define CSUM_GROUP_BLOCKS ((uint64_t)CSUM_GROUP_REGIONS * CSUM_REGION_BLOCKS)
#define CSUM_GROUP_BYTES (CSUM_RECORDS_BYTES + CSUM_GROUP_BLOCKS * 8)

#define CSUM_UNVERIFIED 0ULL
#define CSUM_BAD 1ULL

/* Records of a region. 0: never written, nobody can be blamed. */
#define CSUM_SEALED UINT32_MAX

#define CSUM_FILE_MAGIC "PINFSCS"
#define CSUM_SESSIONS_MAGIC "PINFSSE"

struct csum_disk_header {
	char magic[8];
	uint32_t version;
	uint32_t block_bytes;
	uint32_t region_blocks;
	uint32_t group_regions;
	/* The key that its name is made of. */
	uint32_t key_type;
	uint32_t key_bytes;
	uint8_t key[128];
	/* The stamp; session 0: none. */
	uint8_t boot_id[16];	/* in which boot it was written */
	uint32_t stamp_session;
	uint32_t ctime_nsec;
	int64_t ctime_sec;
	uint64_t size;		/* [bytes] */
	uint64_t check;		/* XXH3-64 of what is before it */
};

struct csum_disk_session {
	uint8_t boot_id[16];
	uint32_t flags;		/* enum csum_session_flags */
	uint8_t unused[12];
};

struct csum_disk_sessions {
	char magic[8];
	uint32_t version;
	uint8_t unused[20];
};

enum csum_session_flags {
	/* Ended in order: all stamps of it hold. */
	CSUM_SESSION_ENDED = 1,
	/* And everything that it wrote was then brought to the disk. */
	CSUM_SESSION_DURABLE = 2,
};

/* Where a region's record is. */
static inline off_t csum_record_at(uint64_t region)
{
	return (off_t)(CSUM_HEADER_BYTES +
		       region / CSUM_GROUP_REGIONS * CSUM_GROUP_BYTES +
		       region % CSUM_GROUP_REGIONS * 4);
}

/* Where a block's checksum is. */
static inline off_t csum_digest_at(uint64_t block)
{
	return (off_t)(CSUM_HEADER_BYTES +
		       block / CSUM_GROUP_BLOCKS * CSUM_GROUP_BYTES +
		       CSUM_RECORDS_BYTES + block % CSUM_GROUP_BLOCKS * 8);
}

/* XXH3-64 as it is stored: never one of the two words above. */
static inline uint64_t csum_of_block(const void *bytes, size_t len)
{
	uint64_t digest = digest_block(bytes, len);

	return digest > CSUM_BAD ? digest : digest + 2;
}

#endif
