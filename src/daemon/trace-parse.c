/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's binary ring buffer. Reading it as text (trace_pipe) costs the
 * kernel about 2 us an event, and us as much again; a page of it costs a copy.
 *
 * A page is a time stamp, the length of its data, with flags in bits 30 and 31
 * (kernel/trace/ring_buffer.c: RB_MISSED_EVENTS, 6.18), and events: 5 bits of
 * type or length in words, 27 bits of time since the one before
 * (include/linux/ring_buffer.h: enum ring_buffer_type). An event's own bytes are
 * as its format file says. Numbers are in the machine's byte order, but the 5
 * bits are where the compiler puts a bit field of an u32 first.
 */
#include "daemon/trace-internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/compiler.h"

enum {
	DATA_MAX = 28,		/* up to here: its length in words; 0: in the next */
	PADDING = 29,
	TIME_EXTEND = 30,
	TIME_STAMP = 31,
	TYPE_BITS = 5,
	DELTA_BITS = 27,
	WORD = 4,
	STAMP_BITS = 59,	/* a TIME_STAMP has these of the time */
};

static const uint64_t missed_flag = 1ULL << 31;
static const uint64_t length_mask = (1ULL << 30) - 1;

/* ---- format files ---- */

/* Is the declaration "unsigned long args[6]" one of @name? */
static bool declares(const char *declaration, size_t len, const char *name)
{
	size_t name_len = strlen(name);
	size_t end = len;

	while (end > 0 && declaration[end - 1] == ']') {
		while (end > 0 && declaration[end - 1] != '[')
			end--;
		end -= end > 0;
	}
	return end > name_len &&
	       !memcmp(declaration + end - name_len, name, name_len) &&
	       (declaration[end - name_len - 1] == ' ' ||
		declaration[end - name_len - 1] == '*');
}

int trace_parse_field(const char *text, const char *name,
		      struct trace_field *field_ret)
{
	static const char head[] = "field:";
	struct trace_field field;

	for (const char *at = strstr(text, head); at; at = strstr(at, head)) {
		size_t len;

		at += strlen(head);
		len = strcspn(at, ";");
		if (declares(at, len, name) &&
		    sscanf(at + len, "; offset:%zu; size:%zu;", &field.off,
			   &field.size) == 2) {
			*field_ret = field;
			return 0;
		}
	}
	return -ENOENT;
}

int trace_parse_header(const char *text, struct trace_formats *formats)
{
	struct trace_field stamp;

	if (trace_parse_field(text, "timestamp", &stamp) ||
	    trace_parse_field(text, "commit", &formats->commit) ||
	    trace_parse_field(text, "data", &formats->data) ||
	    stamp.off || stamp.size != sizeof(uint64_t) ||
	    formats->commit.off != sizeof(uint64_t) ||
	    formats->commit.size > sizeof(uint64_t) ||
	    formats->data.off < formats->commit.off + formats->commit.size)
		return -EINVAL;
	return 0;
}

/* What each kind of event is made of. */
static const struct {
	const char *number;
	const char *value;
	size_t values;		/* numbers in it */
} parts[TRACE_KINDS] = {
	[TRACE_ENTER] = { "id", "args", CALL_ARGS },
	[TRACE_EXIT] = { "id", "ret", 1 },
	[TRACE_SUBMIT] = { "opcode", "req", 1 },
	[TRACE_COMPLETE] = { NULL, "req", 1 },
};

int trace_parse_format(const char *text, enum trace_kind kind,
		       struct trace_format *format_ret)
{
	struct trace_format format = { 0 };

	if (sscanf(text, "name: %*s ID: %u", &format.type) != 1 ||
	    trace_parse_field(text, "common_pid", &format.tid) ||
	    trace_parse_field(text, parts[kind].value, &format.value) ||
	    (parts[kind].number &&
	     trace_parse_field(text, parts[kind].number, &format.number)) ||
	    format.value.size != parts[kind].values * sizeof(uint64_t) ||
	    format.tid.size > sizeof(uint64_t) ||
	    format.number.size > sizeof(uint64_t))
		return -EINVAL;
	*format_ret = format;
	return 0;
}

/* ---- pages ---- */

