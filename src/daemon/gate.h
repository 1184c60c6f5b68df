/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: rules that say which requests are held, where on their way, and for
 * how long at most. A request is held by the first armed rule that matches, in
 * the order of arming. With no rule armed a check costs one atomic load.
 */
#ifndef PIN_GATE_H
#define PIN_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"
#include "common/json.h"

struct fs;
struct gate_set;
struct request;

enum gate_point {
	GATE_ARRIVE,	/* before the request has any effect */
	GATE_REPLY,	/* after its effect, before the kernel is told */
};

/* What a rule asks for. Zero and NULL mean "any" unless said otherwise. */
struct gate_rule {
	uint64_t ops;		/* 1 << opcode for each; 0 is not allowed */
	enum gate_point at;
	char *path;		/* fnmatch(3) pattern of the path below the
				 * mount, "/..."; wildcards match '/' too */
	uint64_t ino;		/* st_ino; LOOKUP and such: the directory's */
	uint64_t off;		/* with len: what overlaps [off, off + len) */
	uint64_t len;		/* 0: no range asked for */
	pid_t pid;		/* thread id of the caller */
	uint64_t nth;		/* from the nth match on; 0 as 1 */
	uint64_t count;		/* hold that many, then no more; 0: no limit */
	uint64_t deadline_ns;	/* longest hold [ns], cut to hold_max= */
	uint64_t owner;		/* connection that takes it along; 0: none */
};

int gate_set_create(struct fs *fs, struct gate_set **set_ret) MUST_CHECK;
void gate_set_destroy(struct gate_set *set);

/**
 * gate_arm() - add a rule
 * @rule: copied, its path too
 * @id_ret: from 1
 * Return: 0; -EINVAL no operation in @rule can be held; -ENOMEM.
 */
int gate_arm(struct gate_set *set, const struct gate_rule *rule,
	     uint64_t *id_ret) MUST_CHECK;
/**
 * gate_clear() - remove one rule (0: all), releasing what it holds
 * @cleared_ret: how many rules; may be NULL
 * Return: 0; -ENOENT no such rule.
 */
int gate_clear(struct gate_set *set, uint64_t id, size_t *cleared_ret)
	MUST_CHECK;
/* Remove the rules that a control connection made, as it ends. */
void gate_clear_owner(struct gate_set *set, uint64_t owner);
/* Rules, spent ones included. */
size_t gate_count(struct gate_set *set);
/* Is there such a rule? */
bool gate_exists(struct gate_set *set, uint64_t id);

/**
 * gate_check() - should this request be held at this point?
 * @id_ret:          by which rule, when true
 * @deadline_ns_ret: until when [CLOCK_MONOTONIC], when true
 *
 * Context: worker or releaser; takes the set's lock (and the inode table's)
 * only when an armed rule names the operation.
 */
bool gate_check(struct gate_set *set, const struct request *request,
		enum gate_point at, uint64_t *id_ret,
		uint64_t *deadline_ns_ret);

/**
 * gate_parked() - to be called after hold_park() of what gate_check() found
 * Lets it go when the rule has been removed meanwhile. Does not touch the hold,
 * which may be gone.
 *
 * Context: any thread; does not wait.
 */
void gate_parked(struct gate_set *set, uint64_t id);

/* Rules, spent ones too, as a JSON array of objects (a new reference). */
json_t *gate_list(struct gate_set *set);

#endif
