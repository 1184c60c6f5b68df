/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * INTERRUPT: a signal has come for a caller that waits for its answer.
 *
 * The kernel sends one for any signal, and only once (fs/fuse/dev.c:
 * request_wait_answer(), 6.18); and the caller waits on, uninterruptibly, since
 * its request has been received. So a hold is ended only for a caller that is
 * being killed: a test may well send its clients other signals. At arrive the
 * request is then answered EINTR, and has no effect; at reply its effect is done,
 * and its answer is sent.
 *
 * Everything else may change: the request may be held later, the caller killed
 * later. Answering the INTERRUPT with EAGAIN makes the kernel send it again if
 * the request still waits (fuse_dev_do_write(), queue_interrupt()), so that
 * nothing need be remembered here: it is kept for LOOK_MS, and sent back.
 *
 * What is not covered: FUSE_ASYNC_DIO, which we leave on, because with it O_DIRECT
 * reads and writes of io_uring and libaio are under way while their submitter runs
 * on, which is what most of the writers of pinned pages are. The price is that
 * O_DIRECT requests are background requests, for which the kernel sends no
 * INTERRUPT: a killed client that waits for one is freed by its deadline.
 */
#include "daemon/session-internal.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "daemon/fs.h"

enum { LOOK_MS = 100 };

/* The request that is meant, among what is held. */
struct search {
	uint64_t unique;
	uint64_t hold_id;	/* 0: it is not held */
	pid_t pid;
};

static bool look_at(const struct hold *hold, void *context)
{
	const struct request *request = container_of(hold, struct request, hold);
	struct search *search = context;

	if (request->unique != search->unique)
		return true;
	search->hold_id = hold->id;
	search->pid = request->pid;
	return false;
}

static bool has_sigkill(const char *status, const char *key)
{
	const char *line = strstr(status, key);

	return line && strtoull(line + strlen(key), NULL, 16) &
		       (1ULL << (SIGKILL - 1));
}

/*
 * Is SIGKILL pending, or the thread gone? A fatal signal that dumps no core is
 * SIGKILL by then (kernel/signal.c: complete_signal(), 6.18). Of a caller whose
 * process cannot be seen from here nothing is known but the INTERRUPT. Reading
 * this file takes no lock of the process's memory.
 */
static bool is_being_killed(pid_t pid)
{
	autofree char *status = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (!pid || fdio_read_file(path, &status))
		return true;
	return has_sigkill(status, "\nSigPnd:") ||
	       has_sigkill(status, "\nShdPnd:");
}

static void let_go(struct hold *hold, UNUSED void *context)
{
	container_of(hold, struct request, hold)->interrupted = true;
}

/* Return: whether the request was held, and is not any more. */
static bool end_hold(struct fs *fs, uint64_t unique)
{
	struct search search = { .unique = unique };
	struct hold_choice choice = { .n = 1, .told = let_go };

	hold_each(fs->holds, look_at, &search);
	if (!search.hold_id || !is_being_killed(search.pid))
		return false;
	choice.hold_id = search.hold_id;
	return hold_release_chosen_start(fs->holds, &choice);
}

/* Ask for it again; ENOENT: the request has been answered. */
static void send_back(struct request *request)
{
	struct session *session = request->session;
	struct fuse_out_header out = {
		.len = sizeof(out),
		.error = -EAGAIN,
		.unique = request->unique,
	};

	/* At the end nothing is held, and nothing waits for it. */
	if (!atomic_load(&session->closing))
		(void)!write(fuse_session_fd(session->fuse), &out, sizeof(out));
}

void session_interrupt(struct request *request)
{
	const struct fuse_interrupt_in *in = (const void *)
		(request->bytes + sizeof(struct fuse_in_header));
	struct gate_plan later = {
		.keeper = HOLD_GATE_WINDOW,
		.timed = true,
		.deadline_ns = clock_deadline_ns(LOOK_MS * CLOCK_NS_PER_MS),
	};

	if (end_hold(request->session->fs, in->unique))
		return;
	if (!session_park(request, &later, send_back))
		send_back(request);
}
