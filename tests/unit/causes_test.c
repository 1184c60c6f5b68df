/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is true of scenarios, and the table of what was said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/causes.h"
#include "client/scenario.h"

static void the_truth_is_in_the_tables(UNUSED void **state)
{
	static const struct {
		const char *scenario;
		const char *truth;	/* NULL: none of these */
	} rows[] = {
		{ "dio-read@writeback", "pin" },
		{ "vm-writev@writeback", "pin" },
		{ "uring-read@writeback", "pin" },
		{ "aio-read@writeback", "pin" },
		{ "pwrite@writeback", "overwrite" },
		{ "splice-in@writeback", "overwrite" },
		{ "sendfile-in@writeback", "overwrite" },
		{ "copy-range-in@writeback", "overwrite" },
		{ "notify-store@writeback", "notify" },
		{ "dio-read@through", "through" },
		{ "store@writeback", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct scenario *scenario =
			scenario_find(rows[i].scenario);
		const char *truth;

		assert_non_null(scenario);
		truth = causes_truth(scenario);
		if (!truth != !rows[i].truth ||
		    (truth && strcmp(truth, rows[i].truth)))
			fail_msg("%s: %s", rows[i].scenario, truth);
	}
}

static void precision_and_recall_are_counted(UNUSED void **state)
{
	struct causes causes = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (int i = 0; i < 3; i++)
		causes_add(&causes, "pin", "pin");
	causes_add(&causes, "pin", "unknown");
	causes_add(&causes, "overwrite", "pin");
	causes_add(&causes, "overwrite", "what is this");
	causes_print(&causes, out);
	fclose(out);
	assert_string_equal(text, "\n"
		"true\\said         pin overwrite    notify   through   unknown"
		" precision    recall\n"
		"pin                 3         0         0         0         1"
		"     0.750     0.750\n"
		"overwrite           1         0         0         0         1"
		"         -     0.000\n"
		"notify              0         0         0         0         0"
		"         -         -\n"
		"through             0         0         0         0         0"
		"         -         -\n");
	free(text);
}

static void programs_get_the_same(UNUSED void **state)
{
	struct causes causes = { 0 };
	json_t *object;
	json_t *row;

	causes_add(&causes, "pin", "pin");
	causes_add(&causes, "notify", "pin");
	object = causes_json(&causes);
	row = json_array_get(json_object_get(object, "causes"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "cause")),
			    "pin");
	assert_int_equal(json_integer_value(json_object_get(row, "true")), 1);
	assert_true(json_real_value(json_object_get(row, "precision")) == 0.5);
	assert_true(json_real_value(json_object_get(row, "recall")) == 1.0);
	row = json_array_get(json_object_get(object, "causes"), 1);
	assert_true(json_is_null(json_object_get(row, "precision")));
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_truth_is_in_the_tables),
		cmocka_unit_test(precision_and_recall_are_counted),
		cmocka_unit_test(programs_get_the_same),
	};

	return cmocka_run_group_tests_name("causes", tests, NULL, NULL);
}
