/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handing a request to libfuse, also when it has no memory for it.
 *
 * Without memory for its own record of a request libfuse answers ENOMEM and
 * does not call the operation (fuse_session_process_buf_int(), 3.14). Where the
 * kernel takes no answer, or does not look at it, a handle or a count would stay
 * for good; and the number of a reply to a notification is libfuse's own, which
 * may be that of another request.
 */
#include "daemon/session-internal.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>

#include "common/clock.h"
#include "common/log.h"

enum { PROCESS_TRIES = 500, PROCESS_RETRY_MS = 10 };

static _Thread_local bool processing;	/* an answer now is libfuse's */
static _Thread_local bool refused;	/* the current request, by libfuse */

static bool must_be_done(uint32_t opcode)
{
	return opcode == FUSE_RELEASE || opcode == FUSE_RELEASEDIR ||
	       !request_wants_reply(opcode);
}

bool session_is_refusal(const struct request *request,
			const struct fuse_out_header *out)
{
	if (!processing || out->error != -ENOMEM ||
	    !must_be_done(request->opcode))
		return false;
	refused = true;
	return true;
}

void session_process(struct session *session, uint32_t opcode,
		     const struct fuse_buf *buf)
{
	for (int tries = 0; tries < PROCESS_TRIES; tries++) {
		refused = false;
		processing = true;
		fuse_session_process_buf(session->fuse, buf);
		processing = false;
		if (!refused || session_ended(session))
			return;
		clock_sleep_ns(PROCESS_RETRY_MS * CLOCK_NS_PER_MS);
	}
	log_err("no memory for a request (operation %u): it is lost", opcode);
}
