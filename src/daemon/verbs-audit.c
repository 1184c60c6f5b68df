/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs that compare the page cache with the store, and plant what differs. */
#include "daemon/verbs-internal.h"

#include <errno.h>

#include "common/clock.h"
#include "daemon/audit.h"

int verbs_audit(struct verbs_call *call)
{
	struct audit_question question = {
		.connection = call->connection,
		.timeout_ns = 5 * CLOCK_NS_PER_SEC,
	};
	const char *why = NULL;
	int err = verbs_number(call, "ino", parse_u64, &question.ino);

	if (!err)
		err = verbs_number(call, "off", parse_size, &question.off);
	if (!err)
		err = verbs_number(call, "len", parse_size, &question.len);
	if (!err)
		err = verbs_number(call, "id", parse_u64, &question.id);
	if (!err)
		err = verbs_number(call, "timeout", parse_duration,
			     &question.timeout_ns);
	if (!err)
		err = verbs_no_more_words(call);
	if (!err && question.timeout_ns > 60 * CLOCK_NS_PER_SEC)
		err = verbs_fail(call, -ERANGE, "timeout= is longer than a minute");
	if (!err && !question.ino == !question.id)
		err = verbs_fail(call, -EINVAL, "audit needs one of ino= and id=");
	if (err)
		return err;
	err = audit_ask(call->fs, &question, call->reply, &why);
	return err && why ? verbs_fail(call, err, "%s", why) : err;
}

int verbs_store(struct verbs_call *call)
{
	uint64_t ino = 0, off = 0, len = 1, byte = UINT64_MAX;
	int err = verbs_number(call, "ino", parse_u64, &ino);

	if (!err)
		err = verbs_number(call, "off", parse_size, &off);
	if (!err)
		err = verbs_number(call, "len", parse_size, &len);
	if (!err)
		err = verbs_number(call, "byte", parse_u64, &byte);
	if (!err)
		err = verbs_no_more_words(call);
	if (!err && (!ino || byte > UINT8_MAX || !len || len > AUDIT_PLANT_MAX))
		err = verbs_fail(call, -EINVAL, "store needs ino=, byte= of 0 to 255 "
			   "and at most 1m bytes");
	return err ? err : audit_plant(call->fs, ino, off, len, (uint8_t)byte);
}
