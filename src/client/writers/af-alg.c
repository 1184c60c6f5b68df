/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "af-alg": the kernel's crypto decrypts into the page, by
 * recvmsg(2) of an AF_ALG socket with two segments, of which the second is not
 * in memory. What is decrypted is in the socket before, so nothing else waits.
 */
#include <errno.h>
#include <linux/if_alg.h>
#include <sys/socket.h>

#include "client/errname.h"
#include "client/writers/fault.h"
#include "client/writers/writers.h"
#include "common/cleanup.h"

/* The step's cipher is not there without the module that has it. */
static int probe(struct trial *trial)
{
	static const struct sockaddr_alg address = {
		.salg_family = AF_ALG,
		.salg_type = "skcipher",
		.salg_name = "ctr(aes)",
	};
	autoclose int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return trial_fail(trial, -EOPNOTSUPP, "there is no AF_ALG: %s",
				  errname_from(errno));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return trial_fail(trial, -EOPNOTSUPP,
				  "AF_ALG has no ctr(aes): %s",
				  errname_from(errno));
	return 0;
}

static int start(struct trial *trial)
{
	char list[FAULT_LIST_SIZE];
	int err = fault_make(trial);

	if (err)
		return err;
	trial_expect(trial, trial->target, CONTENT_WRITER_WRITE, trial->at);
	trial->beside = FAULT_BYTES;
	fault_list(trial, trial->into, trial->at, list);
	return fault_start(trial, "af-alg segments=%s,f:%llu:%d gen=%d "
			   "file=%s file-off=%llu", list,
			   (unsigned long long)fault_at(trial), FAULT_BYTES,
			   TRIAL_GENERATION_NEW, trial->target,
			   (unsigned long long)trial->at);
}

const struct scenario_writer af_alg_writer = {
	.part = {
		.name = "af-alg",
		.help = "AF_ALG decrypts into the page, and into one that has to be read first",
		.about = "recvmsg(2) of an AF_ALG socket: crypto/af_alg.c, "
			 "af_alg_get_rsgl() takes the pages segment by "
			 "segment (plain references up to 6.1, by "
			 "extract_iter_to_sg() pins from 6.12 on), the "
			 "cipher writes into them by the CPU, and "
			 "af_alg_free_sg() lets go without marking them "
			 "dirty. They count on the page table, which the "
			 "fault has made dirty when the page was taken; one "
			 "writeback in between cleans that, and what is "
			 "decrypted then never reaches the store: LOST, and "
			 "while the WRITE is held UNSTABLE before that. CASE "
			 "5 of pin_user_pages.rst, done as its text says not "
			 "to: whoever has pinned a page to write into it "
			 "must call set_page_dirty_lock().",
		.is = PART_BY_ADDRESS | PART_HOLDS,
		.rejects = PART_EVENT,
		.probe = probe,
	},
	.pin_case = "5",
	/* All once more before: the step encrypts into private memory. */
	.pins = 2,
	.pins_beside = 2,
	.vectored = true,
	.start = start,
	.write = trial_let_land,
	.undo = fault_drop,
};
