/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Self-naming content: filling, checking, and reading a word back. */
#include "client/content.h"

#include <stdio.h>
#include <string.h>

#include "common/compiler.h"
#include "common/digest.h"

enum { WRITER_BYTE = CONTENT_WORD - 1 };

uint16_t content_file(const char *path)
{
	uint16_t hash = (uint16_t)digest_bytes(path, strlen(path));

	return hash ? hash : 1;
}

static void encode(uint8_t word[CONTENT_WORD], uint64_t block,
		   const struct content_id *id)
{
	word[0] = (uint8_t)(id->file >> 8);
	word[1] = (uint8_t)id->file;
	word[2] = (uint8_t)(block >> 16);
	word[3] = (uint8_t)(block >> 8);
	word[4] = (uint8_t)block;
	word[5] = (uint8_t)(id->generation >> 8);
	word[6] = (uint8_t)id->generation;
	word[WRITER_BYTE] = id->writer;
}

/* Bytes from @off to the end of its block, at most @len. */
static size_t block_rest(uint64_t off, size_t len)
{
	size_t rest = DIGEST_BLOCK - (size_t)(off % DIGEST_BLOCK);

	return MIN(rest, len);
}

/* @off and @len lie in one block: all words are equal. */
static void fill_block(uint8_t *to, size_t len, uint64_t off,
		       const struct content_id *id)
{
	uint8_t word[CONTENT_WORD];

	encode(word, off / DIGEST_BLOCK, id);
	for (size_t i = 0; i < len; i++)
		to[i] = word[(off + i) % CONTENT_WORD];
}

void content_fill(void *buf, size_t len, uint64_t off,
		  const struct content_id *id)
{
	uint8_t *to = buf;

	while (len > 0) {
		size_t part = block_rest(off, len);

		fill_block(to, part, off, id);
		to += part;
		off += part;
		len -= part;
	}
}

/* The same for comparing; @count and @first are those of the whole check. */
static void check_block(const uint8_t *buf, size_t from, size_t len,
			uint64_t off, const struct content_id *id,
			size_t *count, size_t *first)
{
	uint8_t word[CONTENT_WORD];

	encode(word, off / DIGEST_BLOCK, id);
	for (size_t i = 0; i < len; i++) {
		size_t at = (size_t)((off + i) % CONTENT_WORD);

		if (at == WRITER_BYTE && id->writer == CONTENT_ANY_WRITER)
			continue;
		if (buf[from + i] == word[at])
			continue;
		if ((*count)++ == 0)
			*first = from + i;
	}
}

size_t content_check(const void *buf, size_t len, uint64_t off,
		     const struct content_id *id, size_t *first_ret)
{
	size_t count = 0;

	for (size_t done = 0; done < len; ) {
		size_t part = block_rest(off + done, len - done);

		check_block(buf, done, part, off + done, id, &count,
			    first_ret);
		done += part;
	}
	return count;
}

uint32_t content_decode(const void *word, struct content_id *id_ret)
{
	const uint8_t *byte = word;

	id_ret->file = (uint16_t)(byte[0] << 8 | byte[1]);
	id_ret->generation = (uint16_t)(byte[5] << 8 | byte[6]);
	id_ret->writer = byte[WRITER_BYTE];
	return (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 8 | byte[4];
}

static void describe_writer(uint8_t writer, char *text, size_t size)
{
	if (writer == CONTENT_WRITER_CREATE)
		snprintf(text, size, "create");
	else if (writer == CONTENT_WRITER_STORE)
		snprintf(text, size, "store");
	else if (writer == CONTENT_WRITER_WRITE)
		snprintf(text, size, "write");
	else if (writer > ' ' && writer < 0x7f)
		snprintf(text, size, "%c", writer);
	else
		snprintf(text, size, "0x%02x", writer);
}

void content_describe(const void *word, const char *file,
		      char text[CONTENT_TEXT_SIZE])
{
	static const uint8_t zeros[CONTENT_WORD];
	struct content_id id;
	uint32_t block = content_decode(word, &id);
	char hash[8], writer[8];

	if (memcmp(word, zeros, sizeof(zeros)) == 0) {
		snprintf(text, CONTENT_TEXT_SIZE, "zeros");
		return;
	}
	snprintf(hash, sizeof(hash), "%04x", id.file);
	describe_writer(id.writer, writer, sizeof(writer));
	snprintf(text, CONTENT_TEXT_SIZE,
		 "file %.60s block %u generation %u writer %s",
		 file ? file : hash, block, id.generation, writer);
}
