/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps about the test itself: wait for started steps, mark the log. */
#include <stdlib.h>

#include "client/ctlclient.h"
#include "client/quote.h"
#include "client/steps-call.h"
#include "common/cleanup.h"

#define WAIT_NS (10 * CLOCK_NS_PER_SEC)
#define MARK_NS (10 * CLOCK_NS_PER_SEC)

/* Started steps of this number (0: of any) by how they are. */
struct tally {
	unsigned int found;
	unsigned int running;
	unsigned int ok;
};

static struct tally tally_locked(struct steps *steps, unsigned int number)
	REQUIRES(steps->lock)
{
	struct tally tally = { 0 };

	list_for_each(node, &steps->jobs) {
		struct steps_job *job;

		job = list_entry(node, struct steps_job, node);
		if (number && job->number != number)
			continue;
		tally.found++;
		tally.running += job->state == STEPS_PREPARING ||
				 job->state == STEPS_RUNNING;
		tally.ok += job->state == STEPS_OK;
	}
	return tally;
}

static struct tally wait_until(struct steps *steps, unsigned int number,
			       uint64_t deadline_ns)
{
	struct tally tally;

	mutex_lock(&steps->lock);
	for (;;) {
		tally = tally_locked(steps, number);
		if (tally.running == 0 || clock_now_ns() >= deadline_ns)
			break;
		mutex_cond_wait_until(&steps->changed, &steps->lock,
				      deadline_ns);
	}
	mutex_unlock(&steps->lock);
	return tally;
}

static uint64_t timeout_word(struct steps_call *call)
{
	const char *text = steps_text_or(call, "timeout", NULL);
	uint64_t ns = WAIT_NS;

	if (text && parse_duration(text, &ns))
		steps_bad(call, "timeout=%s is not a duration", text);
	return ns;
}

/* Return: how many have ended ok. */
long steps_do_wait(struct steps_call *call)
{
	unsigned int number = 0;
	uint64_t timeout_ns = timeout_word(call);
	struct tally tally;

	if (steps_has(call, "step")) {
		number = (unsigned int)steps_number(call, "step", UINT32_MAX);
		if (!wait_until(call->steps, number, 0).found || !number)
			steps_bad(call, "step %u was not started", number);
	}
	if (call->job)
		steps_bad(call, "wait cannot be started with '&'");
	if (!steps_begin(call))
		return 0;
	call->start_ns = clock_now_ns();
	tally = wait_until(call->steps, number, clock_deadline_ns(timeout_ns));
	call->end_ns = clock_now_ns();
	if (tally.running > 0) {
		steps_say(call, "running", "%u", tally.running);
		return -ETIMEDOUT;
	}
	return tally.ok;
}

/* A connection of its own: a mark may be set while another waits. */
static long send_mark(const char *mountpoint, const char *text)
{
	struct ctlclient *client = NULL;
	long ret = ctlclient_open(mountpoint, &client);

	if (!ret)
		ret = ctlclient_ask(client, clock_deadline_ns(MARK_NS), NULL,
				    "mark text=%s", text);
	ctlclient_close(client);
	return ret;
}

long steps_do_mark(struct steps_call *call)
{
	const char *mountpoint = call->steps->config.mountpoint;
	const char *text = steps_text(call, "text");
	autofree char *quoted = NULL;
	long ret;

	if (!mountpoint)
		steps_bad(call, "mark needs a mount, and none was given");
	if (!call->bad[0])
		call->err = -quote_word(text, &quoted);
	if (!steps_begin(call))
		return 0;
	call->start_ns = clock_now_ns();
	ret = send_mark(mountpoint, quoted);
	call->end_ns = clock_now_ns();
	return ret;
}
