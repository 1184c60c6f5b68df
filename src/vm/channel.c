/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the form of a frame, and both ways through it.
 *
 * The reader takes nothing for granted. A frame's first line is compared, byte by
 * byte, with the one that it would write itself for the frame that comes next, so
 * that there is one form of each number and no frame that is like another. What
 * fails anywhere is given up by that line only, and looked through again behind
 * it: a frame that was cut does not hide the ones that follow (which have the
 * wrong SEQ then, and are counted). It keeps at most one frame's bytes.
 */
#include "vm/channel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "common/fdio.h"

#define MAGIC "pinvm1 "

enum {
	MAGIC_LEN = sizeof(MAGIC) - 1,
	/* Magic, nonce, SEQ, KIND, LENGTH, DIGEST with blanks and newline. */
	LINE_SIZE = 128,
	BUFFER_SIZE = 1 << 16,	/* at first [bytes] */
};

static const char *const names[VM_FRAME_KIND_COUNT] = {
	[VM_FRAME_HELLO] = "hello",
	[VM_FRAME_STAGE] = "stage",
	[VM_FRAME_RESULT] = "result",
	[VM_FRAME_MESSAGE] = "message",
	[VM_FRAME_KERNEL] = "kernel",
	[VM_FRAME_EVENTS] = "events",
	[VM_FRAME_EVIDENCE] = "evidence",
	[VM_FRAME_END] = "end",
};

const char *vm_frame_name(enum vm_frame_kind kind)
{
	return names[kind];
}

/* Return: its length. */
static size_t format_line(char line[LINE_SIZE], const char *nonce, uint64_t seq,
			  enum vm_frame_kind kind, size_t length,
			  uint64_t digest)
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(digest, hex);
	return (size_t)snprintf(line, LINE_SIZE, MAGIC "%s %llu %s %zu %s\n",
				nonce, (unsigned long long)seq, names[kind],
				length, hex);
}

/* --------------------------------------------------------- the guest's side */

int vm_channel_write(struct vm_writer *writer, enum vm_frame_kind kind,
		     const void *payload, size_t length)
{
	char line[LINE_SIZE];
	size_t len;
	int err;

	if (length > VM_FRAME_MAX)
		return -EMSGSIZE;
	len = format_line(line, writer->nonce, writer->seq, kind, length,
			  digest_bytes(payload, length));
	err = fdio_write(writer->fd, line, len);
	if (!err)
		err = fdio_write(writer->fd, payload, length);
	if (!err)
		err = fdio_write(writer->fd, "\n", 1);
	if (!err)
		writer->seq++;
	return err;
}

/* ---------------------------------------------------------- the host's side */

struct vm_reader {
	char nonce[VM_NONCE_SIZE];
	uint64_t seq;		/* of the frame that comes next */
	char *bytes;
	size_t begin;		/* [begin, end) has not become anything yet */
	size_t end;
	size_t size;
	size_t looked;		/* from begin: no newline there */
	bool in_line;		/* begin is in a line that is none of ours */
	uint64_t foreign;
	uint64_t forged;
	/* The frame whose first line is right, and whose rest is to come. */
	bool pending;
	enum vm_frame_kind kind;
	size_t line_len;
	size_t length;
	uint64_t digest;
};

struct vm_reader *vm_reader_create(const char *nonce)
{
	struct vm_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		snprintf(reader->nonce, sizeof(reader->nonce), "%s", nonce);
	return reader;
}

void vm_reader_destroy(struct vm_reader *reader)
{
	if (!reader)
		return;
	free(reader->bytes);
	free(reader);
}

uint64_t vm_reader_foreign(const struct vm_reader *reader)
{
	return reader->foreign + (reader->end - reader->begin);
}

uint64_t vm_reader_forged(const struct vm_reader *reader)
{
	return reader->forged;
}

