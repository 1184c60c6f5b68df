/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: the set of rules, and what they make of a request. Which requests a rule
 * chooses is in gate-match.c.
 *
 * Every request asks twice whether something is to be done to it, so the usual
 * answer, no, must be cheap: per point the union of the operations that armed
 * rules ask for is an atomic, and an operation outside of it takes no lock.
 *
 * A rule whose count is used up is spent: it stays in the list, with what it
 * still keeps, and matches nothing any more.
 *
 * Removing a rule releases what it keeps. A request may be on its way from
 * gate_check() to the queue meanwhile; gate_parked(), which follows every
 * hold_park(), finds the rule gone and lets it go. So one of the two always
 * comes after both the removal and the parking.
 */
#include "daemon/gate-internal.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mutex.h"
#include "common/random.h"
#include "daemon/fs.h"
#include "daemon/hold.h"

enum { NPOINTS = GATE_REPLY + 1 };

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
	free((char *)gate->rule.path);
	free((char *)gate->rule.name);
	free((char *)gate->rule.origin);
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

/* A copy of an optional string. Return: false without memory. */
static bool copy_text(const char **field)
{
	if (*field)
		*field = strdup(*field);
	else
		return true;
	return *field;
}

static struct gate *gate_create(const struct gate_set *set,
				const struct gate_rule *rule)
{
	uint64_t longest_ns = set->fs->config->hold_max_ns;
	struct gate *gate = calloc(1, sizeof(*gate));
	bool copied;

	if (!gate)
		return NULL;
	gate->rule = *rule;
	gate->rule.ops = gate_holdable(rule->action, rule->at, rule->ops);
	if (!rule->deadline_ns || rule->deadline_ns > longest_ns)
		gate->rule.deadline_ns = longest_ns;
	/* All three, so that gate_destroy() frees no other's. */
	copied = copy_text(&gate->rule.path);
	copied &= copy_text(&gate->rule.name);
	copied &= copy_text(&gate->rule.origin);
	if (copied)
		return gate;
	gate_destroy(gate);
	return NULL;
}

static uint64_t find_locked(struct gate_set *set, const char *name)
	REQUIRES(set->lock);
static uint64_t find_locked(struct gate_set *set, const char *name)
{
	list_for_each(node, &set->gates) {
		const struct gate *gate = list_entry(node, struct gate, node);

		if (gate->rule.name && !strcmp(gate->rule.name, name))
			return gate->id;
	}
	return 0;
}

int gate_arm(struct gate_set *set, const struct gate_rule *rule,
	     uint64_t *id_ret)
{
	struct gate *gate;
	bool taken;

	if (!gate_holdable(rule->action, rule->at, rule->ops))
		return -EINVAL;
	gate = gate_create(set, rule);
	if (!gate)
		return -ENOMEM;
	mutex_lock(&set->lock);
	taken = rule->name && find_locked(set, rule->name);
	if (!taken) {
		gate->id = ++set->last_id;
		*id_ret = gate->id;
		list_append(&set->gates, &gate->node);
		publish_ops_locked(set);
	}
	mutex_unlock(&set->lock);
	if (taken)
		gate_destroy(gate);
	return taken ? -EEXIST : 0;
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
			   uint64_t key, gate_told_fn *told, void *context)
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
		if (told)
			told(gate->id, context);
		gate_destroy(gate);
	}
	return count;
}

int gate_clear(struct gate_set *set, uint64_t id, gate_told_fn *told,
	       void *context)
{
	size_t count = clear_chosen(set, has_id, id, told, context);

	return id && !count ? -ENOENT : 0;
}

