/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "gup-test": the kernel's own test of pins has the page, and
 * the CPU stores. That holder never writes, so the bytes come by a store.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/writers/holder.h"
#include "client/writers/writers.h"

static int probe(struct trial *trial)
{
	const char *path = "/sys/kernel/debug/gup_test";

	return access(path, R_OK | W_OK) ?
		trial_fail(trial, -EOPNOTSUPP, "%s: %s (CONFIG_GUP_TEST)", path,
			   strerror(errno)) : 0;
}

static int start(struct trial *trial)
{
	return holder_take(trial, "gup-test fd=g into=%s at=%llu len=%u",
			   trial->into, (unsigned long long)trial->at,
			   trial->len);
}

static int write_page(struct trial *trial)
{
	return trial->held ? store_writer.write(trial) : 0;
}

static int undo(struct trial *trial)
{
	return holder_drop(trial, "g", false);
}

const struct scenario_writer gup_test_writer = {
	.part = {
		.name = "gup-test",
		.help = "the kernel's test of pins has the page, and a store",
		.about = "CONFIG_GUP_TEST has a holder of pins for the "
			 "kernel's self-tests (mm/gup_test.c: "
			 "pin_longterm_test_start(), since 6.2): "
			 "FOLL_LONGTERM until its file is closed. It writes "
			 "nothing, so the bytes come by a CPU store: where "
			 "the pin is let (private memory, tmpfs; files up to "
			 "6.4) it shows that a pin alone changes nothing. "
			 "EFAULT for files since 6.5, as uring-fixed.",
		.is = PART_BY_ADDRESS | PART_REFUSED,
		.probe = probe,
	},
	.pin_case = "2",
	.pins = 1,
	.start = start,
	.write = write_page,
	.undo = undo,
};
