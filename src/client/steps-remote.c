/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that write into memory as if it were another process's, though it
 * is this one's own; ptrace(2) needs another: steps-ptrace.c.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "common/cleanup.h"

/* Not built in, or not for us: not to be taken for a call that failed. */
static void say_refused(struct steps_call *call, const char *what, long ret)
{
	if (ret == -ENOSYS || ret == -EPERM || ret == -EACCES)
		steps_say(call, "refused", "%s", what);
}

/*
 * The pages written to are pinned before the first byte is copied, 16 of them
 * at a time, with the address space unlocked (mm/process_vm_access.c:
 * process_vm_rw_single_vec(), 6.1 to 6.18). So a segment whose page has to be
 * read first keeps the pin waiting, and nothing else of the client.
 */
long steps_do_vm_writev(struct steps_call *call)
{
	struct steps_segments from = steps_segments(call);
	uint64_t at = steps_size_or(call, "at", 0);
	struct steps_mem into = steps_mem(call, "into", at, from.len);
	struct iovec remote = { into.addr, into.len };
	long ret;

	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, process_vm_writev(getpid(), from.iov,
						  (unsigned long)from.count,
						  &remote, 1, 0));
	say_refused(call, "process_vm_writev", ret);
	return ret;
}

/*
 * The bytes are in a kernel buffer when the page is looked up, and the address
 * space stays locked until they are in it (mm/memory.c:
 * __access_remote_vm(), 6.1 to 6.18).
 */
long steps_do_proc_mem(struct steps_call *call)
{
	uint64_t at = steps_size_or(call, "at", 0);
	size_t len = steps_len(call);
	struct steps_mem mem = steps_mem(call, "into", at, len);
	autofree void *buf = steps_filled(call, len, mem.file, mem.off);

	if (!steps_begin(call))
		return 0;

	autoclose int fd = open("/proc/self/mem", O_WRONLY | O_CLOEXEC);

	if (fd < 0) {
		int err = -errno;

		steps_say(call, "refused", "open");
		return err;
	}
	return STEPS_TIMED(call, pwrite(fd, buf, len, (off_t)(uintptr_t)
					mem.addr));
}
