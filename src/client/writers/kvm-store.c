/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "kvm-store": a virtual machine that has the page mapped
 * before, and stores into it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/writers/holder.h"
#include "client/writers/writers.h"

static int probe(struct trial *trial)
{
#ifndef __x86_64__
	return trial_fail(trial, -EOPNOTSUPP, "the guest is x86 code");
#endif
	return access("/dev/kvm", R_OK | W_OK) ?
		trial_fail(trial, -EOPNOTSUPP, "/dev/kvm: %s",
			   strerror(errno)) : 0;
}

static int start(struct trial *trial)
{
	return holder_take(trial, "kvm-guest fd=g %s",
			   trial_content_words(trial));
}

static int write_page(struct trial *trial)
{
	if (!trial->held)
		return 0;
	trial_expect(trial, trial->target, CONTENT_WRITER_STORE, trial->at);
	return trial_start_call(trial, "kvm-store fd=g");
}

static int undo(struct trial *trial)
{
	return holder_drop(trial, "g", true);
}

const struct scenario_writer kvm_store_writer = {
	.part = {
		.name = "kvm-store",
		.help = "a virtual machine that has the page stores into it",
		.about = "A guest whose memory is the mapping, and which has "
			 "touched the page. KVM takes no pin: it maps the "
			 "page for the guest and is told when the process's "
			 "own mapping changes (virt/kvm/kvm_main.c: "
			 "kvm_mmu_notifier_invalidate_range_start()), CASE "
			 "3. When writeback write-protects the page "
			 "(folio_mkclean()) the guest loses it too, and its "
			 "next store faults in the process and waits as a "
			 "CPU store does: BLOCKED, the page is stable. Where "
			 "the processor does not help, instructions are "
			 "interpreted, and their stores are copies like "
			 "those of read(2), which wait as well.",
		.is = PART_BY_ADDRESS,
		.probe = probe,
	},
	.pin_case = "3",
	.start = start,
	.write = write_page,
	.undo = undo,
};
