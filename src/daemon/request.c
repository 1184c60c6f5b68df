/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request's bytes say, and its copy on the heap.
 *
 * One table has, for each operation, the length of its fixed body, how many
 * strings follow it and where a range is in it. A request that passes here can
 * be read by libfuse without running over its end.
 *
 * A copy keeps a WRITE's data page aligned, as SOURCE may have to be written by
 * O_DIRECT: the data follows the two headers, so these end at a page boundary.
 */
#include "daemon/request.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pinfs/control.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

enum {
	HEADER = sizeof(struct fuse_in_header),
	WRITE_HEADER = HEADER + sizeof(struct fuse_write_in),
};

/* The body of an operation. Places are from the body's start. */
struct layout {
	uint8_t fixed;		/* bytes of its struct */
	uint8_t strings;	/* NUL-terminated, right after the struct */
	bool names_entry;	/* the first string is an entry's name */
	bool has_range;
	uint8_t off_at;		/* 64 bits */
	uint8_t size_at;
	uint8_t size_bytes;	/* 4 or 8; 0: a point, no size */
};

#define FIXED(type) .fixed = sizeof(struct type)
#define ENTRY(n) .strings = (n), .names_entry = true
#define POINT(type, off) \
	FIXED(type), .has_range = true, .off_at = offsetof(struct type, off)
#define RANGE(type, off, size) \
	POINT(type, off), .size_at = offsetof(struct type, size), \
	.size_bytes = sizeof(((struct type *)NULL)->size)

static const struct layout layouts[] = {
	[FUSE_LOOKUP] = { ENTRY(1) },
	[FUSE_FORGET] = { FIXED(fuse_forget_in) },
	[FUSE_GETATTR] = { FIXED(fuse_getattr_in) },
	[FUSE_SETATTR] = { FIXED(fuse_setattr_in) },
	[FUSE_SYMLINK] = { ENTRY(2) },
	[FUSE_MKNOD] = { FIXED(fuse_mknod_in), ENTRY(1) },
	[FUSE_MKDIR] = { FIXED(fuse_mkdir_in), ENTRY(1) },
	[FUSE_UNLINK] = { ENTRY(1) },
	[FUSE_RMDIR] = { ENTRY(1) },
	[FUSE_RENAME] = { FIXED(fuse_rename_in), ENTRY(2) },
	[FUSE_LINK] = { FIXED(fuse_link_in), ENTRY(1) },
	[FUSE_OPEN] = { FIXED(fuse_open_in) },
	[FUSE_READ] = { RANGE(fuse_read_in, offset, size) },
	[FUSE_WRITE] = { RANGE(fuse_write_in, offset, size) },
	[FUSE_RELEASE] = { FIXED(fuse_release_in) },
	[FUSE_FSYNC] = { FIXED(fuse_fsync_in) },
	/* The short form: FUSE_SETXATTR_EXT is not asked for. */
	[FUSE_SETXATTR] = { .fixed = FUSE_COMPAT_SETXATTR_IN_SIZE,
			    .strings = 1 },
	[FUSE_GETXATTR] = { FIXED(fuse_getxattr_in), .strings = 1 },
	[FUSE_LISTXATTR] = { FIXED(fuse_getxattr_in) },
	[FUSE_REMOVEXATTR] = { .strings = 1 },
	[FUSE_FLUSH] = { FIXED(fuse_flush_in) },
	[FUSE_OPENDIR] = { FIXED(fuse_open_in) },
	/* The offset of these two is a position in a directory, not a range. */
	[FUSE_READDIR] = { FIXED(fuse_read_in) },
	[FUSE_READDIRPLUS] = { FIXED(fuse_read_in) },
	[FUSE_RELEASEDIR] = { FIXED(fuse_release_in) },
	[FUSE_FSYNCDIR] = { FIXED(fuse_fsync_in) },
	[FUSE_GETLK] = { FIXED(fuse_lk_in) },
	[FUSE_SETLK] = { FIXED(fuse_lk_in) },
	[FUSE_SETLKW] = { FIXED(fuse_lk_in) },
	[FUSE_ACCESS] = { FIXED(fuse_access_in) },
	[FUSE_CREATE] = { FIXED(fuse_create_in), ENTRY(1) },
	[FUSE_INTERRUPT] = { FIXED(fuse_interrupt_in) },
	[FUSE_BMAP] = { FIXED(fuse_bmap_in) },
	[FUSE_IOCTL] = { FIXED(fuse_ioctl_in) },
	[FUSE_POLL] = { FIXED(fuse_poll_in) },
	[FUSE_NOTIFY_REPLY] = { FIXED(fuse_notify_retrieve_in) },
	[FUSE_BATCH_FORGET] = { FIXED(fuse_batch_forget_in) },
	[FUSE_FALLOCATE] = { RANGE(fuse_fallocate_in, offset, length) },
	[FUSE_RENAME2] = { FIXED(fuse_rename2_in), ENTRY(2) },
	[FUSE_LSEEK] = { POINT(fuse_lseek_in, offset) },
	/* The range read from: the header's node is that file. */
	[FUSE_COPY_FILE_RANGE] = {
		RANGE(fuse_copy_file_range_in, off_in, len)
	},
	[FUSE_SYNCFS] = { FIXED(fuse_syncfs_in) },
	/* Its string is "/", the name of every unnamed dentry: no entry. */
	[FUSE_TMPFILE] = { FIXED(fuse_create_in), .strings = 1 },
};

