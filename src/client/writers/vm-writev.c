/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "vm-writev": process_vm_writev(2) out of a mapped page that
 * has to be read. The page written to is pinned first, and the copy then waits
 * for the page that it comes from.
 */
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client/errname.h"
#include "client/writers/fault.h"
#include "client/writers/writers.h"

/* Of nothing: says only whether there is such a call. */
static int probe(struct trial *trial)
{
	if (process_vm_writev(getpid(), NULL, 0, NULL, 0, 0) == 0)
		return 0;
	return trial_fail(trial, -EOPNOTSUPP, "process_vm_writev: %s",
			  errname_from(errno));
}

static int start(struct trial *trial)
{
	char list[FAULT_LIST_SIZE];
	int err = fault_make(trial);

	if (err)
		return err;
	trial_expect(trial, trial->source, CONTENT_WRITER_CREATE, 0);
	fault_list(trial, "f", 0, list);
	return fault_start(trial, "vm-writev into=%s at=%llu segments=%s",
			   trial->into, (unsigned long long)trial->at, list);
}

const struct scenario_writer vm_writev_writer = {
	.part = {
		.name = "vm-writev",
		.help = "process_vm_writev(2) into the page, from one that has to be read first",
		.about = "process_vm_writev(2) pins the pages that it writes "
			 "to and then copies (mm/process_vm_access.c, "
			 "process_vm_rw_single_vec(): "
			 "pin_user_pages_remote(), copy_page_from_iter(), "
			 "unpin_user_pages_dirty_lock(), in all versions "
			 "from 6.1 on; mmap_lock is dropped in between). "
			 "When the page that the bytes come from is not in "
			 "memory, the copy sleeps in its fault, with the "
			 "other page pinned. The pin itself has faulted as a "
			 "CPU store does; what the CPU writes afterwards "
			 "goes past the page table. CASE 5 of "
			 "pin_user_pages.rst: a CPU write into a page that "
			 "was got by address; pinning it properly, as is "
			 "done here, does not keep it stable.",
		.is = PART_BY_ADDRESS | PART_HOLDS,
		.probe = probe,
	},
	.pin_case = "5",
	.pins = 1,
	.vectored = true,
	.start = start,
	.write = trial_let_land,
	.undo = fault_drop,
};
