/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decoding: what each operation's bytes say, and that nothing shorter than an
 * operation needs is accepted. Copies: own memory, aligned data, moved parts.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pinfs/control.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/request.h"

enum { HEADER = sizeof(struct fuse_in_header) };

/* A request put together by hand; its end is the end of the allocation. */
struct message {
	uint8_t *bytes;
	size_t len;
};

static void begin(struct message *message, uint32_t opcode)
{
	struct fuse_in_header header = {
		.opcode = opcode,
		.unique = 0x1122334455667788,
		.nodeid = 42,
		.pid = 4711,
	};

	message->bytes = NULL;
	message->len = sizeof(header);
	message->bytes = malloc(sizeof(header));
	assert_non_null(message->bytes);
	memcpy(message->bytes, &header, sizeof(header));
}

static void add(struct message *message, const void *data, size_t len)
{
	message->bytes = realloc(message->bytes, message->len + len);
	assert_non_null(message->bytes);
	if (len)
		memcpy(message->bytes + message->len, data, len);
	message->len += len;
}

/* Decode the first @len bytes, as a request of that length. */
static int decode(struct message *message, size_t len, struct request *request)
{
	uint32_t len32 = (uint32_t)len;

	*request = (struct request){ .bytes = message->bytes, .len = len,
				     .live_fd = -1 };
	if (len >= sizeof(len32))
		memcpy(message->bytes, &len32, sizeof(len32));
	return request_decode(request);
}

/*
 * Every shorter form is refused: from a buffer of just that size, so that a
 * sanitizer sees a look beyond the end.
 */
static void refuse_shorter(const struct message *message, size_t len)
{
	for (size_t n = 0; n < len; n++) {
		struct message part = { malloc(n ? n : 1), n };
		struct request request;

		assert_non_null(part.bytes);
		memcpy(part.bytes, message->bytes, n);
		assert_int_equal(decode(&part, n, &request), -EPROTO);
		free(part.bytes);
	}
}

static void the_header(UNUSED void **state)
{
	struct message message;
	struct request request;

	begin(&message, FUSE_STATFS);
	assert_int_equal(decode(&message, message.len, &request), 0);
	assert_int_equal(request.opcode, FUSE_STATFS);
	assert_true(request.unique == 0x1122334455667788);
	assert_int_equal(request.nodeid, 42);
	assert_int_equal(request.pid, 4711);
	assert_false(request.has_range);
	assert_int_equal(request.off, 0);
	assert_int_equal(request.size, 0);
	assert_null(request.name);
	refuse_shorter(&message, message.len);

	/* Bytes and header disagree about the length. */
	decode(&message, message.len, &request);
	add(&message, "", 1);
	request.bytes = message.bytes;
	request.len = message.len;
	assert_int_equal(request_decode(&request), -EPROTO);
	free(message.bytes);
}

/* Operations with names: the body before them, how many, is one an entry? */
static const struct {
	uint32_t opcode;
	size_t fixed;
	unsigned int strings;
	bool entry;
} named[] = {
	{ FUSE_LOOKUP, 0, 1, true },
	{ FUSE_SYMLINK, 0, 2, true },
	{ FUSE_MKNOD, 16, 1, true },
	{ FUSE_MKDIR, 8, 1, true },
	{ FUSE_UNLINK, 0, 1, true },
	{ FUSE_RMDIR, 0, 1, true },
	{ FUSE_RENAME, 8, 2, true },
	{ FUSE_RENAME2, 16, 2, true },
	{ FUSE_LINK, 8, 1, true },
	{ FUSE_CREATE, 16, 1, true },
	{ FUSE_TMPFILE, 16, 1, false },
	{ FUSE_SETXATTR, 8, 1, false },
	{ FUSE_GETXATTR, 8, 1, false },
	{ FUSE_REMOVEXATTR, 0, 1, false },
};

static void names(UNUSED void **state)
{
	static const uint8_t fixed[64];

	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		struct message message;
		struct request request;

		begin(&message, named[i].opcode);
		add(&message, fixed, named[i].fixed);
		for (unsigned int n = 0; n < named[i].strings; n++)
			add(&message, n ? "second" : "first",
			    n ? sizeof("second") : sizeof("first"));
		assert_int_equal(decode(&message, message.len, &request), 0);
		if (named[i].entry) {
			assert_ptr_equal(request.name, message.bytes + HEADER +
					 named[i].fixed);
			assert_string_equal(request.name, "first");
		} else {
			assert_null(request.name);
		}
		assert_false(request.has_range);
		refuse_shorter(&message, message.len);
		free(message.bytes);
	}
}