static const char *const op_names[] = {
#define OP_NAME(name, opcode) [opcode] = #name,
	PINFS_CONTROL_OPS(OP_NAME)
#undef OP_NAME
};

const char *request_op_name(uint32_t opcode, char buf[16])
{
	if (opcode < ARRAY_SIZE(op_names) && op_names[opcode])
		return op_names[opcode];
	snprintf(buf, 16, "op%u", opcode);
	return buf;
}

int request_op_from_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(op_names); i++)
		if (op_names[i] && !strcmp(op_names[i], name))
			return (int)i;
	return -1;
}

const char *request_write_origin(const struct request *request)
{
	if (request->write_flags & FUSE_WRITE_CACHE)
		return "writeback";
	return request->flags & O_DIRECT ? "direct" : "through";
}

bool request_wants_reply(uint32_t opcode)
{
	switch (opcode) {
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
	case FUSE_NOTIFY_REPLY:
		return false;
	default:
		return true;
	}
}

static bool has_strings(const uint8_t *at, size_t len, unsigned int count)
{
	for (; count; count--) {
		const uint8_t *end = memchr(at, '\0', len);

		if (!end)
			return false;
		len -= end + 1 - at;
		at = end + 1;
	}
	return true;
}

static void decode_range(struct request *request, const struct layout *layout,
			 const uint8_t *body)
{
	uint32_t size32;

	request->has_range = true;
	memcpy(&request->off, body + layout->off_at, sizeof(request->off));
	if (layout->size_bytes == sizeof(size32)) {
		memcpy(&size32, body + layout->size_at, sizeof(size32));
		request->size = size32;
	} else if (layout->size_bytes) {
		memcpy(&request->size, body + layout->size_at,
		       sizeof(request->size));
	}
}

static int decode_write(struct request *request)
{
	struct fuse_write_in in;

	memcpy(&in, request->bytes + HEADER, sizeof(in));
	/* More would stay in the live pipe, and be taken for the next WRITE's. */
	if (request->len - WRITE_HEADER != in.size)
		return -EPROTO;
	request->flags = in.flags;
	request->write_flags = in.write_flags;
	return 0;
}

static int decode_batch_forget(const struct request *request)
{
	struct fuse_batch_forget_in in;

	memcpy(&in, request->bytes + HEADER, sizeof(in));
	return (request->len - HEADER - sizeof(in)) /
		sizeof(struct fuse_forget_one) < in.count ? -EPROTO : 0;
}

