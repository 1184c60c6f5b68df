/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gate*.c files share; nobody else includes this. */
#ifndef PIN_GATE_INTERNAL_H
#define PIN_GATE_INTERNAL_H

#include <limits.h>

#include "common/list.h"
#include "daemon/gate.h"

struct inode;

struct gate {
	struct list node;
	uint64_t id;
	struct gate_rule rule;	/* its strings are the gate's own */
	uint64_t seen;		/* requests that matched */
	uint64_t hits;		/* of these, those that it did something to */
};

/* A request under inspection; its path is put together on demand. */
struct gate_subject {
	struct fs *fs;
	const struct request *request;
	struct inode *inode;
	bool has_path;
	char path[PATH_MAX];
};

/* gate-match.c */
/* The bit of an operation in gate_rule.ops. */
uint64_t gate_op_bit(uint32_t opcode);
/* Does the rule choose it? Not asked: point, nth, count, probability. */
bool gate_rule_matches(const struct gate_rule *rule,
		       struct gate_subject *subject);
/* nth= and probability= of a gate that has just counted a match. */
bool gate_is_due(const struct gate *gate);

/* gate-json.c: the set's lock is held; takes the hold queue's. */
json_t *gate_json(struct fs *fs, const struct gate *gate, bool spent);

#endif
