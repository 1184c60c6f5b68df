/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames: what was written comes back, however it is cut into pieces; what was
 * not written by who knows the nonce, in this order and whole, does not.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/compiler.h"
#include "common/digest.h"
#include "common/fdio.h"
#include "vm/channel.h"

#define NONCE "0123456789abcdef0123456789abcdef"
#define OTHER "0123456789abcdef0123456789abcdee"

enum { TEXT_SIZE = 4096, BIG = 3 << 20 };

/* What vm_channel_write() makes, beginning with SEQ @seq. Return: its length. */
static size_t write_frames(char *text, size_t size, uint64_t seq,
			   const char *const *payloads)
{
	struct vm_writer writer = { .seq = seq, .nonce = NONCE };
	ssize_t n;

	writer.fd = memfd_create("frames", MFD_CLOEXEC);
	assert_true(writer.fd >= 0);
	for (; *payloads; payloads++)
		assert_int_equal(vm_channel_write(&writer, VM_FRAME_RESULT,
						  *payloads,
						  strlen(*payloads)), 0);
	n = fdio_pread(writer.fd, text, size, 0);
	assert_true(n > 0 && (size_t)n < size);
	close(writer.fd);
	return (size_t)n;
}

/* A frame by hand, of which each part can be a wrong one. */
static char *make_frame(const char *magic, const char *nonce, const char *seq,
			const char *kind, const char *length,
			const char *payload)
{
	char hex[DIGEST_HEX_SIZE];
	char *text;

	digest_hex(digest_bytes(payload, strlen(payload)), hex);
	assert_true(asprintf(&text, "%s %s %s %s %s %s\n%s\n", magic, nonce,
			     seq, kind, length, hex, payload) > 0);
	return text;
}

static void feed(struct vm_reader *reader, const char *text)
{
	assert_int_equal(vm_reader_feed(reader, text, strlen(text)), 0);
}

static void assert_next(struct vm_reader *reader, const char *payload)
{
	struct vm_frame frame;

	assert_true(vm_reader_next(reader, &frame));
	assert_int_equal(frame.kind, VM_FRAME_RESULT);
	assert_int_equal(frame.length, strlen(payload));
	assert_string_equal(frame.payload, payload);
}

static void assert_none(struct vm_reader *reader)
{
	struct vm_frame frame;

	assert_false(vm_reader_next(reader, &frame));
}

/* -------------------------------------------------------------------- honest */

static const char *const honest[] = {
	"{\"scenario\":\"a\"}", "", "two\nlines\n", "pinvm1 in a payload\n",
	NULL,
};

static void pieces_of_any_length(void **state UNUSED)
{
	char text[TEXT_SIZE];
	size_t len = write_frames(text, sizeof(text), 0, honest);

	for (size_t piece = 1; piece <= len; piece++) {
		struct vm_reader *reader = vm_reader_create(NONCE);
		struct vm_frame frame;
		size_t got = 0;

		for (size_t at = 0; at < len; at += piece) {
			assert_int_equal(vm_reader_feed(
				reader, text + at, MIN(piece, len - at)), 0);
			while (vm_reader_next(reader, &frame)) {
				assert_string_equal(frame.payload,
						    honest[got]);
				assert_int_equal(frame.length,
						 strlen(honest[got]));
				got++;
			}
		}
		assert_int_equal(got, ARRAY_SIZE(honest) - 1);
		assert_int_equal(vm_reader_foreign(reader), 0);
		assert_int_equal(vm_reader_forged(reader), 0);
		vm_reader_destroy(reader);
	}
}

static void every_kind_has_a_name(void **state UNUSED)
{
	for (unsigned int kind = 0; kind < VM_FRAME_KIND_COUNT; kind++) {
		struct vm_reader *reader = vm_reader_create(NONCE);
		char *text = make_frame("pinvm1", NONCE, "0",
					vm_frame_name((enum vm_frame_kind)kind),
					"1", "x");
		struct vm_frame frame;

		feed(reader, text);
		assert_true(vm_reader_next(reader, &frame));
		assert_int_equal(frame.kind, kind);
		vm_reader_destroy(reader);
		free(text);
	}
}

