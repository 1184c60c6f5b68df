/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs about a file's page cache: compare it with the store, plant what
 * differs, drop it.
 */
#include "daemon/verbs-internal.h"

#include <errno.h>

#include "common/clock.h"
#include "daemon/audit.h"
#include "daemon/fs.h"
#include "daemon/inode.h"
#include "daemon/session.h"

#define TIMEOUT_NS (5 * CLOCK_NS_PER_SEC)	/* without timeout= */

/* timeout=, of a minute at most; stays as it is when absent. */
static int parse_timeout(struct verbs_call *call, uint64_t *ns_ret)
{
	int err = verbs_number(call, "timeout", parse_duration, ns_ret);

	if (!err && *ns_ret > 60 * CLOCK_NS_PER_SEC)
		err = verbs_fail(call, -ERANGE, "timeout= is longer than a minute");
	return err;
}

int verbs_audit(struct verbs_call *call)
{
	struct audit_question question = {
		.connection = call->connection,
		.timeout_ns = TIMEOUT_NS,
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
		err = parse_timeout(call, &question.timeout_ns);
	if (!err)
		err = verbs_no_more_words(call);
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

static bool nobody_waits(void *arg)
{
	return verbs_peer_has_gone(arg);
}

/* Why the pages are still there. */
static int not_dropped(struct verbs_call *call, int err)
{
	switch (err) {
	case -ENOENT:
		return verbs_fail(call, err, "the kernel knows no file with "
				  "this inode number");
	case -ETIMEDOUT:
		return verbs_fail(call, err, "the kernel waits for the "
				  "writeback of these pages, and drops them "
				  "then");
	case -EBUSY:
		return verbs_fail(call, err, "too many wait for the kernel "
				  "already");
	default:
		return err;
	}
}

int verbs_invalidate(struct verbs_call *call)
{
	uint64_t ino = 0, off = 0, len = 0, timeout_ns = TIMEOUT_NS;
	struct inode *inode;
	int err = verbs_number(call, "ino", parse_u64, &ino);

	if (!err)
		err = verbs_number(call, "off", parse_size, &off);
	if (!err)
		err = verbs_number(call, "len", parse_size, &len);
	if (!err)
		err = parse_timeout(call, &timeout_ns);
	if (!err)
		err = verbs_no_more_words(call);
	if (!err && (!ino || len > INT64_MAX - off))
		err = verbs_fail(call, -EINVAL, "invalidate needs ino=, and a "
				 "range of a file");
	if (err)
		return err;
	inode = inode_find(call->fs->inodes, ino);
	err = inode ? session_invalidate(call->fs->session, inode, (off_t)off,
					 (off_t)len,
					 clock_deadline_ns(timeout_ns),
					 nobody_waits, call) : -ENOENT;
	return err ? not_dropped(call, err) : 0;
}