static int decode_body(struct request *request, const struct layout *layout)
{
	const uint8_t *body = request->bytes + HEADER;
	size_t len = request->len - HEADER;

	if (len < layout->fixed ||
	    !has_strings(body + layout->fixed, len - layout->fixed,
			 layout->strings))
		return -EPROTO;
	if (layout->names_entry)
		request->name = (const char *)body + layout->fixed;
	if (layout->has_range)
		decode_range(request, layout, body);
	if (request->opcode == FUSE_WRITE)
		return decode_write(request);
	if (request->opcode == FUSE_BATCH_FORGET)
		return decode_batch_forget(request);
	return 0;
}

int request_decode(struct request *request)
{
	struct fuse_in_header header;

	if (request->len < HEADER)
		return -EPROTO;
	memcpy(&header, request->bytes, sizeof(header));
	request->opcode = header.opcode;
	request->unique = header.unique;
	request->nodeid = header.nodeid;
	request->pid = (pid_t)header.pid;
	request->off = 0;
	request->size = 0;
	request->has_range = false;
	request->name = NULL;
	request->flags = 0;
	request->write_flags = 0;
	if (header.len != request->len)
		return -EPROTO;
	if (header.opcode >= ARRAY_SIZE(layouts))
		return 0;
	return decode_body(request, &layouts[header.opcode]);
}

void request_shorten(struct request *request, uint64_t bytes)
{
	const struct layout *layout = &layouts[request->opcode];
	struct fuse_in_header *header = (void *)request->bytes;
	uint8_t *size = request->bytes + HEADER + layout->size_at;
	uint32_t size32 = (uint32_t)bytes;

	if (bytes >= request->size)
		return;
	request->size = bytes;
	if (layout->size_bytes == sizeof(size32))
		memcpy(size, &size32, sizeof(size32));
	else
		memcpy(size, &bytes, sizeof(bytes));
	if (request->opcode != FUSE_WRITE)
		return;
	request->len = WRITE_HEADER + (size_t)bytes;
	header->len = (uint32_t)request->len;
}

int64_t request_flip_bit(const struct request *request, size_t bytes)
{
	if (!request->fault.flips || !bytes)
		return -1;
	return (int64_t)(request->fault.flip_bit % (bytes * 8));
}

/* ---- copies ---- */

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Only a WRITE's data has to be aligned; its headers end a page. */
static uint8_t *bytes_alloc(uint32_t opcode, size_t len)
{
	size_t page = page_bytes();
	size_t size = page - WRITE_HEADER + len;
	uint8_t *base;

	if (opcode != FUSE_WRITE)
		return malloc(len);
	base = aligned_alloc(page, (size + page - 1) / page * page);
	return base ? base + page - WRITE_HEADER : NULL;
}

static void bytes_free(uint32_t opcode, uint8_t *bytes)
{
	if (opcode == FUSE_WRITE && bytes)
		bytes -= page_bytes() - WRITE_HEADER;
	free(bytes);
}

struct request *request_detach(struct request *request)
{
	struct request *copy;

	if (request->detached)
		return request;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *request;
	copy->bytes = bytes_alloc(request->opcode, request->len);
	if (!copy->bytes) {
		free(copy);
		return NULL;
	}
	memcpy(copy->bytes, request->bytes, request->len);
	if (request->name)
		copy->name = (const char *)copy->bytes +
			     ((const uint8_t *)request->name - request->bytes);
	copy->detached = true;
	request->live_taken = request->live_fd >= 0;
	copy->live_fd = steal_fd(&request->live_fd);
	copy->reply = steal_ptr(request->reply);
	request->reply_len = 0;
	return copy;
}

void request_note_pause(struct request *request, uint64_t until_ns)
{
	if (request->npauses == REQUEST_MAX_PAUSES)
		return;
	request->pauses[request->npauses++] = (struct request_pause){
		.from_ns = request->hold.since_ns,
		.until_ns = until_ns,
		.gate_id = request->hold.gate_id,
		.at_reply = request->reply_passed,
	};
}

void request_destroy(struct request *request)
{
	if (!request)
		return;
	assert(request->detached);
	if (request->live_fd >= 0)
		close(request->live_fd);
	free(request->reply);
	bytes_free(request->opcode, request->bytes);
	free(request);
}
