/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of hold and inject: what they make, and what is refused, and why. */
#include <errno.h>
#include <linux/fuse.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/fs.h"
#include "daemon/verbs-internal.h"

#include <cmocka.h>	/* last: its macros take common names */

#define SEC CLOCK_NS_PER_SEC

static struct config config = { .hold_max_ns = 30 * SEC };
static struct fs fs = { .config = &config };
static struct verbs_call call;	/* the strings of a rule are in its words */

static int read_rule(const char *line, struct gate_rule *rule)
{
	parse_line_deinit(&call.words);
	call = (struct verbs_call){ .fs = &fs, .connection = 5 };
	assert_int_equal(parse_line_init(&call.words, line), 0);
	return verbs_rule(&call, !strcmp(call.words.verb, "inject"), rule);
}

/* A line, its error, and what the sentence has to have in it. */
static const struct {
	const char *line;
	int err;
	const char *sentence;
} refused[] = {
	{ "hold", -EINVAL, "hold needs op=" },
	{ "hold op=nothing", -EINVAL, "op=nothing is not an operation" },
	{ "hold op=,", -EINVAL, "names no operation" },
	{ "hold op=forget", -EINVAL, "nothing that hold can be done to" },
	{ "hold op=read at=later", -EINVAL, "arrive, reply" },
	{ "hold op=read origin=disk", -EINVAL,
	  "writeback, direct, through" },
	{ "hold op=read scope=me", -EINVAL, "mount, connection" },
	{ "hold op=read size=", -EINVAL, "size= is neither" },
	{ "hold op=read size=0", -EINVAL, "size=0 is neither" },
	{ "hold op=read size=0-", -EINVAL, "size=0- is neither" },
	{ "hold op=read size=0-0", -EINVAL, "size=0-0 is neither" },
	{ "hold op=read size=-4k", -EINVAL, "size=-4k is neither" },
	{ "hold op=read size=8k-4k", -EINVAL, "size=8k-4k is neither" },
	{ "hold op=read size=4k-0", -EINVAL, "size=4k-0 is neither" },
	{ "hold op=read size=4k-8k-9k", -EINVAL, "is neither" },
	{ "hold op=read size=4x", -EINVAL, "size=4x is neither" },
	{ "hold op=read off=0", -EINVAL, "off= needs len=" },
	{ "hold op=read len=0", -EINVAL, "len=0 is no range" },
	{ "hold op=read off=4k len=0", -EINVAL, "len=0 is no range" },
	{ "hold op=read ino=0", -EINVAL, "ino=0 is no file" },
	{ "hold op=read ino=one", -EINVAL, "ino=one is not a valid" },
	{ "hold op=read pid=0", -ERANGE, "pid= is not a thread" },
	{ "hold op=read pid=4294967296", -ERANGE, "pid= is not" },
	{ "hold op=read nth=-1", -EINVAL, "nth=-1 is not a valid" },
	{ "hold op=read count=all", -EINVAL, "count=all is not" },
	{ "hold op=read probability=0", -ERANGE, "probability=0 is" },
	{ "hold op=read probability=0%", -ERANGE, "probability=0% is" },
	{ "hold op=read probability=1.01", -ERANGE, "1.01 is not" },
	{ "hold op=read probability=101%", -ERANGE, "101% is not" },
	{ "hold op=read probability=-1", -EINVAL, "-1 is not" },
	{ "hold op=read probability=1s", -EINVAL, "1s is not" },
	{ "hold op=read probability=%", -EINVAL, "% is not" },
	{ "hold op=read probability=", -EINVAL, "is not a valid" },
	{ "hold op=read seed=x", -EINVAL, "seed=x is not" },
	{ "hold op=read path=t", -EINVAL, "does not begin with /" },
	{ "hold op=read path=", -EINVAL, "path= is empty" },
	{ "hold op=read name=12", -EINVAL, "name=12 is no name" },
	{ "hold op=read name=", -EINVAL, "name= is no name" },
	{ "hold op=read deadline=0", -EINVAL, "deadline=0 would" },
	{ "hold op=read deadline=31s", -ERANGE, "longer than hold_max" },
	{ "hold op=read colour=red", -EINVAL, "'colour' is not known" },
	{ "hold op=read error=EIO", -EINVAL, "'error' is not known" },
	{ "hold op=read within=1s", -EINVAL, "'within' is not known" },
	{ "inject op=read", -EINVAL, "inject needs one of delay=" },
	{ "inject op=read error=EIO short=1", -EINVAL, "only one of" },
	{ "inject op=read delay=1s reorder=3", -EINVAL, "only one of" },
	{ "inject op=read deadline=1s error=EIO", -EINVAL,
	  "'deadline' is not known" },
	{ "inject op=read error=EFOO", -EINVAL, "error=EFOO is not" },
	{ "inject op=read error=5", -EINVAL, "error=5 is not" },
	{ "inject op=read error", -EINVAL, "error= is not" },
	{ "inject op=read short=many", -EINVAL, "short=many is not" },
	{ "inject op=getattr short=1", -EINVAL,
	  "nothing that short can be done to at arrive" },
	{ "inject op=read at=reply short=1", -EINVAL,
	  "nothing that short can be done to at reply" },
	{ "inject op=getattr flip=1", -EINVAL, "nothing that flip" },
	{ "inject op=write at=reply flip=1", -EINVAL,
	  "nothing that flip can be done to at reply" },
	{ "inject op=read flip=-1", -EINVAL, "flip=-1 is not" },
	{ "inject op=read twice", -EINVAL,
	  "nothing that twice can be done to at arrive" },
	{ "inject op=read at=reply twice=2", -EINVAL,
	  "twice takes no value" },
	{ "inject op=read,create nokeep", -EINVAL,
	  "nothing that nokeep can be done to at arrive" },
	{ "inject op=open at=reply nokeep", -EINVAL, "nothing that nokeep" },
	{ "inject op=open nokeep=1", -EINVAL, "nokeep takes no value" },
	{ "inject op=read delay=0", -EINVAL, "delay=0 would hold" },
	{ "inject op=read delay=31s", -ERANGE, "longer than hold_max" },
	{ "inject op=read reorder=1", -ERANGE, "has no order" },
	{ "inject op=read reorder=0", -ERANGE, "has no order" },
	{ "inject op=read reorder=3 within=0", -EINVAL, "within=0" },
	{ "inject op=read reorder=3 within=31s", -ERANGE, "longer than" },
	{ "inject op=read error=EIO within=1s", -EINVAL,
	  "'within' is not known" },
};