/* A number of 1, 2, 4 or 8 bytes. */
static uint64_t number_at(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	memcpy((uint8_t *)&value + sizeof(value) - size, bytes, size);
#else
	memcpy(&value, bytes, size);
#endif
	return value;
}

static bool fits(struct trace_field field, size_t len)
{
	return field.off <= len && field.size <= len - field.off;
}

static bool decode(const struct trace_formats *formats, const uint8_t *bytes,
		   size_t len, struct trace_event *event)
{
	unsigned int type;

	if (len < sizeof(uint16_t))
		return false;
	type = (unsigned int)number_at(bytes, sizeof(uint16_t));
	for (unsigned int i = 0; i < TRACE_KINDS; i++) {
		const struct trace_format *format = &formats->event[i];

		if (!format->type || format->type != type)
			continue;
		if (!fits(format->tid, len) || !fits(format->number, len) ||
		    !fits(format->value, len))
			return false;
		event->kind = (enum trace_kind)i;
		event->tid = (pid_t)number_at(bytes + format->tid.off,
					      format->tid.size);
		event->number = (int)number_at(bytes + format->number.off,
					       format->number.size);
		memcpy(event->args, bytes + format->value.off,
		       format->value.size);
		return true;
	}
	return false;
}

/* An entry of a page. */
struct entry {
	unsigned int type;
	uint64_t delta;		/* its 27 bits */
	const uint8_t *data;
	size_t len;		/* of the data */
};

/* The one at @at. Return: bytes up to the next; 0: there is none. */
static size_t next_entry(const uint8_t *at, size_t left, struct entry *entry)
{
	uint32_t head;
	size_t size;

	if (left < WORD)
		return 0;
	head = (uint32_t)number_at(at, WORD);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	entry->type = head >> DELTA_BITS;
	entry->delta = head & ((1U << DELTA_BITS) - 1);
#else
	entry->type = head & ((1U << TYPE_BITS) - 1);
	entry->delta = head >> TYPE_BITS;
#endif
	entry->data = at + WORD;
	if (entry->type && entry->type <= DATA_MAX) {
		entry->len = (size_t)entry->type * WORD;
		size = WORD + entry->len;
		return size <= left ? size : 0;
	}
	if (left < (size_t)2 * WORD)
		return 0;
	if (entry->type == TIME_EXTEND || entry->type == TIME_STAMP) {
		entry->len = WORD;
		return (size_t)2 * WORD;
	}
	/* Padding without a time goes to the end of the page. */
	if (entry->type == PADDING && !entry->delta)
		return 0;
	size = WORD + (size_t)number_at(at + WORD, WORD);
	if (size < (size_t)2 * WORD || size > left)
		return 0;
	entry->data = at + (size_t)2 * WORD;
	entry->len = size - (size_t)2 * WORD;
	return size;
}

static uint64_t later(uint64_t time_ns, const struct entry *entry)
{
	uint64_t high = entry->type == TIME_EXTEND ||
			entry->type == TIME_STAMP ?
			number_at(entry->data, WORD) << DELTA_BITS : 0;

	if (entry->type != TIME_STAMP)
		return time_ns + high + entry->delta;
	return (time_ns >> STAMP_BITS << STAMP_BITS) | high | entry->delta;
}

void trace_parse_page(const struct trace_formats *formats, const uint8_t *page,
		      size_t size, trace_event_fn *fn, void *context,
		      uint64_t *missed_ns_ret)
{
	const uint8_t *at = page + formats->data.off;
	uint64_t commit;
	uint64_t time_ns;
	bool missed;
	size_t left;

	*missed_ns_ret = 0;
	if (size < formats->data.off)
		return;
	time_ns = number_at(page, sizeof(time_ns));
	commit = number_at(page + formats->commit.off, formats->commit.size);
	missed = commit & missed_flag;
	left = MIN((size_t)(commit & length_mask), size - formats->data.off);
	/* Also when there is no event in it: the page is younger than them. */
	if (missed)
		*missed_ns_ret = time_ns;
	for (;;) {
		struct trace_event event;
		struct entry entry;
		size_t step = next_entry(at, left, &entry);

		if (!step)
			return;
		time_ns = later(time_ns, &entry);
		event.time_ns = time_ns;
		if (entry.type <= DATA_MAX &&
		    decode(formats, entry.data, entry.len, &event))
			fn(&event, context);
		at += step;
		left -= step;
	}
}
