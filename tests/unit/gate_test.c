/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: which requests a rule holds, how often, until when, and who releases
 * what it held.
 */
#include "gate-bench.h"

#include <pthread.h>
#include <stdatomic.h>

static void count_told(UNUSED uint64_t id, void *context)
{
	++*(size_t *)context;
}

static int clear(uint64_t id, size_t *cleared)
{
	*cleared = 0;
	return gate_clear(fs.gates, id, count_told, cleared);
}

/* Which rule holds it; 0: none. */
static uint64_t check_at(struct request request, enum gate_point at)
{
	struct gate_plan plan = { 0 };
	bool held = gate_check(fs.gates, &request, at, &plan);

	assert_int_equal(held, plan.keeper != 0);
	return plan.keeper;
}

static uint64_t check(struct request request)
{
	return check_at(request, GATE_ARRIVE);
}

/* The member of the rule @index in gate_list(), as JSON text. */
static void expect_listed(size_t index, const char *key, const char *expected)
{
	json_t *list = gate_list(fs.gates);
	json_t *value = json_object_get(json_array_get(list, index), key);
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
	json_decref(list);
}

static void no_rule_holds_nothing(UNUSED void **state)
{
	json_t *list = gate_list(fs.gates);
	size_t cleared = 99;

	assert_int_equal(check((struct request){ .opcode = FUSE_WRITE }), 0);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
	assert_int_equal(gate_count(fs.gates), 0);
	assert_int_equal(clear(0, &cleared), 0);
	assert_int_equal(cleared, 0);
	assert_int_equal(clear(1, &cleared), -ENOENT);
	assert_false(gate_exists(fs.gates, 1));
}

/* One rule, one request; whether the one holds the other. */
struct match {
	const char *what;
	struct gate_rule rule;
	struct request request;
	bool holds;
};

#define ANY .ops = UINT64_MAX
#define READ_AT(o, s) { .opcode = FUSE_READ, .nodeid = 5, .pid = 7, \
			.has_range = true, .off = (o), .size = (s) }
#define LOOKUP_OF(n) { .opcode = FUSE_LOOKUP, .nodeid = 5, .name = (n) }

static const struct match matches[] = {
	{ "the operation", { .ops = OP(FUSE_READ) }, READ_AT(0, 1), true },
	{ "another operation", { .ops = OP(FUSE_WRITE) }, READ_AT(0, 1),
	  false },
	{ "one of several", { .ops = OP(FUSE_WRITE) | OP(FUSE_READ) },
	  READ_AT(0, 1), true },
	{ "any", { ANY }, READ_AT(0, 1), true },
	{ "the other point", { ANY, .at = GATE_REPLY }, READ_AT(0, 1), false },
	{ "an opcode beyond the mask", { ANY }, { .opcode = 64 }, false },
	{ "forget", { ANY }, { .opcode = FUSE_FORGET }, false },
	{ "batch_forget", { ANY }, { .opcode = FUSE_BATCH_FORGET }, false },
	{ "interrupt", { ANY }, { .opcode = FUSE_INTERRUPT }, false },
	{ "notify_reply", { ANY }, { .opcode = FUSE_NOTIFY_REPLY }, false },
	{ "init", { ANY }, { .opcode = FUSE_INIT }, false },
	{ "destroy", { ANY }, { .opcode = FUSE_DESTROY }, false },

	{ "the caller", { ANY, .pid = 7 }, READ_AT(0, 1), true },
	{ "another caller", { ANY, .pid = 8 }, READ_AT(0, 1), false },
	{ "the inode", { ANY, .ino = 1005 }, READ_AT(0, 1), true },
	{ "another inode", { ANY, .ino = 5 }, READ_AT(0, 1), false },

	{ "the path", { ANY, .path = "/dir/5" }, READ_AT(0, 1), true },
	{ "part of it", { ANY, .path = "/dir" }, READ_AT(0, 1), false },
	{ "a path without its slash", { ANY, .path = "dir/5" },
	  READ_AT(0, 1), false },
	{ "a pattern", { ANY, .path = "/d?r/[4-6]" }, READ_AT(0, 1), true },
	{ "a wildcard over slashes", { ANY, .path = "/*" },
	  LOOKUP_OF("name"), true },
	{ "the name in the path", { ANY, .path = "/dir/5/name" },
	  LOOKUP_OF("name"), true },
	{ "another name", { ANY, .path = "/dir/5/name" },
	  LOOKUP_OF("names"), false },
	{ "ino of a name is the directory's",
	  { ANY, .ino = 1005 }, LOOKUP_OF("name"), true },
	{ "path right, inode wrong",
	  { ANY, .ino = 1, .path = "/dir/5" }, READ_AT(0, 1), false },

	{ "a range within", { ANY, .off = 100, .len = 10 },
	  READ_AT(0, 4096), true },
	{ "around", { ANY, .off = 0, .len = 4096 }, READ_AT(100, 10), true },
	{ "ends before", { ANY, .off = 0, .len = 100 },
	  READ_AT(100, 10), false },
	{ "last byte", { ANY, .off = 0, .len = 101 }, READ_AT(100, 10), true },
	{ "begins behind", { ANY, .off = 110, .len = 1 },
	  READ_AT(100, 10), false },
	{ "first byte", { ANY, .off = 109, .len = 1 }, READ_AT(100, 10), true },
	{ "up to the end of numbers",
	  { ANY, .off = 1, .len = UINT64_MAX },
	  READ_AT(UINT64_MAX - 5, 10), true },
	{ "a request beyond the end of numbers",
	  { ANY, .off = UINT64_MAX, .len = 1 },
	  READ_AT(5, UINT64_MAX), true },
	{ "no range in the request", { ANY, .len = 1 },
	  LOOKUP_OF("name"), false },
	{ "a point within", { ANY, .off = 4096, .len = 4096 },
	  { .opcode = FUSE_LSEEK, .has_range = true, .off = 8191 }, true },
	{ "a point behind", { ANY, .off = 4096, .len = 4096 },
	  { .opcode = FUSE_LSEEK, .has_range = true, .off = 8192 }, false },
	{ "a point before", { ANY, .off = 4096, .len = 4096 },
	  { .opcode = FUSE_LSEEK, .has_range = true, .off = 4095 }, false },
};