/* Bytes of all values, many of them, and a NUL behind. */
static void large_and_binary(void **state UNUSED)
{
	struct vm_writer writer = { .nonce = NONCE };
	struct vm_reader *reader = vm_reader_create(NONCE);
	char *bytes = malloc(BIG);
	char *raw = malloc(BIG + TEXT_SIZE);
	struct vm_frame frame;
	ssize_t n;

	assert_non_null(bytes);
	assert_non_null(raw);
	for (size_t i = 0; i < BIG; i++)
		bytes[i] = (char)(i * 7 + i / 256);
	writer.fd = memfd_create("frames", MFD_CLOEXEC);
	assert_int_equal(vm_channel_write(&writer, VM_FRAME_EVIDENCE, bytes,
					  BIG), 0);
	assert_int_equal(writer.seq, 1);
	n = fdio_pread(writer.fd, raw, BIG + TEXT_SIZE, 0);
	for (ssize_t at = 0; at < n; at += TEXT_SIZE) {
		assert_false(vm_reader_next(reader, &frame));
		assert_int_equal(vm_reader_feed(
			reader, raw + at, (size_t)MIN(n - at, TEXT_SIZE)), 0);
	}
	assert_true(vm_reader_next(reader, &frame));
	assert_int_equal(frame.kind, VM_FRAME_EVIDENCE);
	assert_int_equal(frame.length, BIG);
	assert_memory_equal(frame.payload, bytes, BIG);
	assert_int_equal(frame.payload[BIG], 0);
	assert_none(reader);
	assert_int_equal(vm_reader_foreign(reader), 0);
	vm_reader_destroy(reader);
	close(writer.fd);
	free(bytes);
	free(raw);
}

static void what_cannot_be_written(void **state UNUSED)
{
	struct vm_writer writer = { .fd = -1, .seq = 5, .nonce = NONCE };

	assert_int_equal(vm_channel_write(&writer, VM_FRAME_RESULT, "x",
					  (size_t)VM_FRAME_MAX + 1), -EMSGSIZE);
	assert_int_equal(vm_channel_write(&writer, VM_FRAME_RESULT, "x", 1),
			 -EBADF);
	assert_int_equal(writer.seq, 5);
}

/* ----------------------------------------------------------------- dishonest */

