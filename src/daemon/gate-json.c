/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gate looks like in the reply to list. */
#include "daemon/gate-internal.h"

#include <linux/fuse.h>
#include <pinfs/control.h>
#include <string.h>

#include "daemon/fs.h"
#include "daemon/hold.h"

/* Names of the operations; ["any"] for all that this can be done to. */
static json_t *ops_json(const struct gate_rule *rule)
{
	static const struct {
		const char *name;
		uint32_t opcode;
	} named[] = {
#define NAMED_OP(name, opcode) { #name, opcode },
		PINFS_CONTROL_OPS(NAMED_OP)
#undef NAMED_OP
	};
	uint64_t possible = gate_holdable(rule->action, rule->at, UINT64_MAX);
	json_t *names = json_array();

	if (rule->ops == possible) {
		json_array_append_new(names, json_string("any"));
		return names;
	}
	for (size_t i = 0; i < ARRAY_SIZE(named); i++)
		if (rule->ops & gate_op_bit(named[i].opcode))
			json_array_append_new(names,
					      json_string(named[i].name));
	return names;
}

json_t *gate_value_json(enum gate_action action, uint64_t value)
{
	switch (action) {
	case GATE_HOLD:
	case GATE_TWICE:
	case GATE_NOKEEP:
		return json_null();
	case GATE_ERROR:
		return json_string(strerrorname_np((int)value));
	case GATE_DELAY:
		return json_integer((json_int_t)(value / 1000));
	default:
		return json_integer((json_int_t)value);
	}
}

static json_t *text_or_null(const char *text)
{
	return text ? json_text(text) : json_null();
}

static json_t *probability(const struct gate_rule *rule)
{
	if (!rule->probability)
		return json_null();
	return json_real((double)rule->probability /
			 (double)(UINT64_C(1) << GATE_PROBABLE));
}

json_t *gate_json(struct fs *fs, const struct gate *gate, bool spent)
{
	const struct gate_rule *rule = &gate->rule;
	size_t held = hold_count(fs->holds, gate->id);

	return json_pack(
		"{s:I, s:o, s:s, s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:I, s:I, "
		"s:o, s:i, s:I, s:I, s:o, s:I, s:I, s:s, s:I, s:I, s:I, s:b}",
		"id", (json_int_t)gate->id,
		"name", text_or_null(rule->name),
		"action", gate_action_name(rule->action),
		"value", gate_value_json(rule->action, rule->value),
		"ops", ops_json(rule),
		"at", rule->at == GATE_REPLY ? "reply" : "arrive",
		"path", text_or_null(rule->path),
		"ino", (json_int_t)rule->ino,
		"off", (json_int_t)rule->off,
		"len", (json_int_t)rule->len,
		"size_min", (json_int_t)rule->size_min,
		"size_max", (json_int_t)rule->size_max,
		"origin", text_or_null(rule->origin),
		"pid", (int)rule->pid,
		"nth", (json_int_t)rule->nth,
		"count", (json_int_t)rule->count,
		"probability", probability(rule),
		"seed", (json_int_t)rule->seed,
		"deadline_us", (json_int_t)(rule->deadline_ns / 1000),
		"scope", rule->owner ? "connection" : "mount",
		"seen", (json_int_t)gate->seen,
		"hits", (json_int_t)gate->hits,
		"held", (json_int_t)held,
		"spent", spent);
}
