/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checksum store of a state directory, and the sessions in which it was
 * used: a mount is one, an offline scrub is one.
 */
#ifndef PIN_CSUM_STORE_H
#define PIN_CSUM_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "common/mutex.h"
#include "csum/csum-format.h"

struct csum_store {
	/* Set once. */
	int dir_fd;		/* STATE/csum/FSID */
	int sessions_fd;
	bool handles;		/* keys are file handles */
	uint8_t boot_id[16];
	uint32_t session;	/* ours: 1, 2, ... */
	uint32_t stamps_from;	/* stamps of older sessions prove nothing */
	struct csum_disk_session *sessions;	/* [0] is session 1 */

	struct mutex lock;
	atomic_bool changed;	/* a file's checksums may have been written */
};

/**
 * csum_store_open() - open the store, made if need be, and begin a session
 * @state_fd:  the state directory, whose lock the caller holds
 * @source_fd: SOURCE
 *
 * Return: 0; -EPROTO: written by a later version, or no store of ours; -errno.
 * A message has been logged.
 */
int csum_store_open(int state_fd, int source_fd,
		    struct csum_store **store_ret) MUST_CHECK;
/**
 * csum_store_change() - somebody is about to write into a file of checksums
 * The first call makes the session's number durable.
 * Context: blocks. Return: 0 or -errno.
 */
int csum_store_change(struct csum_store *store) MUST_CHECK;
/**
 * csum_store_end() - the session has ended in order
 * All stamps have been written (csum_file_stamp()). What is not ended so counts
 * as a crash. When anything was changed, both filesystems are brought to the
 * disk (syncfs(2)).
 * Context: blocks.
 */
void csum_store_end(struct csum_store *store, int source_fd);
void csum_store_close(struct csum_store *store);	/* NULL is allowed */

/* Can a mismatch in a region with this record be blamed on its bytes? */
bool csum_store_trusts(const struct csum_store *store, uint32_t record);
/* And will that be so after a power cut? */
bool csum_store_is_durable(const struct csum_store *store, uint32_t record);
/* Does a stamp of that session tell whether the file has changed since? */
bool csum_store_stamp_holds(const struct csum_store *store, uint32_t session);

#endif
