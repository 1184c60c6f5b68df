/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of hold and inject: which requests, and what is done to them. */
#include "daemon/verbs-internal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/random.h"
#include "daemon/fs.h"
#include "daemon/request.h"

enum { MAX_ERRNO = 511 };	/* what the kernel takes for an error */

/* ---- values ---- */

/* A number from 0 to 1, or 0% to 100%, in 1 / 2^GATE_PROBABLE, at least one. */
static int parse_probability(const char *text, uint64_t *value_ret)
{
	const uint64_t whole = 1000000000;	/* of a second in ns */
	size_t len = strspn(text, "0123456789.");
	bool percent = !strcmp(text + len, "%");
	char number[32];
	uint64_t parts;
	int err;

	if ((text[len] && !percent) || len >= sizeof(number))
		return -EINVAL;
	snprintf(number, sizeof(number), "%.*s", (int)len, text);
	err = parse_duration(number, &parts);
	if (err)
		return err;
	if (percent)
		parts /= 100;
	if (parts > whole)
		return -ERANGE;
	*value_ret = (uint64_t)(((unsigned __int128)parts << GATE_PROBABLE) /
				whole);
	return *value_ret ? 0 : -ERANGE;
}

/* Name of an errno. */
static int parse_errno(const char *text, uint64_t *value_ret)
{
	for (int err = 1; err <= MAX_ERRNO; err++) {
		const char *name = strerrorname_np(err);

		if (name && !strcmp(name, text)) {
			*value_ret = (uint64_t)err;
			return 0;
		}
	}
	return -EINVAL;
}

/* ---- which requests ---- */

/* op=write,read or op=any */
static int parse_ops(struct verbs_call *call, uint64_t *ops_ret)
{
	const char *text = parse_line_get(&call->words, "op");
	char copy[512];
	char *save;

	if (!text || !*text)
		return verbs_fail(call, -EINVAL, "%s needs op=",
				  call->words.verb);
	if (!strcmp(text, "any")) {
		*ops_ret = UINT64_MAX;
		return 0;
	}
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return verbs_fail(call, -EINVAL, "op= is too long");
	for (char *name = strtok_r(copy, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		int opcode = request_op_from_name(name);

		if (opcode < 0 || opcode > 63)
			return verbs_fail(call, -EINVAL,
					  "op=%s is not an operation", name);
		*ops_ret |= 1ULL << opcode;
	}
	return *ops_ret ? 0 : verbs_fail(call, -EINVAL,
					 "op= names no operation");
}

static int parse_words(struct verbs_call *call, struct gate_rule *rule)
{
	static const char *const points[] = { "arrive", "reply", NULL };
	static const char *const scopes[] = { "mount", "connection", NULL };
	static const char *const origins[] = { "writeback", "direct",
					       "through", NULL };
	unsigned int at = GATE_ARRIVE, scope = 0, origin = UINT_MAX;
	int err = verbs_choice(call, "at", points, &at);

	if (!err)
		err = verbs_choice(call, "scope", scopes, &scope);
	if (!err)
		err = verbs_choice(call, "origin", origins, &origin);
	rule->at = (enum gate_point)at;
	rule->owner = scope ? call->connection : 0;
	rule->origin = origin == UINT_MAX ? NULL : origins[origin];
	return err;
}

/* size=N, size=N-M or size=N- */
static int parse_sizes(struct verbs_call *call, struct gate_rule *rule)
{
	const char *text = parse_line_get(&call->words, "size");
	const char *dash = text ? strchr(text, '-') : NULL;
	char low[64];
	int err;

	if (!text)
		return 0;
	snprintf(low, sizeof(low), "%.*s",
		 dash ? (int)MIN(dash - text, (long)sizeof(low) - 1) :
			(int)sizeof(low) - 1, text);
	err = parse_size(low, &rule->size_min);
	rule->size_max = rule->size_min;
	if (!err && dash) {
		rule->size_max = 0;
		if (dash[1])
			err = parse_size(dash + 1, &rule->size_max);
	}
	/* Zero stands for no limit in a rule: 0 and 0- would choose all. */
	if (!err && (!(rule->size_min | rule->size_max) ||
		     (dash && dash[1] && rule->size_max <
					 MAX(rule->size_min, UINT64_C(1)))))
		err = -EINVAL;
	if (!err && MAX(rule->size_min, rule->size_max) > INT64_MAX)
		err = -ERANGE;
	return err ? verbs_fail(call, err, "size=%s is neither a size nor a "
				"range of sizes", text) : 0;
}

/* The words that choose by number; an empty range chooses nothing: refused. */
static int parse_numbers(struct verbs_call *call, struct gate_rule *rule)
{
	uint64_t pid = 0, probability = 0;
	const struct {
		const char *key;
		verbs_parse_fn *parse;
		uint64_t *value_ret;
	} numbers[] = {
		{ "ino", parse_u64, &rule->ino },
		{ "off", parse_size, &rule->off },
		{ "len", parse_size, &rule->len },
		{ "pid", parse_u64, &pid },
		{ "nth", parse_u64, &rule->nth },
		{ "count", parse_u64, &rule->count },
		{ "probability", parse_probability, &probability },
		{ "seed", parse_u64, &rule->seed },
	};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(numbers); i++)
		err = verbs_number(call, numbers[i].key, numbers[i].parse,
				   numbers[i].value_ret);
	if (err)
		return err;
	if (pid > INT_MAX || (!pid && parse_line_get(&call->words, "pid")))
		return verbs_fail(call, -ERANGE, "pid= is not a thread's id");
	rule->pid = (pid_t)pid;
	/* Certainty needs no chance. */
	rule->probability = probability >> GATE_PROBABLE ? 0 :
			    (uint32_t)probability;
	if (parse_line_get(&call->words, "ino") && !rule->ino)
		return verbs_fail(call, -EINVAL, "ino=0 is no file");
	if (parse_line_get(&call->words, "len") && !rule->len)
		return verbs_fail(call, -EINVAL, "len=0 is no range");
	if (parse_line_get(&call->words, "off") && !rule->len)
		return verbs_fail(call, -EINVAL, "off= needs len=");
	return parse_sizes(call, rule);
}