/* Bodies of a fixed length, which the kernel never sends shorter. */
static const struct {
	uint32_t opcode;
	size_t fixed;
} plain[] = {
	{ FUSE_FORGET, 8 }, { FUSE_GETATTR, 16 }, { FUSE_SETATTR, 88 },
	{ FUSE_READLINK, 0 }, { FUSE_OPEN, 8 }, { FUSE_RELEASE, 24 },
	{ FUSE_FSYNC, 16 }, { FUSE_LISTXATTR, 8 }, { FUSE_FLUSH, 24 },
	{ FUSE_OPENDIR, 8 }, { FUSE_READDIR, 40 }, { FUSE_READDIRPLUS, 40 },
	{ FUSE_RELEASEDIR, 24 }, { FUSE_FSYNCDIR, 16 }, { FUSE_ACCESS, 8 },
	{ FUSE_INTERRUPT, 8 }, { FUSE_IOCTL, 32 }, { FUSE_BATCH_FORGET, 8 },
	{ FUSE_NOTIFY_REPLY, 40 }, { FUSE_DESTROY, 0 }, { FUSE_POLL, 24 },
};

static void fixed_bodies(UNUSED void **state)
{
	/* BATCH_FORGET's count is in the first four. */
	static const uint8_t body[128] = { 0, 0, 0, 0, 5, 6, 7, 8, 9, 10 };

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		struct message message;
		struct request request;

		begin(&message, plain[i].opcode);
		add(&message, body, plain[i].fixed);
		assert_int_equal(decode(&message, message.len, &request), 0);
		assert_int_equal(request.opcode, plain[i].opcode);
		assert_null(request.name);
		assert_false(request.has_range);
		refuse_shorter(&message, message.len);
		free(message.bytes);
	}
}

/* libfuse would read as many as the count says. */
static void a_batch_is_as_long_as_it_says(UNUSED void **state)
{
	struct fuse_batch_forget_in in = { .count = 2 };
	struct fuse_forget_one one = { .nodeid = 5, .nlookup = 1 };
	struct message message;
	struct request request;

	begin(&message, FUSE_BATCH_FORGET);
	add(&message, &in, sizeof(in));
	add(&message, &one, sizeof(one));
	assert_int_equal(decode(&message, message.len, &request), -EPROTO);
	add(&message, &one, sizeof(one));
	assert_int_equal(decode(&message, message.len, &request), 0);
	free(message.bytes);
}

/* An operation that no table has: its header is all that is known. */
static void unknown_operations(UNUSED void **state)
{
	static const uint32_t opcodes[] = { 0, 7, 52, 53, 63, 64, 4096,
					    UINT32_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		struct message message;
		struct request request;

		begin(&message, opcodes[i]);
		assert_int_equal(decode(&message, message.len, &request), 0);
		assert_int_equal(request.opcode, opcodes[i]);
		assert_false(request.has_range);
		refuse_shorter(&message, message.len);
		free(message.bytes);
	}
}

static void expect_range(uint32_t opcode, const void *body, size_t body_len,
			 uint64_t off, uint64_t size)
{
	struct message message;
	struct request request;

	begin(&message, opcode);
	add(&message, body, body_len);
	assert_int_equal(decode(&message, message.len, &request), 0);
	assert_true(request.has_range);
	assert_true(request.off == off);
	assert_true(request.size == size);
	assert_int_equal(request.flags, 0);
	refuse_shorter(&message, message.len);
	free(message.bytes);
}

static void ranges(UNUSED void **state)
{
	const uint64_t far = UINT64_C(0x123456789000);
	const struct fuse_read_in read_in = {
		.fh = 1, .offset = far, .size = 0x80000000, .flags = 7,
	};
	const struct fuse_fallocate_in fallocate_in = {
		.fh = 1, .offset = 4096, .length = far, .mode = 3,
	};
	const struct fuse_lseek_in lseek_in = {
		.fh = 1, .offset = far, .whence = 3,
	};
	const struct fuse_copy_file_range_in copy_in = {
		.fh_in = 1, .off_in = far, .nodeid_out = 2, .fh_out = 3,
		.off_out = 4, .len = far + 1, .flags = 5,
	};

	expect_range(FUSE_READ, &read_in, sizeof(read_in), far, 0x80000000);
	expect_range(FUSE_FALLOCATE, &fallocate_in, sizeof(fallocate_in), 4096,
		     far);
	expect_range(FUSE_LSEEK, &lseek_in, sizeof(lseek_in), far, 0);
	expect_range(FUSE_COPY_FILE_RANGE, &copy_in, sizeof(copy_in), far,
		     far + 1);
}

