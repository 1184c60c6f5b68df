/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several rules together make of one request: who keeps it, what is done. */
#include "gate-bench.h"

static struct request a_read(void)
{
	return (struct request){ .opcode = FUSE_READ, .nodeid = 5,
				 .has_range = true, .size = 4096 };
}

static struct gate_plan plan_at(enum gate_point at)
{
	struct request request = a_read();
	struct gate_plan plan = { 0 };
	bool any = gate_check(fs.gates, &request, at, &plan);

	assert_int_equal(any, plan.nhits > 0);
	return plan;
}

static uint64_t arm_action(enum gate_action action, uint64_t value)
{
	return arm((struct gate_rule){ .action = action, .value = value,
				       .ops = OP(FUSE_READ) });
}

/* "seen" or "hits" of the rule @index. */
static uint64_t listed(size_t index, const char *key)
{
	json_t *list = gate_list(fs.gates);
	json_t *value = json_object_get(json_array_get(list, index), key);
	uint64_t number = (uint64_t)json_integer_value(value);

	assert_true(json_is_integer(value));
	json_decref(list);
	return number;
}

static void each_kind_is_done_at_once(UNUSED void **state)
{
	uint64_t ids[] = {
		arm_action(GATE_ERROR, EIO), arm_action(GATE_HOLD, 0),
		arm_action(GATE_FLIP, 77), arm_action(GATE_SHORT, 100),
	};
	struct gate_plan plan = plan_at(GATE_ARRIVE);

	assert_int_equal(plan.keeper, ids[1]);
	assert_false(plan.timed);
	assert_int_equal(plan.fault.err, EIO);
	assert_true(plan.fault.flips);
	assert_int_equal(plan.fault.flip_bit, 77);
	assert_true(plan.fault.shortens);
	assert_int_equal(plan.fault.short_bytes, 100);
	assert_int_equal(plan.fault.twice, 0);
	assert_int_equal(plan.nhits, ARRAY_SIZE(ids));
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		assert_int_equal(plan.hits[i].id, ids[i]);
	assert_int_equal(plan.hits[2].action, GATE_FLIP);
	assert_int_equal(plan.hits[2].value, 77);
	assert_int_equal(plan_at(GATE_REPLY).nhits, 0);
}

static void twice_names_its_rule(UNUSED void **state)
{
	uint64_t id = arm((struct gate_rule){ .action = GATE_TWICE,
					      .at = GATE_REPLY,
					      .ops = OP(FUSE_READ) });

	assert_int_equal(plan_at(GATE_ARRIVE).nhits, 0);
	assert_int_equal(plan_at(GATE_REPLY).fault.twice, id);
}

static void nokeep_is_for_the_open(UNUSED void **state)
{
	struct request request = { .opcode = FUSE_OPEN, .nodeid = 5 };
	struct gate_plan plan = { 0 };

	arm((struct gate_rule){ .action = GATE_NOKEEP, .count = 1,
				.ops = UINT64_MAX });
	assert_int_equal(plan_at(GATE_ARRIVE).nhits, 0);
	assert_true(gate_check(fs.gates, &request, GATE_ARRIVE, &plan));
	assert_true(plan.fault.drops);
	assert_false(gate_check(fs.gates, &request, GATE_ARRIVE, &plan));
}

/* Not even counted: its nth and count are for requests that come to it. */
static void the_first_of_a_kind_decides(UNUSED void **state)
{
	struct gate_plan plan;

	arm((struct gate_rule){ .action = GATE_ERROR, .value = EIO,
				.ops = OP(FUSE_READ), .count = 2 });
	arm((struct gate_rule){ .action = GATE_ERROR, .value = ENOSPC,
				.ops = OP(FUSE_READ), .nth = 2 });
	for (int i = 0; i < 2; i++)
		assert_int_equal(plan_at(GATE_ARRIVE).fault.err, EIO);
	assert_int_equal(listed(1, "seen"), 0);
	assert_int_equal(plan_at(GATE_ARRIVE).nhits, 0);
	plan = plan_at(GATE_ARRIVE);
	assert_int_equal(plan.fault.err, ENOSPC);
	assert_int_equal(plan.nhits, 1);
	assert_int_equal(listed(0, "seen"), 2);
	assert_int_equal(listed(1, "seen"), 2);
	assert_int_equal(listed(1, "hits"), 1);
}

/* One that sees a request and lets it be leaves it to the next. */
static void who_is_not_due_decides_nothing(UNUSED void **state)
{
	uint64_t second;

	arm((struct gate_rule){ .ops = OP(FUSE_READ), .nth = 3 });
	second = arm_action(GATE_HOLD, 0);
	assert_int_equal(plan_at(GATE_ARRIVE).keeper, second);
	assert_int_equal(plan_at(GATE_ARRIVE).keeper, second);
	assert_int_equal(plan_at(GATE_ARRIVE).keeper, second - 1);
	assert_int_equal(listed(0, "seen"), 3);
	assert_int_equal(listed(1, "seen"), 2);
}

static void only_one_keeps_a_request(UNUSED void **state)
{
	static const enum gate_action keepers[] = { GATE_HOLD, GATE_DELAY,
						    GATE_REORDER };

	for (size_t first = 0; first < ARRAY_SIZE(keepers); first++) {
		uint64_t id = arm_action(keepers[first], 5 * SEC);
		struct gate_plan plan;

		for (size_t i = 0; i < ARRAY_SIZE(keepers); i++)
			arm_action(keepers[i], 7 * SEC);
		plan = plan_at(GATE_ARRIVE);
		assert_int_equal(plan.keeper, id);
		assert_int_equal(plan.nhits, 1);
		assert_int_equal(plan.timed, keepers[first] != GATE_HOLD);
		for (size_t i = 1; i <= ARRAY_SIZE(keepers); i++)
			assert_int_equal(listed(i, "seen"), 0);
		assert_int_equal(gate_clear(fs.gates, 0, NULL, NULL), 0);
	}
}