/* A pattern that no path can match is a mistake. */
int verbs_path(struct verbs_call *call, const char **path_ret)
{
	const char *text = parse_line_get(&call->words, "path");

	if (text && !strchr("/*?[", text[0]))
		return verbs_fail(call, -EINVAL,
				  "path=%s does not begin with /", text);
	if (text && !*text)
		return verbs_fail(call, -EINVAL, "path= is empty");
	*path_ret = text;
	return 0;
}

/* A name that could be taken for a number would be asked for as id=. */
static int parse_name(struct verbs_call *call, const char **name_ret)
{
	const char *text = parse_line_get(&call->words, "name");

	if (text && (!*text || strspn(text, "0123456789") == strlen(text)))
		return verbs_fail(call, -EINVAL, "name=%s is no name", text);
	*name_ret = text;
	return 0;
}

/* ---- what is done to them ---- */

/* @key: a duration of 1 ns to hold_max=; stays as it is when absent. */
static int parse_limited(struct verbs_call *call, const char *key,
			 uint64_t *ns_ret)
{
	uint64_t longest_ns = call->fs->config->hold_max_ns;
	int err = verbs_number(call, key, parse_duration, ns_ret);

	if (!err && *ns_ret > longest_ns)
		err = verbs_fail(call, -ERANGE,
				 "%s= is longer than hold_max=", key);
	if (!err && !*ns_ret)
		err = verbs_fail(call, -EINVAL, "%s=0 would hold nothing", key);
	return err;
}

/* A word of inject, and how its value is read; NULL: it has none. */
static const struct fault {
	enum gate_action action;
	verbs_parse_fn *parse;
} faults[] = {
	{ GATE_DELAY, parse_duration },
	{ GATE_REORDER, parse_u64 },
	{ GATE_ERROR, parse_errno },
	{ GATE_SHORT, parse_size },
	{ GATE_FLIP, parse_u64 },
	{ GATE_TWICE, NULL },
	{ GATE_NOKEEP, NULL },
};

/* The one fault that is asked for. */
static int find_fault(struct verbs_call *call, const struct fault **fault_ret)
{
	const char *words[2] = { NULL, NULL };

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		const char *word = gate_action_name(faults[i].action);

		if (!parse_line_get(&call->words, word))
			continue;
		words[words[0] != NULL] = word;
		*fault_ret = &faults[i];
	}
	if (words[1])
		return verbs_fail(call, -EINVAL, "%s and %s: only one of them",
				  words[0], words[1]);
	return words[0] ? 0 : verbs_fail(
		call, -EINVAL, "inject needs one of delay=, reorder=, error=, "
		"short=, flip=, twice and nokeep");
}

static int parse_fault(struct verbs_call *call, struct gate_rule *rule)
{
	const struct fault *fault = NULL;
	int err = find_fault(call, &fault);
	const char *word;

	if (err)
		return err;
	word = gate_action_name(fault->action);
	rule->action = fault->action;
	if (fault->action == GATE_DELAY)
		return parse_limited(call, word, &rule->value);
	if (fault->parse)
		err = verbs_number(call, word, fault->parse, &rule->value);
	else if (*parse_line_get(&call->words, word))
		err = verbs_fail(call, -EINVAL, "%s takes no value", word);
	if (err || fault->action != GATE_REORDER)
		return err;
	if (rule->value < 2)
		return verbs_fail(call, -ERANGE, "reorder=%s: one request has "
				  "no order", parse_line_get(&call->words, word));
	rule->deadline_ns = MIN(CLOCK_NS_PER_SEC,
				call->fs->config->hold_max_ns);
	return parse_limited(call, "within", &rule->deadline_ns);
}

/* Chance needs a seed; one that nobody gave is told in the reply. */
static void choose_seed(struct gate_rule *rule)
{
	uint64_t state = clock_now_ns();

	if (rule->probability && !rule->seed)
		rule->seed = random_next(&state) >> 32 | 1;
}

int verbs_rule(struct verbs_call *call, bool inject, struct gate_rule *rule_ret)
{
	struct gate_rule rule = {
		.action = GATE_HOLD,
		.deadline_ns = call->fs->config->hold_max_ns,
	};
	int err = parse_ops(call, &rule.ops);

	if (!err)
		err = parse_words(call, &rule);
	if (!err)
		err = parse_numbers(call, &rule);
	if (!err)
		err = verbs_path(call, &rule.path);
	if (!err)
		err = parse_name(call, &rule.name);
	if (!err)
		err = inject ? parse_fault(call, &rule) :
			       parse_limited(call, "deadline",
					     &rule.deadline_ns);
	if (!err)
		err = verbs_no_more_words(call);
	if (err)
		return err;
	choose_seed(&rule);
	if (!gate_holdable(rule.action, rule.at, rule.ops))
		return verbs_fail(call, -EINVAL, "op= names nothing that %s "
				  "can be done to at %s",
				  gate_action_name(rule.action),
				  rule.at == GATE_REPLY ? "reply" : "arrive");
	*rule_ret = rule;
	return 0;
}