static void wrong_words_are_refused(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct gate_rule rule;
		int err = read_rule(refused[i].line, &rule);

		if (err != refused[i].err)
			fail_msg("%s: %d %s", refused[i].line, err, call.message);
		if (!strstr(call.message, refused[i].sentence))
			fail_msg("%s: says: %s", refused[i].line, call.message);
	}
}

static struct gate_rule rule_of(const char *line)
{
	struct gate_rule rule;

	if (read_rule(line, &rule))
		fail_msg("%s: %s", line, call.message);
	return rule;
}

static void all_words_are_read(UNUSED void **state)
{
	struct gate_rule rule = rule_of(
		"hold op=write,read at=reply path=/t* ino=7 off=4k len=8k "
		"size=1k-2k origin=direct pid=9 nth=3 count=4 probability=0.5 "
		"seed=6 deadline=2s name=\"a b\" scope=connection");

	assert_int_equal(rule.action, GATE_HOLD);
	assert_true(rule.ops == (1ULL << FUSE_READ | 1ULL << FUSE_WRITE));
	assert_int_equal(rule.at, GATE_REPLY);
	assert_string_equal(rule.path, "/t*");
	assert_int_equal(rule.ino, 7);
	assert_int_equal(rule.off, 4096);
	assert_int_equal(rule.len, 8192);
	assert_int_equal(rule.size_min, 1024);
	assert_int_equal(rule.size_max, 2048);
	assert_string_equal(rule.origin, "direct");
	assert_int_equal(rule.pid, 9);
	assert_int_equal(rule.nth, 3);
	assert_int_equal(rule.count, 4);
	assert_int_equal(rule.probability, 1u << (GATE_PROBABLE - 1));
	assert_int_equal(rule.seed, 6);
	assert_int_equal(rule.deadline_ns, 2 * SEC);
	assert_string_equal(rule.name, "a b");
	assert_int_equal(rule.owner, 5);
}

