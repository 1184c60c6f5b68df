/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates.
 *
 * Every request asks twice whether it is to be held, so the usual answer, no,
 * must be cheap: per point the union of the operations that armed rules ask for
 * is an atomic, and an operation outside of it takes no lock. Under the lock
 * rules are compared field by field, the path last: it has to be put together
 * from the inodes' name hints, which is done once per request at most.
 *
 * A rule whose count is used up is spent: it stays in the list, with what it
 * still holds, and matches nothing any more.
 *
 * Removing a rule releases what it holds. A request may be on its way from
 * gate_check() to the queue meanwhile; gate_parked(), which follows every
 * hold_park(), finds the rule gone and lets it go. So one of the two always
 * comes after both the removal and the parking.
 *
 * Never held: what the kernel expects no answer to (FORGET and the like), INIT
 * and DESTROY, without which there is no mount to hold anything on.
 */
#include "daemon/gate.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/fuse.h>
#include <pinfs/control.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/list.h"
#include "common/mutex.h"
#include "daemon/fs.h"
#include "daemon/hold.h"
#include "daemon/inode.h"
#include "daemon/request.h"

enum { NPOINTS = GATE_REPLY + 1, MAX_OPS = 64 };

struct gate {
	struct list node;
	uint64_t id;
	struct gate_rule rule;	/* path is the gate's own */
	uint64_t seen;		/* requests that matched */
	uint64_t hits;		/* of these, held */
};

struct gate_set {
	struct fs *fs;
	/*
	 * What armed rules hold at a point. Relaxed: an arming is known to a
	 * client through the control socket, and its request comes through the
	 * kernel, which order them.
	 */
	atomic_uint_fast64_t ops[NPOINTS];
	struct mutex lock;
	struct list gates GUARDED_BY(lock);	/* in the order of arming */
	uint64_t last_id GUARDED_BY(lock);
};

static uint64_t op_bit(uint32_t opcode)
{
	return opcode < MAX_OPS ? UINT64_C(1) << opcode : 0;
}

static bool can_be_held(uint32_t opcode)
{
	return request_wants_reply(opcode) && opcode != FUSE_INIT &&
	       opcode != FUSE_DESTROY;
}

static uint64_t holdable(uint64_t ops)
{
	for (uint32_t opcode = 0; opcode < MAX_OPS; opcode++)
		if (!can_be_held(opcode))
			ops &= ~op_bit(opcode);
	return ops;
}

static bool is_spent(const struct gate *gate)
{
	return gate->rule.count && gate->hits == gate->rule.count;
}

static void publish_ops_locked(struct gate_set *set) REQUIRES(set->lock);
static void publish_ops_locked(struct gate_set *set)
{
	uint64_t ops[NPOINTS] = { 0 };

	list_for_each(node, &set->gates) {
		struct gate *gate = list_entry(node, struct gate, node);

		if (!is_spent(gate))
			ops[gate->rule.at] |= gate->rule.ops;
	}
	for (int at = 0; at < NPOINTS; at++)
		atomic_store_explicit(&set->ops[at], ops[at],
				      memory_order_relaxed);
}

static void gate_destroy(struct gate *gate)
{
	free(gate->rule.path);
	free(gate);
}

int gate_set_create(struct fs *fs, struct gate_set **set_ret)
{
	struct gate_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->fs = fs;
	mutex_init(&set->lock);
	list_init(&set->gates);
	*set_ret = set;
	return 0;
}

void gate_set_destroy(struct gate_set *set)
{
	if (!set)
		return;
	list_for_each_safe(node, &set->gates)
		gate_destroy(list_entry(node, struct gate, node));
	mutex_deinit(&set->lock);
	free(set);
}

/* ---- arming and clearing ---- */