static void rules_match(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
		uint64_t id = arm(matches[i].rule);
		uint64_t held_by = check(matches[i].request);

		if (held_by != (matches[i].holds ? id : 0))
			fail_msg("%s: held by %u", matches[i].what,
				 (unsigned int)held_by);
		assert_int_equal(gate_clear(fs.gates, id, NULL, NULL), 0);
	}
}

static void the_reply_is_another_point(UNUSED void **state)
{
	struct request request = READ_AT(0, 1);
	uint64_t id = arm((struct gate_rule){ .ops = OP(FUSE_READ),
					      .at = GATE_REPLY });

	assert_int_equal(check_at(request, GATE_ARRIVE), 0);
	assert_int_equal(check_at(request, GATE_REPLY), id);
}

/* A path is put together last, and once. */
static void paths_cost_little(UNUSED void **state)
{
	struct request request = READ_AT(0, 1);

	arm((struct gate_rule){ .ops = OP(FUSE_WRITE), .path = "/x" });
	arm((struct gate_rule){ .ops = OP(FUSE_READ), .pid = 1, .path = "/x" });
	arm((struct gate_rule){ .ops = OP(FUSE_READ), .ino = 1, .path = "/x" });
	assert_int_equal(check(request), 0);
	assert_int_equal(paths_made, 0);
	arm((struct gate_rule){ .ops = OP(FUSE_READ), .path = "/x" });
	arm((struct gate_rule){ .ops = OP(FUSE_READ), .path = "/y" });
	assert_int_equal(check(request), 0);
	assert_int_equal(paths_made, 1);
}

static void first_armed_first(UNUSED void **state)
{
	struct request request = READ_AT(0, 1);
	uint64_t first = arm((struct gate_rule){ .ops = OP(FUSE_READ),
						 .count = 2 });
	uint64_t second = arm((struct gate_rule){ .ops = OP(FUSE_READ) });

	assert_int_equal(second, first + 1);
	assert_int_equal(check(request), first);
	assert_int_equal(check(request), first);
	assert_int_equal(check(request), second);
	expect_listed(0, "spent", "true");
	expect_listed(0, "hits", "2");
	expect_listed(0, "seen", "2");
	expect_listed(1, "spent", "false");
	expect_listed(1, "hits", "1");
	assert_int_equal(gate_count(fs.gates), 2);
	assert_true(gate_exists(fs.gates, first));
}

static void nth_and_count(UNUSED void **state)
{
	struct request request = READ_AT(0, 1);
	uint64_t id = arm((struct gate_rule){ .ops = OP(FUSE_READ), .nth = 3,
					      .count = 2 });
	static const bool holds[] = { false, false, true, true, false, false };

	for (size_t i = 0; i < ARRAY_SIZE(holds); i++)
		assert_int_equal(check(request), holds[i] ? id : 0);
	expect_listed(0, "seen", "4");
	expect_listed(0, "hits", "2");
	expect_listed(0, "spent", "true");
}

