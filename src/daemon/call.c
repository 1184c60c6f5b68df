/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of calls. A read(2) pins its buffer only when the file is opened with
 * O_DIRECT, and copies into it otherwise, where a fault of the page waits for
 * writeback; both have the same arguments, and both are listed as CALL_PIN.
 */
#include "daemon/call.h"

#include <sys/syscall.h>

#include "common/compiler.h"

#define NONE .memory = -1, .length = -1, .file = -1, .offset = -1, \
	.offset_pointer = -1, .from = -1, .process = -1

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const struct call_shape shapes[] = {
#define CALL(call, which, ...) \
	{ NONE, .number = SYS_##call, .name = #call, .kind = which, __VA_ARGS__ }
	CALL(read, CALL_PIN, .file = 0, .memory = 1, .length = 2),
	CALL(pread64, CALL_PIN, .file = 0, .memory = 1, .length = 2,
	     .offset = 3),
	CALL(readv, CALL_PIN, .file = 0, .memory = 1, .length = 2,
	     .vector = true),
	CALL(preadv, CALL_PIN, .file = 0, .memory = 1, .length = 2,
	     .vector = true, .offset = 3),
	CALL(preadv2, CALL_PIN, .file = 0, .memory = 1, .length = 2,
	     .vector = true, .offset = 3),
	CALL(process_vm_writev, CALL_PIN, .process = 0, .memory = 3,
	     .length = 4, .vector = true),
	CALL(process_vm_readv, CALL_PIN, .memory = 1, .length = 2,
	     .vector = true),
	CALL(recvfrom, CALL_PIN, .file = 0, .memory = 1, .length = 2),
	CALL(write, CALL_OVERWRITE, .file = 0, .memory = 1, .length = 2),
	CALL(pwrite64, CALL_OVERWRITE, .file = 0, .memory = 1, .length = 2,
	     .offset = 3),
	CALL(writev, CALL_OVERWRITE, .file = 0, .memory = 1, .length = 2,
	     .vector = true),
	CALL(pwritev, CALL_OVERWRITE, .file = 0, .memory = 1, .length = 2,
	     .vector = true, .offset = 3),
	CALL(pwritev2, CALL_OVERWRITE, .file = 0, .memory = 1, .length = 2,
	     .vector = true, .offset = 3),
	CALL(splice, CALL_OVERWRITE, .from = 0, .file = 2, .offset_pointer = 3,
	     .length = 4),
	CALL(sendfile, CALL_OVERWRITE, .file = 0, .from = 1, .length = 3),
	CALL(copy_file_range, CALL_OVERWRITE, .from = 0, .file = 2,
	     .offset_pointer = 3, .length = 4),
	CALL(vmsplice, CALL_ASYNCHRONOUS, .file = 0, .memory = 1, .length = 2,
	     .vector = true),
	CALL(io_submit, CALL_ASYNCHRONOUS, .length = 1),
	CALL(io_uring_enter, CALL_ASYNCHRONOUS, .file = 0),
	CALL(io_uring_register, CALL_ASYNCHRONOUS, .file = 0),
	CALL(ioctl, CALL_ASYNCHRONOUS, .file = 0),
	CALL(recvmsg, CALL_ASYNCHRONOUS, .file = 0),
	CALL(fallocate, CALL_OVERWRITE, .file = 0, .offset = 2, .length = 3),
#undef CALL
};
#pragma GCC diagnostic pop

const struct call_shape *call_shape(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (shapes[i].number == number)
			return &shapes[i];
	return NULL;
}

const struct call_shape *call_shapes(size_t *count_ret)
{
	*count_ret = ARRAY_SIZE(shapes);
	return shapes;
}
