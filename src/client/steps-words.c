/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a step. Every reader notes what is wrong and returns something
 * harmless, so that a step's function reads all its words without looking.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/steps-call.h"

const char *steps_text(struct steps_call *call, const char *key)
{
	const char *text = parse_line_get(&call->line, key);

	if (!text)
		steps_bad(call, "%s= is missing", key);
	else if (!*text)
		steps_bad(call, "%s= is empty", key);
	return text ? text : "";
}

const char *steps_text_or(struct steps_call *call, const char *key,
			  const char *absent)
{
	return steps_has(call, key) ? steps_text(call, key) : absent;
}

bool steps_flag(struct steps_call *call, const char *key)
{
	const char *text = parse_line_get(&call->line, key);

	if (text && *text)
		steps_bad(call, "'%s' takes no value", key);
	return text;
}

bool steps_has(struct steps_call *call, const char *key)
{
	return parse_line_get(&call->line, key);
}

uint64_t steps_size(struct steps_call *call, const char *key)
{
	const char *text = steps_text(call, key);
	uint64_t bytes = 0;
	int err = *text ? parse_size(text, &bytes) : 0;

	if (err == -ERANGE || bytes > INT64_MAX) {
		steps_bad(call, "%s=%s is too large", key, text);
		return 0;
	}
	if (err)
		steps_bad(call, "%s=%s is not a size", key, text);
	return bytes;
}

uint64_t steps_size_or(struct steps_call *call, const char *key,
		       uint64_t absent)
{
	return steps_has(call, key) ? steps_size(call, key) : absent;
}

uint64_t steps_number(struct steps_call *call, const char *key, uint64_t max)
{
	const char *text = steps_text(call, key);
	uint64_t value = 0;
	int err = *text ? parse_u64(text, &value) : 0;

	if (err || value > max) {
		steps_bad(call, "%s=%s is not a number from 0 to %llu", key,
			  text, (unsigned long long)max);
		return 0;
	}
	return value;
}

size_t steps_len(struct steps_call *call)
{
	uint64_t len = steps_size(call, "len");

	if (len == 0 || len > STEPS_LEN_MAX) {
		steps_bad(call, "len= must be from 1 to %d", STEPS_LEN_MAX);
		return 0;
	}
	return (size_t)len;
}

static uint8_t writer_word(struct steps_call *call, uint8_t absent)
{
	const char *text = steps_text_or(call, "writer", NULL);

	if (!text)
		return absent;
	if (strlen(text) != 1 || *text < '!' || *text > '~')
		steps_bad(call, "writer=%s is not one character", text);
	return (uint8_t)*text;
}

/* What is created is generation 1; whoever comes later must say. */
static uint16_t generation_word(struct steps_call *call, uint8_t writer)
{
	if (writer == CONTENT_WRITER_CREATE && !steps_has(call, "gen"))
		return 1;
	return (uint16_t)steps_number(call, "gen", UINT16_MAX);
}

struct content_id steps_content(struct steps_call *call, uint16_t file,
				uint8_t writer, uint64_t *off)
{
	const char *name = steps_text_or(call, "file", NULL);
	struct content_id id = {
		.file = name ? steps_path(call->steps, name) : file,
		.generation = generation_word(call, writer),
		.writer = writer_word(call, writer),
	};

	*off = steps_size_or(call, "file-off", *off);
	return id;
}

void *steps_buffer(struct steps_call *call, size_t len)
{
	void *buf = NULL;

	if (call->bad[0] || call->err)
		return NULL;
	call->err = posix_memalign(&buf, (size_t)sysconf(_SC_PAGESIZE), len);
	if (call->err)
		return NULL;
	/* Also faults the pages in, before anything is timed. */
	return memset(buf, 0, len);
}

void *steps_filled(struct steps_call *call, size_t len, uint16_t file,
		   uint64_t off)
{
	struct content_id id = steps_content(call, file, CONTENT_WRITER_WRITE,
					     &off);
	void *buf = steps_buffer(call, len);

	if (buf)
		content_fill(buf, len, off, &id);
	return buf;
}