static void a_deadline_is_cut(UNUSED void **state)
{
	static const struct {
		uint64_t asked_ns;
		uint64_t got_ns;
	} rows[] = {
		{ 0, 30 * SEC },
		{ 1, 1 },
		{ 5 * SEC, 5 * SEC },
		{ 30 * SEC, 30 * SEC },
		{ 31 * SEC, 30 * SEC },
		{ UINT64_MAX, 30 * SEC },
	};
	struct request request = READ_AT(0, 1);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t id = arm((struct gate_rule){
			.ops = OP(FUSE_READ), .deadline_ns = rows[i].asked_ns,
		});
		uint64_t before_ns = clock_now_ns();
		struct gate_plan plan;

		assert_true(gate_check(fs.gates, &request, GATE_ARRIVE, &plan));
		assert_true(plan.deadline_ns >= before_ns + rows[i].got_ns);
		assert_true(plan.deadline_ns <=
			    clock_now_ns() + rows[i].got_ns);
		assert_int_equal(gate_clear(fs.gates, id, NULL, NULL), 0);
	}
}

static void rules_that_can_hold_nothing(UNUSED void **state)
{
	static const uint64_t ops[] = {
		0, OP(FUSE_FORGET), OP(FUSE_INIT) | OP(FUSE_DESTROY),
		OP(FUSE_INTERRUPT) | OP(FUSE_BATCH_FORGET),
	};

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		struct gate_rule rule = { .ops = ops[i] };
		uint64_t id = 0;

		assert_int_equal(gate_arm(fs.gates, &rule, &id), -EINVAL);
		assert_int_equal(id, 0);
	}
	assert_int_equal(gate_count(fs.gates), 0);
}

/* The rule is a copy: what it was made from may change. */
static void a_rule_is_copied(UNUSED void **state)
{
	struct request request = READ_AT(0, 1);
	char path[] = "/dir/5";
	uint64_t id = arm((struct gate_rule){ .ops = OP(FUSE_READ),
					      .path = path });

	memset(path, 'x', sizeof(path) - 1);
	assert_int_equal(check(request), id);
}

static void the_list_says_all(UNUSED void **state)
{
	static const char *const rows[][2] = {
		{ "id", "1" }, { "name", "\"n\"" },
		{ "action", "\"delay\"" }, { "value", "7000" },
		{ "size_min", "1" }, { "size_max", "2" },
		{ "origin", "\"direct\"" }, { "probability", "0.25" },
		{ "seed", "8" }, { "scope", "\"connection\"" },
		{ "ops", "[\"read\",\"write\"]" },
		{ "at", "\"reply\"" }, { "path", "\"/t*\"" }, { "ino", "3" },
		{ "off", "4096" }, { "len", "8192" }, { "pid", "12" },
		{ "nth", "2" }, { "count", "9" }, { "deadline_us", "5000000" },
		{ "seen", "0" }, { "hits", "0" }, { "held", "0" },
		{ "spent", "false" },
	};
	json_t *list;

	arm((struct gate_rule){
		.action = GATE_DELAY, .value = 7000000, .name = "n",
		.size_min = 1, .size_max = 2, .origin = "direct",
		.probability = 1u << (GATE_PROBABLE - 2), .seed = 8,
		.owner = 1, .ops = OP(FUSE_READ) | OP(FUSE_WRITE),
		.at = GATE_REPLY, .path = "/t*", .ino = 3, .off = 4096, .len = 8192,
		.pid = 12, .nth = 2, .count = 9, .deadline_ns = 5 * SEC,
	});
	arm((struct gate_rule){ .ops = UINT64_MAX });
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		expect_listed(0, rows[i][0], rows[i][1]);
	list = gate_list(fs.gates);
	assert_int_equal(json_object_size(json_array_get(list, 0)),
			 ARRAY_SIZE(rows));
	json_decref(list);
	expect_listed(1, "ops", "[\"any\"]");
	expect_listed(1, "at", "\"arrive\"");
	expect_listed(1, "path", "null");
	expect_listed(1, "deadline_us", "30000000");
}

/* ---- with the queue ---- */

static atomic_uint resumed;

static void count_resumed(UNUSED struct hold *hold)
{
	atomic_fetch_add(&resumed, 1);
}

static void park(struct hold *hold, uint64_t gate_id)
{
	hold->gate_id = gate_id;
	hold->deadline_ns = clock_deadline_ns(60 * SEC);
	hold->resume = count_resumed;
	hold_park(fs.holds, hold);
	gate_parked(fs.gates, gate_id);
}

