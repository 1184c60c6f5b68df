/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log of what was done to files, with all bytes: what a device would have to
 * be told to get where they are, and from when on it must not forget it.
 *
 *   header, record, record...
 *
 * A record is 64 bytes, then its data. All numbers are little endian. Records
 * stand in the order in which things happened: a change after the file has it
 * and before whoever asked for it is told; a sync when it is asked for, and once
 * more when it has ended, before its caller is told. So what was changed before the beginning
 * of a sync that has ended well is durable, and a mark that somebody sets when
 * fsync(2) has returned stands behind that end.
 *
 * A log ends where it ends: a last record that is not whole is one that its
 * writer did not come to finish.
 */
#ifndef PIN_REQUESTLOG_H
#define PIN_REQUESTLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

#define REQUESTLOG_MAGIC "PINFSRL"

enum {
	REQUESTLOG_VERSION = 1,
	REQUESTLOG_HEADER_BYTES = 64,
	REQUESTLOG_RECORD_BYTES = 64,
	REQUESTLOG_DATA_MAX = 16 << 20,	/* bytes of data in a record */
};

enum requestlog_type {
	/*
	 * What a file was when the log began: its size, in off, and then its
	 * bytes (holes are left out). Before all else of this file.
	 */
	REQUESTLOG_BASE_SIZE = 1,
	REQUESTLOG_BASE_DATA,
	/* Changes. */
	REQUESTLOG_WRITE,	/* data at off; the file may have grown */
	REQUESTLOG_SIZE,	/* truncated to, or extended to, off */
	REQUESTLOG_FALLOCATE,	/* off, len, and its mode as arg */
	/* Durability. */
	REQUESTLOG_SYNC_BEGUN,	/* of this file: a request for it has arrived */
	REQUESTLOG_SYNC_ENDED,	/* arg: 0 or an errno; other: which one began */
	REQUESTLOG_MARK,	/* data: text of whoever set it, no file */
	REQUESTLOG_NTYPES,
};

enum {
	/* A change that was durable before its caller was told (O_SYNC). */
	REQUESTLOG_DURABLE = 1,
};

/* A record, in memory. */
struct requestlog_record {
	uint64_t id;		/* 1, 2, 3... in the order of the file */
	uint64_t t_ns;		/* CLOCK_MONOTONIC */
	uint64_t ino;		/* inode number on the mount; 0: none */
	uint64_t off;		/* [bytes], see the types */
	uint64_t len;		/* [bytes] of a change, or of the text */
	uint64_t other;		/* SYNC_ENDED: id of its SYNC_BEGUN */
	uint32_t arg;
	uint16_t type;		/* enum requestlog_type */
	uint16_t flags;
	const void *data;	/* len bytes for the types that have data */
};

/* What the whole log says of itself. */
struct requestlog_header {
	uint64_t start_ns;	/* CLOCK_MONOTONIC, when it began */
	uint64_t start_real_ns;	/* CLOCK_REALTIME, the same moment */
	uint64_t ino;		/* the only file in it; 0: what a path chose */
};

void requestlog_put_header(const struct requestlog_header *header,
			   uint8_t bytes_ret[REQUESTLOG_HEADER_BYTES]);
/**
 * requestlog_get_header() - read the first bytes of a log
 * Return: 0; -EBADMSG it is no such log; -EPROTONOSUPPORT of another version.
 */
int requestlog_get_header(const uint8_t bytes[REQUESTLOG_HEADER_BYTES],
			  struct requestlog_header *header_ret) MUST_CHECK;

/* Bytes of data behind the head of a record; 0 for the types without data. */
size_t requestlog_data_len(const struct requestlog_record *record);
/* The head of a record, checksum of head and data included. */
void requestlog_put_record(const struct requestlog_record *record,
			   uint8_t bytes_ret[REQUESTLOG_RECORD_BYTES]);
/**
 * requestlog_record_len() - how long is the record with this head?
 * Return: bytes, head and data; -EBADMSG: it is none, or is damaged.
 */
ssize_t requestlog_record_len(const uint8_t bytes[REQUESTLOG_RECORD_BYTES])
	MUST_CHECK;
/**
 * requestlog_get_record() - read the record that some bytes begin with
 * @bytes: @len of them, to the end of the log or at least the whole record
 * @record_ret: its data points into @bytes
 *
 * Return: how many bytes it has; 0: it is not whole; -EBADMSG: it is none, or
 * is damaged.
 */
ssize_t requestlog_get_record(const uint8_t *bytes, size_t len,
			      struct requestlog_record *record_ret) MUST_CHECK;
/* Does it change the file (BASE_* do not)? */
bool requestlog_is_change(const struct requestlog_record *record);

#endif
