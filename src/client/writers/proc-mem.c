/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the writer "proc-mem": pwrite(2) to /proc/self/mem. */
#include <errno.h>
#include <fcntl.h>

#include "client/errname.h"
#include "client/writers/writers.h"
#include "common/cleanup.h"

static int probe(struct trial *trial)
{
	autoclose int fd = open("/proc/self/mem", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		return 0;
	return trial_fail(trial, -EOPNOTSUPP, "/proc/self/mem: %s",
			  errname_from(errno));
}

static int write_page(struct trial *trial)
{
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE, trial->at);
	return trial_start_call(trial, "proc-mem %s",
				trial_content_words(trial));
}

const struct scenario_writer proc_mem_writer = {
	.part = {
		.name = "proc-mem",
		.help = "pwrite(2) to /proc/self/mem, where the page is mapped",
		.about = "mm/memory.c, __access_remote_vm(): "
			 "get_user_page_vma_remote(), which faults as a CPU "
			 "store does, a copy out of a kernel buffer, "
			 "set_page_dirty_lock() and put_page(), for one page "
			 "at a time and under mmap_lock. A reference got by "
			 "address and written through (CASE 5 of "
			 "pin_user_pages.rst, by get_user_pages() instead of "
			 "pin_user_pages()), but nothing can be made to wait "
			 "between the fault and the copy. So it is as good "
			 "as a store: BLOCKED. That the page was "
			 "write-protected again in the microsecond between "
			 "the two is possible and was never seen.",
		.is = PART_BY_ADDRESS,
		.probe = probe,
	},
	.pin_case = "5/get",
	.no_page = EIO,
	.write = write_page,
};
