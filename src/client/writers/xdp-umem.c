/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the writer "xdp-umem": packets that a socket receives into memory which
 * was registered with it. Where that is let, packets of a loopback bring the
 * bytes (steps-xdp.c).
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/steps-packets.h"
#include "client/writers/holder.h"
#include "client/writers/writers.h"
#include "common/cleanup.h"

static int probe(struct trial *trial)
{
	autoclose int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	return fd < 0 ? trial_fail(trial, -EOPNOTSUPP, "no socket of AF_XDP: "
				   "%s", strerror(errno)) : 0;
}

static int start(struct trial *trial)
{
	return holder_take(trial, "xdp-umem fd=x %s",
			   trial_content_words(trial));
}

static int write_page(struct trial *trial)
{
	if (!trial->held)
		return 0;
	trial_expect(trial, trial->target, CONTENT_WRITER_STORE, trial->at);
	return trial_start_call(trial, "xdp-store fd=x");
}

/*
 * The kernel lets go of the pages, and dirties them, by and by
 * (net/xdp/xdp_umem.c: xdp_put_umem()): where the file was closed before that,
 * writeback has nothing to write by, and warns (fs/fuse/file.c:
 * fuse_writepages_fill(), 6.1).
 */
static int undo(struct trial *trial)
{
	int err = holder_drop(trial, "x", true);

	trial_await_unpinned(trial);
	return err;
}

const struct scenario_writer xdp_umem_writer = {
	.part = {
		.name = "xdp-umem",
		.help = "packets that a socket receives into the page",
		.about = "XDP_UMEM_REG pins the memory of a socket with "
			 "FOLL_LONGTERM for as long as it is open "
			 "(net/xdp/xdp_umem.c: xdp_umem_pin_pages()): CASE "
			 "2. Shared mappings of files are EFAULT since 6.5 "
			 "(mm/gup.c: check_vma_flags()). Until then the "
			 "socket had the page across any number of "
			 "writebacks, and a packet could come during each "
			 "(__xsk_rcv() copies; hardware with zero copy "
			 "writes by itself): the page is dirtied when the "
			 "socket is closed, so bytes that come after a "
			 "writeback can get lost.",
		.is = PART_BY_ADDRESS | PART_REFUSED,
		.probe = probe,
	},
	.pin_case = "2",
	.least = STEPS_PACKETS_MIN,
	.pins = 4,	/* the page twice, and one on each side */
	.start = start,
	.write = write_page,
	.undo = undo,
};
