/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file of SOURCE is called in the checksum store: its file handle, so
 * that a later file with the same inode number does not inherit checksums.
 */
#ifndef PIN_CSUM_KEY_H
#define PIN_CSUM_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

struct csum_key {
	uint32_t type;		/* of the handle; CSUM_KEY_BIRTH */
	uint32_t bytes;		/* used of data */
	uint8_t data[128];
};

/* No handle: inode number and time of birth. */
#define CSUM_KEY_BIRTH UINT32_MAX

enum { CSUM_KEY_PATH_SIZE = 272, CSUM_FSID_SIZE = 40 };

/**
 * csum_key_handles_last() - does this filesystem find a file by its handle after
 * it has left the caches?
 * @fd: any descriptor in it
 */
bool csum_key_handles_last(int fd);
/**
 * csum_key_get() - the key of an open file
 * @fd:      any descriptor, O_PATH too
 * @handles: csum_key_handles_last() of its filesystem
 * Return: 0; -EOPNOTSUPP there is neither a handle nor a time of birth; -errno.
 */
int csum_key_get(int fd, bool handles, struct csum_key *key_ret) MUST_CHECK;
/* "HH/KEY", where its checksums are below FSID. */
void csum_key_path(const struct csum_key *key, char path[CSUM_KEY_PATH_SIZE]);
/* The filesystem's UUID, or its f_fsid, as hex digits. Return: 0 or -errno. */
int csum_key_fsid(int dir_fd, char fsid[CSUM_FSID_SIZE]) MUST_CHECK;

#endif