static void clearing_releases(UNUSED void **state)
{
	static struct hold holds[6];
	uint64_t ids[3];
	size_t cleared;

	atomic_store(&resumed, 0);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = arm((struct gate_rule){ .ops = OP(FUSE_READ),
						 .owner = i == 2 ? 0 : 8 + i });
	for (size_t i = 0; i < ARRAY_SIZE(holds); i++)
		park(&holds[i], ids[i % 3]);
	expect_listed(0, "held", "2");

	assert_int_equal(clear(ids[0], &cleared), 0);
	assert_int_equal(cleared, 1);
	assert_int_equal(atomic_load(&resumed), 2);
	assert_false(gate_exists(fs.gates, ids[0]));
	assert_int_equal(gate_clear(fs.gates, ids[0], NULL, NULL), -ENOENT);

	gate_clear_owner(fs.gates, 0);		/* nobody's */
	gate_clear_owner(fs.gates, 8);		/* gone already */
	assert_int_equal(atomic_load(&resumed), 2);
	gate_clear_owner(fs.gates, 9);
	assert_int_equal(atomic_load(&resumed), 4);

	arm((struct gate_rule){ .ops = OP(FUSE_WRITE) });
	assert_int_equal(clear(0, &cleared), 0);
	assert_int_equal(cleared, 2);
	assert_int_equal(atomic_load(&resumed), 6);
	assert_int_equal(gate_count(fs.gates), 0);
	assert_int_equal(check((struct request)READ_AT(0, 1)), 0);
}

/* Its rule was removed between gate_check() and hold_park(). */
static void parked_for_a_rule_that_is_gone(UNUSED void **state)
{
	static struct hold stays;
	static struct hold late;
	uint64_t other = arm((struct gate_rule){ .ops = OP(FUSE_READ) });
	uint64_t id = arm((struct gate_rule){ .ops = OP(FUSE_WRITE) });
	uint64_t deadline_ns = clock_deadline_ns(20 * SEC);

	atomic_store(&resumed, 0);
	assert_int_equal(check((struct request){ .opcode = FUSE_WRITE }), id);
	assert_int_equal(gate_clear(fs.gates, id, NULL, NULL), 0);
	park(&stays, other);
	park(&late, id);
	while (!atomic_load(&resumed) && clock_now_ns() < deadline_ns)
		clock_sleep_ns(CLOCK_NS_PER_MS / 5);
	assert_int_equal(atomic_load(&resumed), 1);
	assert_int_equal(hold_count(fs.holds, 0), 1);
	assert_int_equal(hold_count(fs.holds, other), 1);
}

/* Workers hold, a control connection arms and clears: nothing stays held. */
static atomic_bool stop;

static void *hold_all_the_time(UNUSED void *arg)
{
	struct request request = READ_AT(0, 1);
	static struct hold holds[2][20000];
	static atomic_uint thread;
	struct hold *mine = holds[atomic_fetch_add(&thread, 1)];
	unsigned int used = 0;
	struct gate_plan plan;

	while (!atomic_load(&stop) && used < 20000)
		if (gate_check(fs.gates, &request, GATE_ARRIVE, &plan))
			park(&mine[used++], plan.keeper);
	return NULL;
}

static void clearing_races_with_parking(UNUSED void **state)
{
	pthread_t threads[2];

	atomic_store(&stop, false);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						hold_all_the_time, NULL), 0);
	for (int i = 0; i < 300; i++) {
		uint64_t id = arm((struct gate_rule){ .ops = OP(FUSE_READ),
						      .count = 20 });

		if (i % 2)
			clock_sleep_ns(20000);
		assert_int_equal(gate_clear(fs.gates, id, NULL, NULL), 0);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(hold_count(fs.holds, 0), 0);
}

int main(void)
{
#define GATE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		GATE_TEST(no_rule_holds_nothing),
		GATE_TEST(rules_match),
		GATE_TEST(the_reply_is_another_point),
		GATE_TEST(paths_cost_little),
		GATE_TEST(first_armed_first),
		GATE_TEST(nth_and_count),
		GATE_TEST(a_deadline_is_cut),
		GATE_TEST(rules_that_can_hold_nothing),
		GATE_TEST(a_rule_is_copied),
		GATE_TEST(the_list_says_all),
		GATE_TEST(clearing_releases),
		GATE_TEST(parked_for_a_rule_that_is_gone),
		GATE_TEST(clearing_races_with_parking),
	};

	return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