static void a_delay_ends_when_it_says(UNUSED void **state)
{
	uint64_t before_ns = clock_now_ns();
	struct gate_plan plan;

	arm_action(GATE_DELAY, 5 * SEC);
	plan = plan_at(GATE_ARRIVE);
	assert_true(plan.deadline_ns >= before_ns + 5 * SEC);
	assert_true(plan.deadline_ns <= clock_now_ns() + 5 * SEC);
}

/* Which of 64 requests a rule of that seed does something to, as bits. */
static uint64_t chosen_by(uint64_t seed, uint64_t nth, uint64_t count)
{
	uint64_t bits = 0;
	uint64_t id = arm((struct gate_rule){
		.action = GATE_ERROR, .value = EIO, .ops = OP(FUSE_READ),
		.probability = 1u << (GATE_PROBABLE - 1), .seed = seed,
		.nth = nth, .count = count,
	});

	for (int i = 0; i < 64; i++)
		bits |= (uint64_t)plan_at(GATE_ARRIVE).nhits << i;
	assert_int_equal(gate_clear(fs.gates, id, NULL, NULL), 0);
	return bits;
}

static void chance_is_that_of_the_seed(UNUSED void **state)
{
	uint64_t bits = chosen_by(1, 0, 0);
	int chosen = __builtin_popcountll(bits);
	uint64_t first_two = bits & -bits;

	assert_true(chosen > 12 && chosen < 52);
	assert_true(chosen_by(1, 0, 0) == bits);
	assert_true(chosen_by(2, 0, 0) != bits);
	/* Those before the nth are not done, and change nothing after it. */
	assert_true(chosen_by(1, 33, 0) == (bits & UINT64_MAX << 32));
	first_two |= (bits ^ first_two) & -(bits ^ first_two);
	assert_true(chosen_by(1, 0, 2) == first_two);
}

static void a_name_is_one_rules(UNUSED void **state)
{
	struct gate_rule rule = { .ops = OP(FUSE_READ), .name = "n" };
	uint64_t first = arm(rule);
	uint64_t id = 0;

	assert_int_equal(gate_arm(fs.gates, &rule, &id), -EEXIST);
	assert_int_equal(id, 0);
	assert_int_equal(gate_count(fs.gates), 1);
	assert_int_equal(gate_find(fs.gates, "n"), first);
	assert_int_equal(gate_find(fs.gates, "m"), 0);
	assert_int_equal(gate_clear(fs.gates, first, NULL, NULL), 0);
	assert_int_equal(gate_find(fs.gates, "n"), 0);
	assert_int_equal(arm(rule), first + 1);
}

static void what_can_be_done_to_what(UNUSED void **state)
{
	static const struct {
		enum gate_action action;
		enum gate_point at;
		uint64_t ops;
		uint64_t possible;
	} rows[] = {
		{ GATE_SHORT, GATE_ARRIVE, UINT64_MAX,
		  OP(FUSE_READ) | OP(FUSE_WRITE) | OP(FUSE_COPY_FILE_RANGE) },
		{ GATE_SHORT, GATE_REPLY, UINT64_MAX, 0 },
		{ GATE_FLIP, GATE_ARRIVE, UINT64_MAX,
		  OP(FUSE_READ) | OP(FUSE_WRITE) },
		{ GATE_FLIP, GATE_REPLY, UINT64_MAX, OP(FUSE_READ) },
		{ GATE_FLIP, GATE_ARRIVE, OP(FUSE_GETATTR), 0 },
		{ GATE_TWICE, GATE_ARRIVE, UINT64_MAX, 0 },
		{ GATE_TWICE, GATE_REPLY, OP(FUSE_MKDIR), OP(FUSE_MKDIR) },
		{ GATE_NOKEEP, GATE_ARRIVE, UINT64_MAX, OP(FUSE_OPEN) },
		{ GATE_NOKEEP, GATE_REPLY, UINT64_MAX, 0 },
		{ GATE_ERROR, GATE_ARRIVE, OP(FUSE_MKDIR), OP(FUSE_MKDIR) },
		{ GATE_ERROR, GATE_REPLY, OP(FUSE_FORGET) | OP(FUSE_INIT), 0 },
		{ GATE_DELAY, GATE_ARRIVE, OP(FUSE_INTERRUPT), 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_true(gate_holdable(rows[i].action, rows[i].at,
					  rows[i].ops) == rows[i].possible);
}

int main(void)
{
#define GATE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		GATE_TEST(each_kind_is_done_at_once),
		GATE_TEST(twice_names_its_rule),
		GATE_TEST(nokeep_is_for_the_open),
		GATE_TEST(the_first_of_a_kind_decides),
		GATE_TEST(who_is_not_due_decides_nothing),
		GATE_TEST(only_one_keeps_a_request),
		GATE_TEST(a_delay_ends_when_it_says),
		GATE_TEST(chance_is_that_of_the_seed),
		GATE_TEST(a_name_is_one_rules),
		GATE_TEST(what_can_be_done_to_what),
	};

	return cmocka_run_group_tests_name("gatefault", tests, NULL, NULL);
}
