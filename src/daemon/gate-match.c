/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which requests a rule chooses. Fields are compared one by one, the path last:
 * it has to be put together from the inodes' name hints, which is done once per
 * request at most.
 *
 * Chance: the decision about the nth match is the nth number of the rule's seed,
 * so that the same requests in the same order meet the same fate again.
 */
#include "daemon/gate-internal.h"

#include <fnmatch.h>
#include <linux/fuse.h>
#include <string.h>

#include "common/random.h"
#include "daemon/fs.h"
#include "daemon/inode.h"

enum { MAX_OPS = 64 };

uint64_t gate_op_bit(uint32_t opcode)
{
	return opcode < MAX_OPS ? UINT64_C(1) << opcode : 0;
}

/* ---- what can be done to what ---- */

#define BIT(opcode) (UINT64_C(1) << (opcode))

static const struct {
	const char *name;
	uint64_t ops[GATE_REPLY + 1];	/* at each point */
} actions[GATE_NACTIONS] = {
	[GATE_HOLD] = { "hold", { UINT64_MAX, UINT64_MAX } },
	[GATE_DELAY] = { "delay", { UINT64_MAX, UINT64_MAX } },
	[GATE_REORDER] = { "reorder", { UINT64_MAX, UINT64_MAX } },
	[GATE_ERROR] = { "error", { UINT64_MAX, UINT64_MAX } },
	[GATE_SHORT] = { "short", { BIT(FUSE_READ) | BIT(FUSE_WRITE) |
				    BIT(FUSE_COPY_FILE_RANGE), 0 } },
	/* What the store has got cannot be changed on the way to it. */
	[GATE_FLIP] = { "flip", { BIT(FUSE_READ) | BIT(FUSE_WRITE),
				  BIT(FUSE_READ) } },
	[GATE_TWICE] = { "twice", { 0, UINT64_MAX } },
	[GATE_NOKEEP] = { "nokeep", { BIT(FUSE_OPEN), 0 } },
};

const char *gate_action_name(enum gate_action action)
{
	return actions[action].name;
}

/*
 * Never: what the kernel expects no answer to (FORGET and the like), INIT and
 * DESTROY, without which there is no mount to hold anything on.
 */
static bool can_be_held(uint32_t opcode)
{
	return request_wants_reply(opcode) && opcode != FUSE_INIT &&
	       opcode != FUSE_DESTROY;
}

uint64_t gate_holdable(enum gate_action action, enum gate_point at,
		       uint64_t ops)
{
	ops &= actions[action].ops[at];
	for (uint32_t opcode = 0; opcode < MAX_OPS; opcode++)
		if (!can_be_held(opcode))
			ops &= ~gate_op_bit(opcode);
	return ops;
}

/* ---- matching ---- */

/* A request at a point (LSEEK, size 0) matches by the byte there. */
static bool range_matches(const struct gate_rule *rule,
			  const struct request *request)
{
	if (!rule->len)
		return true;
	if (!request->has_range)
		return false;
	if (request->off >= rule->off)
		return request->off - rule->off < rule->len;
	return rule->off - request->off < request->size;
}

static bool size_matches(const struct gate_rule *rule,
			 const struct request *request)
{
	if (!rule->size_min && !rule->size_max)
		return true;
	return request->has_range && request->size >= rule->size_min &&
	       (!rule->size_max || request->size <= rule->size_max);
}

static bool origin_matches(const struct gate_rule *rule,
			   const struct request *request)
{
	return !rule->origin || (request->opcode == FUSE_WRITE &&
				 !strcmp(rule->origin,
					 request_write_origin(request)));
}

static const char *subject_path(struct gate_subject *subject)
{
	if (!subject->has_path)
		inode_path(subject->fs->inodes, subject->inode,
			   subject->request->name, subject->path,
			   sizeof(subject->path));
	subject->has_path = true;
	return subject->path;
}

bool gate_rule_matches(const struct gate_rule *rule,
		       struct gate_subject *subject)
{
	const struct request *request = subject->request;

	if (!(rule->ops & gate_op_bit(request->opcode)) ||
	    (rule->pid && rule->pid != request->pid) ||
	    !range_matches(rule, request) || !size_matches(rule, request) ||
	    !origin_matches(rule, request))
		return false;
	if (!rule->ino && !rule->path)
		return true;
	if (!subject->inode)
		subject->inode = inode_from_nodeid(subject->fs->inodes,
						   request->nodeid);
	if (rule->ino && rule->ino != inode_ino(subject->inode))
		return false;
	/* Without FNM_PATHNAME wildcards match a slash too: a pattern that
	 * ends in one names all that lies below a directory. */
	return !rule->path || !fnmatch(rule->path, subject_path(subject), 0);
}

bool gate_is_due(const struct gate *gate)
{
	const struct gate_rule *rule = &gate->rule;
	uint64_t state;

	if (gate->seen < rule->nth)
		return false;
	if (!rule->probability)
		return true;
	state = random_skip(rule->seed, gate->seen - 1);
	return random_next(&state) >> (64 - GATE_PROBABLE) < rule->probability;
}