static struct gate *gate_create(const struct gate_set *set,
				const struct gate_rule *rule)
{
	uint64_t longest_ns = set->fs->config->hold_max_ns;
	struct gate *gate = calloc(1, sizeof(*gate));

	if (!gate)
		return NULL;
	gate->rule = *rule;
	gate->rule.ops = holdable(rule->ops);
	if (!rule->deadline_ns || rule->deadline_ns > longest_ns)
		gate->rule.deadline_ns = longest_ns;
	if (rule->path) {
		gate->rule.path = strdup(rule->path);
		if (!gate->rule.path) {
			free(gate);
			return NULL;
		}
	}
	return gate;
}

int gate_arm(struct gate_set *set, const struct gate_rule *rule,
	     uint64_t *id_ret)
{
	struct gate *gate;

	if (!holdable(rule->ops))
		return -EINVAL;
	gate = gate_create(set, rule);
	if (!gate)
		return -ENOMEM;
	mutex_lock(&set->lock);
	gate->id = ++set->last_id;
	*id_ret = gate->id;
	list_append(&set->gates, &gate->node);
	publish_ops_locked(set);
	mutex_unlock(&set->lock);
	return 0;
}

typedef bool choose_fn(const struct gate *gate, uint64_t key);

static bool has_id(const struct gate *gate, uint64_t id)
{
	return !id || gate->id == id;
}

static bool has_owner(const struct gate *gate, uint64_t owner)
{
	return gate->rule.owner == owner;
}

/* Return: how many. */
static size_t clear_chosen(struct gate_set *set, choose_fn *chosen,
			   uint64_t key)
{
	struct list removed;
	size_t count = 0;

	list_init(&removed);
	mutex_lock(&set->lock);
	list_for_each_safe(node, &set->gates) {
		if (!chosen(list_entry(node, struct gate, node), key))
			continue;
		list_remove(node);
		list_append(&removed, node);
		count++;
	}
	publish_ops_locked(set);
	mutex_unlock(&set->lock);

	list_for_each_safe(node, &removed) {
		struct gate *gate = list_entry(node, struct gate, node);

		hold_release(set->fs->holds, gate->id, SIZE_MAX);
		gate_destroy(gate);
	}
	return count;
}

int gate_clear(struct gate_set *set, uint64_t id, size_t *cleared_ret)
{
	size_t count = clear_chosen(set, has_id, id);

	if (id && !count)
		return -ENOENT;
	if (cleared_ret)
		*cleared_ret = count;
	return 0;
}

void gate_clear_owner(struct gate_set *set, uint64_t owner)
{
	if (owner)
		clear_chosen(set, has_owner, owner);
}

size_t gate_count(struct gate_set *set)
{
	size_t count = 0;

	mutex_lock(&set->lock);
	list_for_each(node, &set->gates)
		count++;
	mutex_unlock(&set->lock);
	return count;
}

bool gate_exists(struct gate_set *set, uint64_t id)
{
	bool found = false;

	mutex_lock(&set->lock);
	list_for_each(node, &set->gates)
		found |= list_entry(node, struct gate, node)->id == id;
	mutex_unlock(&set->lock);
	return found;
}

void gate_parked(struct gate_set *set, uint64_t id)
{
	struct hold_choice all = { .gate_id = id, .n = SIZE_MAX };

	if (!gate_exists(set, id))
		hold_release_chosen_start(set->fs->holds, &all);
}

/* ---- matching ---- */

/* A request under inspection; its path is put together on demand. */
struct subject {
	struct fs *fs;
	const struct request *request;
	struct inode *inode;
	bool has_path;
	char path[PATH_MAX];
};

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

static const char *subject_path(struct subject *subject)
{
	if (!subject->has_path)
		inode_path(subject->fs->inodes, subject->inode,
			   subject->request->name, subject->path,
			   sizeof(subject->path));
	subject->has_path = true;
	return subject->path;
}