void gate_clear_owner(struct gate_set *set, uint64_t owner)
{
	if (owner)
		clear_chosen(set, has_owner, owner, NULL, NULL);
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

uint64_t gate_find(struct gate_set *set, const char *name)
{
	uint64_t id;

	mutex_lock(&set->lock);
	id = find_locked(set, name);
	mutex_unlock(&set->lock);
	return id;
}

/* What is to be let go once something has been parked at the rule. */
static struct hold_choice after_park(struct gate_set *set, uint64_t id)
{
	struct hold_choice choice = { .gate_id = id, .n = SIZE_MAX };

	mutex_lock(&set->lock);
	list_for_each(node, &set->gates) {
		const struct gate *gate = list_entry(node, struct gate, node);

		if (gate->id != id)
			continue;
		choice.n = 0;
		if (gate->rule.action != GATE_REORDER ||
		    hold_count(set->fs->holds, id) < gate->rule.value)
			continue;
		choice.n = gate->rule.value;
		choice.order = gate->rule.seed ? HOLD_RANDOM : HOLD_NEWEST;
		/* The same for this batch also when the next has begun. */
		choice.seed = random_skip(gate->rule.seed,
					  gate->hits / gate->rule.value);
	}
	mutex_unlock(&set->lock);
	return choice;
}

void gate_parked(struct gate_set *set, uint64_t id)
{
	struct hold_choice choice = after_park(set, id);

	if (choice.n)
		hold_release_chosen_start(set->fs->holds, &choice);
}

/* ---- what they do ---- */

static void keep(struct gate_plan *plan, const struct gate *gate,
		 uint64_t for_ns, bool timed)
{
	plan->keeper = gate->id;
	plan->timed = timed;
	plan->deadline_ns = clock_deadline_ns(for_ns);
}

static void add_to_plan(struct gate_plan *plan, const struct gate *gate)
{
	const struct gate_rule *rule = &gate->rule;
	struct request_fault *fault = &plan->fault;

	plan->hits[plan->nhits++] = (struct gate_hit){
		gate->id, rule->action, rule->value
	};
	switch (rule->action) {
	case GATE_HOLD:
		return keep(plan, gate, rule->deadline_ns, false);
	case GATE_DELAY:
		return keep(plan, gate, rule->value, true);
	case GATE_REORDER:
		return keep(plan, gate, rule->deadline_ns, true);
	case GATE_ERROR:
		fault->err = (int)rule->value;
		return;
	case GATE_SHORT:
		fault->shortens = true;
		fault->short_bytes = rule->value;
		return;
	case GATE_FLIP:
		fault->flips = true;
		fault->flip_bit = rule->value;
		return;
	case GATE_TWICE:
		fault->twice = gate->id;
		return;
	case GATE_NOKEEP:
		fault->drops = true;
		return;
	case GATE_NACTIONS:
		assert(false);
	}
}

/* One may be decided of each: the three that keep a request are one. */
static enum gate_action kind_of(enum gate_action action)
{
	return action < GATE_ERROR ? GATE_HOLD : action;
}

static void fill_plan_locked(struct gate_set *set, struct gate_subject *subject,
			     enum gate_point at, struct gate_plan *plan)
	REQUIRES(set->lock);
static void fill_plan_locked(struct gate_set *set, struct gate_subject *subject,
			     enum gate_point at, struct gate_plan *plan)
{
	bool decided[GATE_NACTIONS] = { false };

	list_for_each(node, &set->gates) {
		struct gate *gate = list_entry(node, struct gate, node);
		enum gate_action kind = kind_of(gate->rule.action);

		if (gate->rule.at != at || is_spent(gate) || decided[kind] ||
		    !gate_rule_matches(&gate->rule, subject))
			continue;
		gate->seen++;
		if (!gate_is_due(gate))
			continue;
		gate->hits++;
		if (is_spent(gate))
			publish_ops_locked(set);
		decided[kind] = true;
		add_to_plan(plan, gate);
	}
}

bool gate_check(struct gate_set *set, const struct request *request,
		enum gate_point at, struct gate_plan *plan_ret)
{
	uint64_t ops = atomic_load_explicit(&set->ops[at],
					    memory_order_relaxed);
	struct gate_subject subject;

	if (!(ops & gate_op_bit(request->opcode)))
		return false;
	*plan_ret = (struct gate_plan){ 0 };
	subject.fs = set->fs;
	subject.request = request;
	subject.inode = NULL;
	subject.has_path = false;
	mutex_lock(&set->lock);
	fill_plan_locked(set, &subject, at, plan_ret);
	mutex_unlock(&set->lock);
	return plan_ret->nhits;
}

json_t *gate_list(struct gate_set *set)
{
	json_t *gates = json_array();
	bool failed = false;

	mutex_lock(&set->lock);
	list_for_each(node, &set->gates) {
		const struct gate *gate = list_entry(node, struct gate, node);

		failed |= json_array_append_new(gates, gate_json(
			set->fs, gate, is_spent(gate)));
	}
	mutex_unlock(&set->lock);
	if (!failed)
		return gates;
	json_decref(gates);
	return NULL;
}