static void what_is_not_a_frame(void **state UNUSED)
{
	static const struct {
		const char *magic, *nonce, *seq, *kind, *length, *payload;
		unsigned int forged;
	} rows[] = {
		{ "pinvm1", OTHER, "0", "result", "2", "{}", 1 },
		/* A part of the nonce, and more than it. */
		{ "pinvm1", "0123456789abcdef", "0", "result", "2", "{}", 1 },
		{ "pinvm1", NONCE "0", "0", "result", "2", "{}", 1 },
		{ "pinvm1", "", "0", "result", "2", "{}", 1 },
		/* Not its turn. */
		{ "pinvm1", NONCE, "1", "result", "2", "{}", 1 },
		{ "pinvm1", NONCE, "18446744073709551616", "result", "2", "{}",
		  1 },
		/* Other ways to write the right numbers. */
		{ "pinvm1", NONCE, "00", "result", "2", "{}", 1 },
		{ "pinvm1", NONCE, "-0", "result", "2", "{}", 1 },
		{ "pinvm1", NONCE, "0", "result", "02", "{}", 1 },
		{ "pinvm1", NONCE, "0", "result", "+2", "{}", 1 },
		{ "pinvm1", NONCE, "0", "result", "0x2", "{}", 1 },
		{ "pinvm1", NONCE, "0 ", "result", "2", "{}", 1 },
		/* Lengths that are none: greater than any, and than a number. */
		{ "pinvm1", NONCE, "0", "result", "-1", "{}", 1 },
		{ "pinvm1", NONCE, "0", "result", "16777217", "{}", 1 },
		{ "pinvm1", NONCE, "0", "result", "18446744073709551618", "{}",
		  1 },
		/* The payload is longer than said: no newline where it ends. */
		{ "pinvm1", NONCE, "0", "result", "1", "{}", 1 },
		{ "pinvm1", NONCE, "0", "verdict", "2", "{}", 1 },
		{ "pinvm1", NONCE, "0", "", "2", "{}", 1 },
		{ "pinvm1", NONCE, "0", "RESULT", "2", "{}", 1 },
		/* Does not look like one. */
		{ "pinvm2", NONCE, "0", "result", "2", "{}", 0 },
		{ " pinvm1", NONCE, "0", "result", "2", "{}", 0 },
		{ "[  1.0] pinvm1", NONCE, "0", "result", "2", "{}", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = make_frame(rows[i].magic, rows[i].nonce,
					rows[i].seq, rows[i].kind,
					rows[i].length, rows[i].payload);
		char *right = make_frame("pinvm1", NONCE, "0", "result", "4",
					 "true");
		struct vm_reader *reader = vm_reader_create(NONCE);

		feed(reader, text);
		assert_none(reader);
		assert_int_equal(vm_reader_foreign(reader), strlen(text));
		assert_int_equal(vm_reader_forged(reader), rows[i].forged);
		/* It is no longer in the way of who does know. */
		feed(reader, right);
		assert_next(reader, "true");
		assert_none(reader);
		assert_int_equal(vm_reader_foreign(reader), strlen(text));
		vm_reader_destroy(reader);
		free(right);
		free(text);
	}
}

static void a_changed_byte_anywhere(void **state UNUSED)
{
	static const char *const one[] = { "{\"scenario\":\"a\"}", NULL };
	char text[TEXT_SIZE];
	size_t len = write_frames(text, sizeof(text), 0, one);

	for (size_t i = 0; i < len; i++) {
		struct vm_reader *reader = vm_reader_create(NONCE);

		text[i] ^= 1;
		assert_int_equal(vm_reader_feed(reader, text, len), 0);
		/* Behind a length that is greater now there may be more. */
		feed(reader, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
		     "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
		assert_none(reader);
		text[i] ^= 1;
		vm_reader_destroy(reader);
	}
}

/* The same frames once more are not news. */
static void a_repetition(void **state UNUSED)
{
	static const char *const two[] = { "first", "second", NULL };
	char text[TEXT_SIZE];
	size_t len = write_frames(text, sizeof(text), 0, two);
	struct vm_reader *reader = vm_reader_create(NONCE);

	for (int i = 0; i < 2; i++)
		assert_int_equal(vm_reader_feed(reader, text, len), 0);
	assert_next(reader, "first");
	assert_next(reader, "second");
	assert_none(reader);
	assert_int_equal(vm_reader_foreign(reader), len);
	assert_int_equal(vm_reader_forged(reader), 2);
	vm_reader_destroy(reader);
}

static void a_gap(void **state UNUSED)
{
	static const char *const first[] = { "first", NULL };
	static const char *const third[] = { "third", NULL };
	char text[TEXT_SIZE];
	struct vm_reader *reader = vm_reader_create(NONCE);

	assert_int_equal(vm_reader_feed(reader, text, write_frames(
		text, sizeof(text), 0, first)), 0);
	assert_int_equal(vm_reader_feed(reader, text, write_frames(
		text, sizeof(text), 2, third)), 0);
	assert_next(reader, "first");
	assert_none(reader);
	assert_int_equal(vm_reader_forged(reader), 1);
	vm_reader_destroy(reader);
}

/* Its end is missing, whatever comes behind it. */
static void a_cut_frame(void **state UNUSED)
{
	static const char *const one[] = { "{\"scenario\":\"a\"}", NULL };
	char text[TEXT_SIZE];
	size_t len = write_frames(text, sizeof(text), 0, one);

	for (size_t cut = 1; cut < len; cut++) {
		struct vm_reader *reader = vm_reader_create(NONCE);

		assert_int_equal(vm_reader_feed(reader, text, cut), 0);
		assert_none(reader);
		assert_int_equal(vm_reader_foreign(reader), cut);
		/* What was cut off is still wanted: the frame, begun anew. */
		feed(reader, "\n");
		assert_int_equal(vm_reader_feed(reader, text, len), 0);
		feed(reader, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
		if (cut < len - 1) {
			assert_next(reader, one[0]);
			assert_true(vm_reader_foreign(reader) > cut);
		}
		vm_reader_destroy(reader);
	}
}

/* Any bytes, more than fit into a line and less, before a frame. */
static void garbage(void **state UNUSED)
{
	uint64_t random = 88172645463325252ULL;
	uint64_t sent = 0;
	struct vm_reader *reader = vm_reader_create(NONCE);

	for (unsigned int round = 0; round < 2000; round++) {
		char bytes[512];
		size_t len;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		len = random % sizeof(bytes);
		for (size_t i = 0; i < len; i++)
			bytes[i] = (char)(random >> i % 57);
		assert_int_equal(vm_reader_feed(reader, bytes, len), 0);
		assert_none(reader);
		sent += len;
	}
	assert_int_equal(vm_reader_foreign(reader), sent);
	assert_int_equal(vm_reader_forged(reader), 0);
	feed(reader, "\n");

	char *right = make_frame("pinvm1", NONCE, "0", "result", "4", "true");

	feed(reader, right);
	assert_next(reader, "true");
	free(right);
	vm_reader_destroy(reader);
}

static void nothing(void **state UNUSED)
{
	struct vm_reader *reader = vm_reader_create(NONCE);

	assert_none(reader);
	assert_int_equal(vm_reader_feed(reader, NULL, 0), 0);
	assert_none(reader);
	assert_int_equal(vm_reader_foreign(reader), 0);
	vm_reader_destroy(reader);
	vm_reader_destroy(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_of_any_length),
		cmocka_unit_test(every_kind_has_a_name),
		cmocka_unit_test(large_and_binary),
		cmocka_unit_test(what_cannot_be_written),
		cmocka_unit_test(what_is_not_a_frame),
		cmocka_unit_test(a_changed_byte_anywhere),
		cmocka_unit_test(a_repetition),
		cmocka_unit_test(a_gap),
		cmocka_unit_test(a_cut_frame),
		cmocka_unit_test(garbage),
		cmocka_unit_test(nothing),
	};

	return cmocka_run_group_tests_name("vmchannel", tests, NULL, NULL);
}