static void what_is_left_out_is_any(UNUSED void **state)
{
	struct gate_rule rule = rule_of("hold op=any");

	assert_true(rule.ops == UINT64_MAX);
	assert_int_equal(rule.at, GATE_ARRIVE);
	assert_null(rule.path);
	assert_null(rule.origin);
	assert_null(rule.name);
	assert_int_equal(rule.ino | rule.len | rule.size_min | rule.size_max |
			 rule.nth | rule.count | rule.seed | rule.owner, 0);
	assert_int_equal(rule.pid, 0);
	assert_int_equal(rule.probability, 0);
	assert_int_equal(rule.deadline_ns, 30 * SEC);
}

static void sizes_and_chances(UNUSED void **state)
{
	struct gate_rule rule = rule_of("hold op=read size=4k");

	assert_int_equal(rule.size_min, 4096);
	assert_int_equal(rule.size_max, 4096);
	rule = rule_of("hold op=read size=4k-");
	assert_int_equal(rule.size_min, 4096);
	assert_int_equal(rule.size_max, 0);
	rule = rule_of("hold op=read size=0-4k");
	assert_int_equal(rule.size_min, 0);
	assert_int_equal(rule.size_max, 4096);
	rule = rule_of("hold op=read probability=25%");
	assert_int_equal(rule.probability, 1u << (GATE_PROBABLE - 2));
	assert_int_not_equal(rule.seed, 0);
	/* Certainty is no chance. */
	assert_int_equal(rule_of("hold op=read probability=1").probability, 0);
	assert_int_equal(rule_of("hold op=read probability=100%").probability,
			 0);
	assert_int_equal(rule_of("hold op=read probability=0.0000001")
			 .probability, 429);
}

static void what_is_injected(UNUSED void **state)
{
	static const struct {
		const char *line;
		enum gate_action action;
		uint64_t value;
	} rows[] = {
		{ "inject op=read error=EIO", GATE_ERROR, EIO },
		{ "inject op=read error=EHWPOISON", GATE_ERROR, EHWPOISON },
		{ "inject op=read short=4k", GATE_SHORT, 4096 },
		{ "inject op=any short=0", GATE_SHORT, 0 },
		{ "inject op=write flip=0x10", GATE_FLIP, 16 },
		{ "inject op=any at=reply twice", GATE_TWICE, 0 },
		{ "inject op=any nokeep", GATE_NOKEEP, 0 },
		{ "inject op=read delay=1.5s", GATE_DELAY, 3 * SEC / 2 },
		{ "inject op=read reorder=3", GATE_REORDER, 3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct gate_rule rule = rule_of(rows[i].line);

		assert_int_equal(rule.action, rows[i].action);
		assert_int_equal(rule.value, rows[i].value);
	}
	assert_int_equal(rule_of("inject op=read reorder=3").deadline_ns, SEC);
	assert_int_equal(rule_of("inject op=read reorder=3 within=7s")
			 .deadline_ns, 7 * SEC);
}

static int tear_down_group(UNUSED void **state)
{
	parse_line_deinit(&call.words);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_words_are_refused),
		cmocka_unit_test(all_words_are_read),
		cmocka_unit_test(what_is_left_out_is_any),
		cmocka_unit_test(sizes_and_chances),
		cmocka_unit_test(what_is_injected),
	};

	return cmocka_run_group_tests_name("verbsrule", tests, NULL,
					   tear_down_group);
}
