/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How results come back from a guest: frames on a port of their own (virtio
 * console port "pinfs.result", or the second serial line where a kernel has no
 * virtio). A frame is a line, the bytes that it announces, and a newline:
 *
 *	pinvm1 NONCE SEQ KIND LENGTH DIGEST
 *
 * SEQ counts from 0 by one, LENGTH is decimal [bytes], DIGEST the payload's XXH3
 * with 64 bits, 16 hex digits. What is not of that form, or has another nonce,
 * digest or SEQ, is not a frame: it is counted, and never a result.
 *
 * A byte that the guest has written may still be with QEMU when the machine is
 * off. So the guest, after its last frame, waits until the host has answered by
 * any byte or has hung up, for VM_CHANNEL_FAREWELL_MS at most, and powers off.
 */
#ifndef PIN_VM_CHANNEL_H
#define PIN_VM_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "vm/job.h"

#define VM_CHANNEL_PORT "pinfs.result"

enum {
	VM_FRAME_MAX = 16 << 20,	/* payload of one frame [bytes] */
	VM_CHANNEL_FAREWELL_MS = 2000,
};

enum vm_frame_kind {
	VM_FRAME_HELLO,		/* JSON: release, version, machine, modules, pinfs */
	VM_FRAME_STAGE,		/* text: what begins now */
	VM_FRAME_RESULT,	/* a line of "pinctl run --json" */
	VM_FRAME_MESSAGE,	/* what it says on stderr, some lines */
	VM_FRAME_KERNEL,	/* lines of the kernel log from a WARN, oops or BUG on */
	VM_FRAME_EVENTS,	/* a part of the event log, whole lines */
	VM_FRAME_EVIDENCE,	/* its name, a newline, the file */
	VM_FRAME_END,		/* JSON: status, frames, warned, oopsed, cut; the last */
	VM_FRAME_KIND_COUNT,
};

const char *vm_frame_name(enum vm_frame_kind kind);

/* The guest's side. */
struct vm_writer {
	int fd;
	uint64_t seq;
	char nonce[VM_NONCE_SIZE];
};

/* Waits until it is written. Return: 0 or -errno, after which an unknown part has
 * been written; -EMSGSIZE more than VM_FRAME_MAX. */
int vm_channel_write(struct vm_writer *writer, enum vm_frame_kind kind,
		     const void *payload, size_t length) MUST_CHECK;

/* The host's side. */
struct vm_reader;

struct vm_frame {
	enum vm_frame_kind kind;
	const char *payload;	/* the reader's, until the next call; NUL behind it */
	size_t length;
};

struct vm_reader *vm_reader_create(const char *nonce);
void vm_reader_destroy(struct vm_reader *reader);
/* Bytes as they have come. Return: 0 or -ENOMEM. */
int vm_reader_feed(struct vm_reader *reader, const void *bytes, size_t length)
	MUST_CHECK;
/* Return: false: no whole frame is there yet. */
bool vm_reader_next(struct vm_reader *reader, struct vm_frame *frame_ret);
/*
 * Bytes that were no frames, a frame's that has not all come among them; how many
 * lines looked like one and were none.
 */
uint64_t vm_reader_foreign(const struct vm_reader *reader);
uint64_t vm_reader_forged(const struct vm_reader *reader);

#endif
