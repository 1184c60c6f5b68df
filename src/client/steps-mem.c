/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps on memory: map, store, munmap, and what its pages are like. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "client/faultguard.h"
#include "client/pageinfo.h"
#include "client/steps-call.h"
#include "common/cleanup.h"

/* For STEPS_TIMED(): a pointer is no value to be compared with 0. */
static long try_mmap(size_t len, int prot, int flags, int fd, uint64_t off,
		     void **addr_ret)
{
	*addr_ret = mmap(NULL, len, prot, flags, fd, (off_t)off);
	return *addr_ret == MAP_FAILED ? -1 : 0;
}

int steps_protection(struct steps_call *call, const char *mode)
{
	if (strcmp(mode, "r") == 0)
		return PROT_READ;
	if (strcmp(mode, "rw") != 0)
		steps_bad(call, "mode=%s is not r or rw", mode);
	return PROT_READ | PROT_WRITE;
}

long steps_do_map(struct steps_call *call)
{
	const char *name = steps_new_mem(call, "mem");
	struct steps_fd fd = steps_fd(call, "fd");
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	int prot = steps_protection(call, steps_text_or(call, "mode", "rw"));
	int flags = steps_flag(call, "private") ? MAP_PRIVATE : MAP_SHARED;
	void *addr = NULL;
	long ret;

	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, try_mmap(len, prot, flags, fd.fd, off, &addr));
	return ret < 0 ? ret :
		steps_name_mem(call, name, fd.file, addr, len, off);
}

long steps_do_munmap(struct steps_call *call)
{
	struct steps_mem mem;

	steps_mem(call, "mem", 0, 0);
	if (!steps_check(call))
		return 0;
	mem = steps_take_mem(call, "mem");
	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, munmap(mem.addr, mem.len));
}

/* For STEPS_TIMED(): a signal is EFAULT. */
static long guarded_store(void *to, const void *from, size_t len, int *number)
{
	*number = faultguard_copy(to, from, len);
	errno = EFAULT;
	return *number ? -1 : (long)len;
}

long steps_do_store(struct steps_call *call)
{
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	struct steps_mem mem = steps_mem(call, "mem", off, len);
	uint64_t file_off = mem.off;
	struct content_id id = steps_content(call, mem.file,
					     CONTENT_WRITER_STORE, &file_off);
	autofree void *buf = steps_buffer(call, len);
	int number = 0;
	long ret;

	if (buf)
		content_fill(buf, len, file_off, &id);
	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, guarded_store(mem.addr, buf, len, &number));
	if (number)
		steps_say(call, "signal", "SIG%s", sigabbrev_np(number));
	return ret;
}

long steps_do_pageflags(struct steps_call *call)
{
	uint64_t off = steps_size_or(call, "off", 0);
	struct steps_mem mem = steps_mem(call, "mem", off, 1);
	char text[PAGEINFO_TEXT_SIZE];
	uint64_t flags = 0;
	int err;

	if (!steps_begin(call))
		return 0;
	call->start_ns = clock_now_ns();
	err = pageinfo_flags(mem.addr, &flags);
	call->end_ns = clock_now_ns();
	if (err)
		return err;
	pageinfo_describe(flags, text);
	steps_say(call, "flags", "%s", text);
	return 0;
}