static bool rule_matches(const struct gate_rule *rule, struct subject *subject)
{
	const struct request *request = subject->request;

	if (!(rule->ops & op_bit(request->opcode)) ||
	    (rule->pid && rule->pid != request->pid) ||
	    !range_matches(rule, request))
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

/* The rule that holds it, after counting; NULL for none. */
static struct gate *find_gate_locked(struct gate_set *set,
				     struct subject *subject,
				     enum gate_point at) REQUIRES(set->lock);
static struct gate *find_gate_locked(struct gate_set *set,
				     struct subject *subject,
				     enum gate_point at)
{
	list_for_each(node, &set->gates) {
		struct gate *gate = list_entry(node, struct gate, node);

		if (gate->rule.at != at || is_spent(gate) ||
		    !rule_matches(&gate->rule, subject))
			continue;
		gate->seen++;
		if (gate->seen < gate->rule.nth)
			continue;
		gate->hits++;
		if (is_spent(gate))
			publish_ops_locked(set);
		return gate;
	}
	return NULL;
}

bool gate_check(struct gate_set *set, const struct request *request,
		enum gate_point at, uint64_t *id_ret, uint64_t *deadline_ns_ret)
{
	uint64_t ops = atomic_load_explicit(&set->ops[at],
					    memory_order_relaxed);
	struct subject subject;
	struct gate *gate;

	if (!(ops & op_bit(request->opcode)))
		return false;
	subject.fs = set->fs;
	subject.request = request;
	subject.inode = NULL;
	subject.has_path = false;
	mutex_lock(&set->lock);
	gate = find_gate_locked(set, &subject, at);
	if (gate) {
		*id_ret = gate->id;
		*deadline_ns_ret = clock_deadline_ns(gate->rule.deadline_ns);
	}
	mutex_unlock(&set->lock);
	return gate;
}

/* ---- reports ---- */

/* Names of the operations; ["any"] for all that can be held. */
static json_t *ops_json(uint64_t ops)
{
	static const struct {
		const char *name;
		uint32_t opcode;
	} named[] = {
#define NAMED_OP(name, opcode) { #name, opcode },
		PINFS_CONTROL_OPS(NAMED_OP)
#undef NAMED_OP
	};
	json_t *names = json_array();
	bool all = true;

	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		if (ops & op_bit(named[i].opcode))
			json_array_append_new(names,
					      json_string(named[i].name));
		else if (can_be_held(named[i].opcode))
			all = false;
	}
	if (all) {
		json_array_clear(names);
		json_array_append_new(names, json_string("any"));
	}
	return names;
}

static json_t *gate_json(struct gate_set *set, const struct gate *gate)
{
	const struct gate_rule *rule = &gate->rule;
	size_t held = hold_count(set->fs->holds, gate->id);

	return json_pack(
		"{s:I, s:o, s:s, s:o, s:I, s:I, s:I, s:i, s:I, s:I, s:I, s:I, "
		"s:I, s:I, s:b}",
		"id", (json_int_t)gate->id,
		"ops", ops_json(rule->ops),
		"at", rule->at == GATE_REPLY ? "reply" : "arrive",
		"path", rule->path ? json_text(rule->path) : json_null(),
		"ino", (json_int_t)rule->ino,
		"off", (json_int_t)rule->off,
		"len", (json_int_t)rule->len,
		"pid", (int)rule->pid,
		"nth", (json_int_t)rule->nth,
		"count", (json_int_t)rule->count,
		"deadline_us", (json_int_t)(rule->deadline_ns / 1000),
		"seen", (json_int_t)gate->seen,
		"hits", (json_int_t)gate->hits,
		"held", (json_int_t)held,
		"spent", is_spent(gate));
}

json_t *gate_list(struct gate_set *set)
{
	json_t *gates = json_array();

	mutex_lock(&set->lock);
	list_for_each(node, &set->gates)
		json_array_append_new(gates, gate_json(
			set, list_entry(node, struct gate, node)));
	mutex_unlock(&set->lock);
	return gates;
}
