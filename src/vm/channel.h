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

/*
 * Keys of the objects, to which others may be added:
 *
 * HELLO	"release", "version", "machine" of uname(2), "pinfs" its version,
 *	"port" "virtio" or "serial", "tainted" the bits of kernel.tainted,
 *	"uptime_us" since the kernel began. Said as soon as there is a channel,
 *	and once more when modules have been loaded, then with "modules":
 *	{"loaded", "built_in", "absent", "later", "failed": [NAME...]}, "failed"
 *	with why, "later" those that are loaded when somebody asks for them.
 * STAGE	"modules", "run", "scenario NAME" (it begins), "events".
 * KERNEL	"kind" and "text" (its first line) and "scenario" (name or null) where
 *	a report begins, and "lines": [TEXT...], of which the first is that one;
 *	what follows later comes as "lines" alone.
 * END	"status", "frames" before this one, "warned" and "oopsed" (reports),
 *	"tainted", "modules": {"loaded", "failed"} on demand, "cut": {"events":
 *	BYTES, "evidence": FILES} that were left out.
 *	"status" is 128 and the signal's number where a signal ended pinctl.
 */
enum vm_frame_kind {
	VM_FRAME_HELLO,		/* JSON: who this is */
	VM_FRAME_STAGE,		/* text: what begins now */
	VM_FRAME_RESULT,	/* a line of "pinctl run --json", no newline */
	VM_FRAME_MESSAGE,	/* what it says on stderr, some lines */
	VM_FRAME_KERNEL,	/* JSON: the kernel log from a WARN or oops on */
	VM_FRAME_EVENTS,	/* a part of the event log, whole lines */
	VM_FRAME_EVIDENCE,	/* its name, a newline, the file */
	VM_FRAME_END,		/* JSON: how it ended; the last */
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
	const char *payload;	/* the reader's, until the next call; NUL behind */
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
