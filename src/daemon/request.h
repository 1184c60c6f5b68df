/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request as the kernel sent it: its bytes in memory (these are the snapshot
 * of a WRITE), the live view of its pages where there is one, what the header
 * says, and where it stands on its way. session.c makes it; while held it lives
 * in the hold queue.
 *
 * Ownership: a worker's request is the worker's, and reused. Whoever wants to
 * keep it after the operation returns calls request_detach() and owns the copy.
 */
#ifndef PIN_REQUEST_H
#define PIN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "common/compiler.h"
#include "daemon/hold.h"
#include "daemon/record.h"

struct handle;
struct inode;
struct session;
struct request;

/* Goes on with a request that was held: the rest of its way. */
typedef void request_resume_fn(struct request *request);

/* A WRITE between its store and its reply (writeback.c). */
struct request_write {
	struct fuse_req *req;	/* libfuse's; replied to exactly once */
	struct inode *inode;
	struct handle *handle;	/* lives until the reply */
	off_t off;		/* in the file */
	size_t len;		/* bytes of the WRITE and of the live view */
	size_t data_off;	/* where its bytes are, from request->bytes */
	bool writepage;		/* from the page cache's writeback */
};

/* A time that a request was held. */
struct request_pause {
	uint64_t from_ns;	/* CLOCK_MONOTONIC */
	uint64_t until_ns;
	uint64_t gate_id;	/* 0: no gate's (-o window=, delays) */
	bool at_reply;
};

enum { REQUEST_MAX_PAUSES = 4 };	/* that are remembered, the first */

/* What is done to a request on purpose (gate.h); zero: nothing. */
struct request_fault {
	int err;		/* answer with this errno, positive */
	bool shortens;
	uint64_t short_bytes;	/* less is asked for */
	bool flips;
	uint64_t flip_bit;	/* of its data, modulo their number */
	uint64_t twice;		/* answer twice: the rule that asks for it */
	bool drops;		/* OPEN: without FOPEN_KEEP_CACHE */
};

struct request {
	struct session *session;
	uint8_t *bytes;		/* the whole; a WRITE's data is page aligned */
	size_t len;
	int live_fd;		/* read end of the live pages' pipe; -1 none */
	bool live_taken;	/* it had a live view; a detached copy has it */
	bool live_read;		/* the live pages have been read to their end */
	bool should_live;	/* a page-cache WRITE: ought to be live */
	uint64_t begin_ns;	/* before its pages were copied; 0: it has none */
	uint64_t arrival_ns;	/* CLOCK_MONOTONIC, when it had been read */

	/* From the header (request_decode()). */
	uint32_t opcode;
	uint64_t unique;
	uint64_t nodeid;
	pid_t pid;		/* thread id of the caller; 0 for writeback */
	uint64_t off;		/* of its range in the file */
	uint64_t size;		/* 0 where the operation has no range */
	bool has_range;		/* READ, WRITE, FALLOCATE, COPY_FILE_RANGE, and
				 * LSEEK, whose size is 0 */
	const char *name;	/* NULL where the operation names no entry */
	uint32_t flags;		/* WRITE: open flags; else 0 */
	uint32_t write_flags;	/* WRITE: FUSE_WRITE_*; else 0 */

	/* Where it stands. */
	bool reply_passed;	/* gates have seen it at=reply */
	bool interrupted;	/* its caller dies: let it go, however held */
	uint64_t stored_ns;	/* WRITE: SOURCE has it; 0: not yet */
	unsigned int npauses;
	struct request_pause pauses[REQUEST_MAX_PAUSES];
	struct request_fault fault;	/* from the gates at=arrive */
	struct request_fault answer;	/* from the gates at=reply */
	bool detached;		/* a heap copy: request_destroy() frees it */
	struct request_write write;
	struct record_sync sync;	/* FSYNC: its arrival in a recording */
	uint8_t *reply;		/* bytes of a held reply */
	size_t reply_len;

	struct hold hold;	/* while held */
	request_resume_fn *resume;
};

/**
 * request_decode() - fill in what the header and the body's first fields say
 * Return: 0; -EPROTO when the bytes are shorter than their operation needs.
 */
int request_decode(struct request *request) MUST_CHECK;
/* Name of an operation for people and gates ("write"); "op38" if unknown. */
const char *request_op_name(uint32_t opcode, char buf[16]);
/* Opcode of a name, -1 when there is none. */
int request_op_from_name(const char *name);
/* Where a WRITE came from: "writeback", "direct" (O_DIRECT) or "through". */
const char *request_write_origin(const struct request *request);
/* Does the kernel wait for a reply (not for FORGET, INTERRUPT, ...)? */
bool request_wants_reply(uint32_t opcode);

/**
 * request_detach() - move a worker's request to the heap
 * The live pipe and a held reply go with it. Return: the copy (the request
 * itself when it has been detached before); NULL without memory (the original
 * is then untouched).
 */
struct request *request_detach(struct request *request) MUST_CHECK;
/**
 * request_shorten() - make it ask for its first @bytes only
 * READ, WRITE and COPY_FILE_RANGE; one that is not longer stays as it is.
 */
void request_shorten(struct request *request, uint64_t bytes);
/* Bit of its @bytes of data that has to be another one; -1: none. */
int64_t request_flip_bit(const struct request *request, size_t bytes);
/* It is held no longer: remember when it was. */
void request_note_pause(struct request *request, uint64_t until_ns);
/* Free a detached request and what it owns; NULL is allowed. */
void request_destroy(struct request *request);

#endif
