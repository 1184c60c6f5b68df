/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: rules that say which requests are held, or what else is done to them,
 * where on their way, and for how long at most.
 *
 * At each point a request is compared with the armed rules in the order of
 * arming. The first that matches of those that keep it (hold, delay, reorder)
 * keeps it; and of each kind of fault the first that matches is done to it, kept
 * or not. A rule of a kind that has been decided is not asked, and counts
 * nothing. With no rule armed a check costs one atomic load.
 */
#ifndef PIN_GATE_H
#define PIN_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "common/json.h"
#include "daemon/request.h"

struct fs;
struct gate_set;

enum gate_point {
	GATE_ARRIVE,	/* before the request has any effect */
	GATE_REPLY,	/* after its effect, before the kernel is told */
};

/* What a rule does. The first three keep the request. */
enum gate_action {
	GATE_HOLD,	/* until it is released */
	GATE_DELAY,	/* for gate_rule.value [ns] */
	GATE_REORDER,	/* until .value of them are there; then not in order */
	GATE_ERROR,	/* it is answered with the errno .value */
	GATE_SHORT,	/* it asks for its first .value bytes only */
	GATE_FLIP,	/* bit .value of its data is another one */
	GATE_TWICE,	/* it is answered twice */
	GATE_NOKEEP,	/* an OPEN after which the kernel drops the pages */
	GATE_NACTIONS,
};

enum { GATE_PROBABLE = 32 };	/* gate_rule.probability is in 1 / 2^this */

/* What a rule asks for. Zero and NULL mean "any" unless said otherwise. */
struct gate_rule {
	enum gate_action action;
	uint64_t value;		/* of the action */
	const char *name;	/* for people; no two rules have the same */
	uint64_t ops;		/* 1 << opcode for each; 0 is not allowed */
	enum gate_point at;
	const char *path;	/* fnmatch(3) pattern of the path below the
				 * mount, "/..."; wildcards match '/' too */
	const char *origin;	/* of a WRITE, as request_write_origin() */
	uint64_t ino;		/* st_ino; LOOKUP and such: the directory's */
	uint64_t off;		/* with len: what overlaps [off, off + len) */
	uint64_t len;		/* 0: no range asked for */
	uint64_t size_min;	/* bytes that the request is about, at least */
	uint64_t size_max;	/* and at most; 0: no limit */
	pid_t pid;		/* thread id of the caller */
	uint64_t nth;		/* from the nth match on; 0 as 1 */
	uint64_t count;		/* that many, then no more; 0: no limit */
	uint32_t probability;	/* of these, by chance; 0: each */
	uint64_t seed;		/* of the chance, and of reordering */
	uint64_t deadline_ns;	/* longest hold [ns], cut to hold_max= */
	uint64_t owner;		/* connection that takes it along; 0: none */
};

/* Something that a rule does to a request. */
struct gate_hit {
	uint64_t id;		/* the rule's */
	enum gate_action action;
	uint64_t value;
};

/* All that the rules of a point do to a request. */
struct gate_plan {
	uint64_t keeper;	/* the rule that keeps it; 0: it goes on */
	bool timed;		/* as hold.timed */
	uint64_t deadline_ns;	/* until when [CLOCK_MONOTONIC] */
	struct request_fault fault;
	unsigned int nhits;
	struct gate_hit hits[GATE_NACTIONS];	/* in the order of the rules */
};

int gate_set_create(struct fs *fs, struct gate_set **set_ret) MUST_CHECK;
void gate_set_destroy(struct gate_set *set);

/* Word of the control verb for an action ("error"). */
const char *gate_action_name(enum gate_action action);
/**
 * gate_holdable() - those of @ops that @action can be done to at @at
 * Return: 0 when it can be done to none.
 */
uint64_t gate_holdable(enum gate_action action, enum gate_point at,
		       uint64_t ops);

/**
 * gate_arm() - add a rule
 * @rule: copied, its strings too
 * @id_ret: from 1
 * Return: 0; -EINVAL its action can be done to none of its operations there;
 * -EEXIST there is one of that name; -ENOMEM.
 */
int gate_arm(struct gate_set *set, const struct gate_rule *rule,
	     uint64_t *id_ret) MUST_CHECK;
/* Called with a gate's id. */
typedef void gate_told_fn(uint64_t id, void *context);
/**
 * gate_clear() - remove one rule (0: all), releasing what it keeps
 * @told: for each removed rule; may be NULL
 * Return: 0; -ENOENT no such rule.
 */
int gate_clear(struct gate_set *set, uint64_t id, gate_told_fn *told,
	       void *context) MUST_CHECK;
/* Remove the rules that a control connection made, as it ends. */
void gate_clear_owner(struct gate_set *set, uint64_t owner);
/* Rules, spent ones included. */
size_t gate_count(struct gate_set *set);
/* Is there such a rule? */
bool gate_exists(struct gate_set *set, uint64_t id);
/* The rule of that name; 0: there is none. */
uint64_t gate_find(struct gate_set *set, const char *name);

/**
 * gate_check() - what is to be done to this request at this point?
 * @plan_ret: filled in when true
 *
 * Context: worker or releaser; takes the set's lock (and the inode table's)
 * only when an armed rule names the operation. Return: whether anything.
 */
bool gate_check(struct gate_set *set, const struct request *request,
		enum gate_point at, struct gate_plan *plan_ret);

/**
 * gate_parked() - to be called after hold_park() of what gate_check() found
 * Lets it go when the rule has been removed meanwhile, or, in another order,
 * when a reordering rule has as many as it wants. Does not touch the hold,
 * which may be gone.
 *
 * Context: any thread; does not wait.
 */
void gate_parked(struct gate_set *set, uint64_t id);

/* The value of an action as replies and events have it; delays in us. */
json_t *gate_value_json(enum gate_action action, uint64_t value);
/* Rules, spent ones too, as an array (a new reference); NULL without memory. */
json_t *gate_list(struct gate_set *set);

#endif