static void begin_write(struct message *message, uint32_t size)
{
	const struct fuse_write_in in = {
		.fh = 9, .offset = 8192, .size = size,
		.write_flags = FUSE_WRITE_CACHE, .flags = O_RDWR | O_DIRECT,
	};

	begin(message, FUSE_WRITE);
	add(message, &in, sizeof(in));
	for (uint32_t i = 0; i < size; i++)
		add(message, &(uint8_t){ (uint8_t)(i * 7) }, 1);
}

static void writes(UNUSED void **state)
{
	struct message message;
	struct request request;

	begin_write(&message, 100);
	assert_int_equal(decode(&message, message.len, &request), 0);
	assert_true(request.has_range);
	assert_int_equal(request.off, 8192);
	assert_int_equal(request.size, 100);
	assert_int_equal(request.flags, O_RDWR | O_DIRECT);
	assert_int_equal(request.write_flags, FUSE_WRITE_CACHE);
	refuse_shorter(&message, message.len);
	free(message.bytes);
}

static void operation_names(UNUSED void **state)
{
	static const struct {
		const char *name;
		int opcode;
	} rows[] = {
#define ROW(name, opcode) { #name, opcode },
		PINFS_CONTROL_OPS(ROW)
#undef ROW
	};
	char buf[16];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(request_op_from_name(rows[i].name),
				 rows[i].opcode);
		assert_string_equal(request_op_name(rows[i].opcode, buf),
				    rows[i].name);
	}
	assert_int_equal(request_op_from_name("write"), FUSE_WRITE);
	assert_int_equal(request_op_from_name("rename2"), FUSE_RENAME2);
	assert_int_equal(request_op_from_name(""), -1);
	assert_int_equal(request_op_from_name("Write"), -1);
	assert_int_equal(request_op_from_name("any"), -1);
	assert_string_equal(request_op_name(FUSE_INIT, buf), "op26");
	assert_string_equal(request_op_name(0, buf), "op0");
	assert_string_equal(request_op_name(UINT32_MAX, buf), "op4294967295");
}

static void replies_that_are_wanted(UNUSED void **state)
{
	for (uint32_t opcode = 0; opcode < 70; opcode++)
		assert_int_equal(request_wants_reply(opcode),
				 opcode != 2 && opcode != 36 && opcode != 41 &&
				 opcode != 42);
}

static void copies_of_writes_are_aligned(UNUSED void **state)
{
	static const uint32_t sizes[] = { 1, 4096, 4097, 10000 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct message message;
		struct request request;
		struct request *copy;

		begin_write(&message, sizes[i]);
		assert_int_equal(decode(&message, message.len, &request), 0);
		copy = request_detach(&request);
		assert_non_null(copy);
		assert_true(copy->detached);
		assert_false(request.detached);
		assert_ptr_not_equal(copy->bytes, message.bytes);
		assert_int_equal(((uintptr_t)copy->bytes + 80) % page, 0);
		assert_int_equal(copy->len, message.len);
		assert_memory_equal(copy->bytes, message.bytes, message.len);
		assert_int_equal(copy->size, sizes[i]);
		assert_null(copy->name);
		free(message.bytes);
		assert_ptr_equal(request_detach(copy), copy);
		request_destroy(copy);
	}
}

static void the_rest_moves_with_the_copy(UNUSED void **state)
{
	struct message message;
	struct request request;
	struct request *copy;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	begin(&message, FUSE_LOOKUP);
	add(&message, "name", 5);
	assert_int_equal(decode(&message, message.len, &request), 0);
	request.live_fd = fds[0];
	request.reply = malloc(10);
	request.reply_len = 10;
	request.arrival_ns = 77;

	copy = request_detach(&request);
	assert_non_null(copy);
	free(message.bytes);
	assert_int_equal(request.live_fd, -1);
	assert_null(request.reply);
	assert_int_equal(request.reply_len, 0);
	assert_int_equal(copy->live_fd, fds[0]);
	assert_int_equal(copy->reply_len, 10);
	assert_int_equal(copy->arrival_ns, 77);
	assert_ptr_equal(copy->name, copy->bytes + HEADER);
	assert_string_equal(copy->name, "name");

	request_destroy(copy);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	close(fds[1]);
	request_destroy(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header),
		cmocka_unit_test(names),
		cmocka_unit_test(fixed_bodies),
		cmocka_unit_test(a_batch_is_as_long_as_it_says),
		cmocka_unit_test(unknown_operations),
		cmocka_unit_test(ranges),
		cmocka_unit_test(writes),
		cmocka_unit_test(operation_names),
		cmocka_unit_test(replies_that_are_wanted),
		cmocka_unit_test(copies_of_writes_are_aligned),
		cmocka_unit_test(the_rest_moves_with_the_copy),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
