/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The step that gives memory to somebody who keeps it: the kernel's own holder
 * of pins, for its self-tests (CONFIG_GUP_TEST; mm/gup_test.c:
 * pin_longterm_test_start(), since 6.2). There is one of it, it keeps the pins
 * until its file is closed, and it never writes.
 */
#include <fcntl.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "common/cleanup.h"

static const char holder[] = "/sys/kernel/debug/gup_test";

/* As in mm/gup_test.h, which is not installed. */
struct holder_start {
	__aligned_u64 addr;
	__aligned_u64 size;
	__u32 flags;
};

enum { HOLDER_WRITE = 1 };

#define HOLDER_START _IOW('g', 7, struct holder_start)

/* Whole pages: it takes no other. */
static struct holder_start whole_pages(const struct steps_mem *mem, bool write)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = (uintptr_t)mem->addr / page * page;
	uintptr_t end = ((uintptr_t)mem->addr + mem->len + page - 1) / page;

	return (struct holder_start){
		.addr = begin,
		.size = end * page - begin,
		.flags = write ? HOLDER_WRITE : 0,
	};
}

static bool write_word(struct steps_call *call)
{
	const char *mode = steps_text_or(call, "mode", "rw");

	if (strcmp(mode, "r") != 0 && strcmp(mode, "rw") != 0)
		steps_bad(call, "mode=%s is not r or rw", mode);
	return strcmp(mode, "rw") == 0;
}

long steps_do_gup_test(struct steps_call *call)
{
	const char *name = steps_new_fd(call, "fd");
	uint64_t at = steps_size_or(call, "at", 0);
	size_t len = steps_len(call);
	struct steps_mem mem = steps_mem(call, "into", at, len);
	struct holder_start start = whole_pages(&mem, write_word(call));
	long ret;

	if (!steps_begin(call))
		return 0;

	autoclose int fd = open(holder, O_RDWR | O_CLOEXEC);

	ret = fd < 0 ? -errno :
		       STEPS_TIMED(call, ioctl(fd, HOLDER_START, &start));
	/* 6.1 has the file, and not this call. */
	if (fd < 0 || ret == -ENOTTY)
		steps_say(call, "refused", "gup_test");
	if (!ret)
		ret = steps_add_fd(call->steps, name, mem.file, fd, false);
	if (!ret)
		steal_fd(&fd);
	return ret;
}