int vm_reader_feed(struct vm_reader *reader, const void *bytes, size_t length)
{
	size_t used = reader->end - reader->begin;

	if (length > reader->size - reader->end && reader->begin > 0) {
		memmove(reader->bytes, reader->bytes + reader->begin, used);
		reader->begin = 0;
		reader->end = used;
	}
	if (length > reader->size - reader->end) {
		size_t size = MAX(MAX(2 * reader->size, used + length),
				  (size_t)BUFFER_SIZE);
		char *larger = realloc(reader->bytes, size);

		if (!larger)
			return -ENOMEM;
		reader->bytes = larger;
		reader->size = size;
	}
	if (length > 0)
		memcpy(reader->bytes + reader->end, bytes, length);
	reader->end += length;
	return 0;
}

static void consume(struct vm_reader *reader, size_t len)
{
	reader->begin += len;
	reader->looked = 0;
	if (reader->begin == reader->end)
		reader->begin = reader->end = 0;
}

/* @whole: with its newline; else the line goes on. */
static void refuse(struct vm_reader *reader, size_t len, bool whole)
{
	if (!reader->in_line && len >= MAGIC_LEN &&
	    memcmp(reader->bytes + reader->begin, MAGIC, MAGIC_LEN) == 0)
		reader->forged++;
	reader->foreign += len;
	reader->in_line = !whole;
	consume(reader, len);
}

static bool find_kind(const char *name, enum vm_frame_kind *kind_ret)
{
	for (size_t i = 0; i < VM_FRAME_KIND_COUNT; i++)
		if (strcmp(names[i], name) == 0) {
			*kind_ret = (enum vm_frame_kind)i;
			return true;
		}
	return false;
}

/* @line: with its newline */
static bool understand(struct vm_reader *reader, const char *line, size_t len)
{
	char text[LINE_SIZE], again[LINE_SIZE];
	char kind[16];
	unsigned long long length, digest;

	if (len >= LINE_SIZE)
		return false;
	memcpy(text, line, len);
	text[len] = '\0';
	if (sscanf(text, MAGIC "%*32s %*20s %15s %10llu %16llx", kind, &length,
		   &digest) != 3 ||
	    !find_kind(kind, &reader->kind) || length > VM_FRAME_MAX)
		return false;
	if (format_line(again, reader->nonce, reader->seq, reader->kind,
			(size_t)length, digest) != len ||
	    memcmp(again, line, len) != 0)
		return false;
	reader->line_len = len;
	reader->length = (size_t)length;
	reader->digest = digest;
	return true;
}

/*
 * The next line into reader->pending, or out of the way.
 * Return: false: its end has not come yet.
 */
static bool take_line(struct vm_reader *reader)
{
	size_t used = reader->end - reader->begin;
	const char *line, *newline;
	size_t len;

	if (used == reader->looked)
		return false;
	line = reader->bytes + reader->begin;
	newline = memchr(line + reader->looked, '\n', used - reader->looked);
	len = newline ? (size_t)(newline - line) + 1 : used;
	if (!newline && !reader->in_line && used < LINE_SIZE) {
		reader->looked = used;
		return false;
	}
	if (newline && !reader->in_line && understand(reader, line, len))
		reader->pending = true;
	else
		refuse(reader, len, newline != NULL);
	return true;
}

/* The frame whose first line stands at the beginning, all of which has come. */
static bool take_frame(struct vm_reader *reader, struct vm_frame *frame_ret)
{
	char *payload = reader->bytes + reader->begin + reader->line_len;

	reader->pending = false;
	if (payload[reader->length] != '\n' ||
	    digest_bytes(payload, reader->length) != reader->digest) {
		refuse(reader, reader->line_len, true);
		return false;
	}
	payload[reader->length] = '\0';
	*frame_ret = (struct vm_frame){
		.kind = reader->kind,
		.payload = payload,
		.length = reader->length,
	};
	reader->seq++;
	consume(reader, reader->line_len + reader->length + 1);
	return true;
}

bool vm_reader_next(struct vm_reader *reader, struct vm_frame *frame_ret)
{
	for (;;) {
		if (!reader->pending && !take_line(reader))
			return false;
		if (!reader->pending)
			continue;
		if (reader->end - reader->begin <
		    reader->line_len + reader->length + 1)
			return false;
		if (take_frame(reader, frame_ret))
			return true;
	}
}
