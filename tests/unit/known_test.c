/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The known verdicts: reading the file, and the row that fits a mount. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/capability.h"
#include "client/known.h"
#include "client/scenario.h"
#include "common/log.h"

#include <cmocka.h>	/* last: its macros take common names */

static char path[] = "/tmp/known_test.XXXXXX";

static bool is_capability(const char *name)
{
	return strcmp(name, "live") == 0 || strcmp(name, "waits") == 0;
}

static int load(const char *text, struct known **known_ret)
{
	FILE *file = fopen(path, "w");
	int err;

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	err = known_load(path, is_capability, known_ret);
	return err;
}

/* A mount whose capabilities are the context's words; "?live" is unknown. */
static int has(void *context, const char *capability)
{
	const char *words = context;
	char unknown[32];

	snprintf(unknown, sizeof(unknown), "?%s", capability);
	if (strstr(words, unknown))
		return -EIO;
	return strstr(words, capability) != NULL;
}

static const char table[] =
	"# a comment, and an empty line\n"
	"\n"
	"a@x\tlive,!waits\tUNSTABLE\tground one\n"
	"a@x\twaits\tBLOCKED\tground two\n"
	"a@x\t!live\tHIDDEN\tground three\n"
	"*@y\t-\tSTABLE\tground four\twith a tab is not one field\n";

static void rows_are_found(UNUSED void **state)
{
	static const struct {
		const char *scenario;
		const char *mount;
		int err;
		int verdict;		/* -1: no row */
		const char *why;
	} rows[] = {
		{ "a@x", "live", 0, VERDICT_UNSTABLE, "one, not the other" },
		{ "a@x", "live waits", 0, VERDICT_BLOCKED, "the second row" },
		{ "a@x", "waits", 0, VERDICT_BLOCKED, "the first that fits" },
		{ "a@x", "", 0, VERDICT_HIDDEN, "the third" },
		{ "b@y", "", 0, VERDICT_STABLE, "a pattern" },
		{ "b@y", "?live ?waits", 0, VERDICT_STABLE,
		  "what does not matter is not asked" },
		{ "b@x", "live", 0, -1, "no row speaks of it" },
		{ "a@x", "?live", -EIO, -1, "it matters and cannot be told" },
		{ "a@x:other", "live", 0, -1, "another target" },
		{ "c@x", "", 0, VERDICT_LOST, "the first of two patterns" },
		{ "d@z", "", 0, VERDICT_LOST, "the second" },
		{ "c@x|d@*", "", 0, -1, "both are not one" },
		{ "a@x+end", "waits", 0, VERDICT_BLOCKED, "any shape" },
		{ "d@z+end", "", 0, VERDICT_TORN, "a shape of its own" },
		{ "d@z+pages", "", 0, VERDICT_LOST, "another has the rule" },
	};
	struct known *known;

	assert_int_equal(load("a@x\tlive,!waits\tUNSTABLE\tone\n"
			      "a@x\twaits\tBLOCKED\ttwo\n"
			      "a@x\t!live\tHIDDEN\tthree\n"
			      "*@y\t-\tSTABLE\tfour\n"
			      "d@z+end\t-\tTORN\tfive\n"
			      "c@x|d@z\t-\tLOST\tsix\n", &known), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct known_row *row = NULL;
		int err = known_find(known, rows[i].scenario, has,
				     (void *)rows[i].mount, &row);

		if (err != rows[i].err ||
		    (row ? (int)row->verdict : -1) != rows[i].verdict)
			fail_msg("%s: %d, %s", rows[i].why, err,
				 row ? row->ground : "no row");
	}
	known_destroy(known);
}

/* In the order of the file, and none behind one that always fits. */
static void rows_that_can_be_taken(UNUSED void **state)
{
	static const struct {
		const char *scenario;
		const char *grounds;
	} rows[] = {
		{ "a@x", "one,two," },
		{ "a@y", "always," },
		{ "a@y+end", "shape,always," },
		{ "b@x", "" },
	};
	struct known *known;

	assert_int_equal(load("a@x\tlive\tTORN\tone\n"
			      "a@y+end\t!live\tLOST\tshape\n"
			      "*@y\t-\tSTABLE\talways\n"
			      "a@x\t!live\tLOST\ttwo\n"
			      "a@y\twaits\tLOST\tnever\n", &known), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct known_row *row = NULL;
		char grounds[64] = "";

		while ((row = known_next(known, rows[i].scenario, row))) {
			strcat(grounds, row->ground);
			strcat(grounds, ",");
		}
		assert_string_equal(grounds, rows[i].grounds);
	}
	known_destroy(known);
}

static void files_are_read(UNUSED void **state)
{
	static const struct {
		const char *text;
		int err;
		size_t count;
		const char *why;
	} rows[] = {
		{ "", 0, 0, "an empty file" },
		{ "# only a comment", 0, 0, "no newline at its end" },
		{ "a@x\t-\tSTABLE\tground", 0, 1, "nor here" },
		{ "a@x\t\t-\t\tSTABLE\tground\n", 0, 1,
		  "several tabs, to align columns" },
		{ "a@x\tlive\tSTABLE\tg\n\n#\nb@x\t!waits\tLOST\tg\n", 0, 2,
		  "comments between rows" },
		{ "a@x - STABLE ground\n", -EINVAL, 0, "spaces for tabs" },
		{ "a@x\t-\tSTABLE\n", -EINVAL, 0, "no ground" },
		{ "a@x\tfast\tSTABLE\tground\n", -EINVAL, 0,
		  "a capability that does not exist" },
		{ "a@x\tlive,!fast\tSTABLE\tground\n", -EINVAL, 0,
		  "neither does this one" },
		{ "a@x\t-\tGOOD\tground\n", -EINVAL, 0,
		  "a verdict that does not exist" },
		{ "a@x\t-\tSTABLE\tg\nb@x\n", -EINVAL, 0,
		  "one bad line spoils it" },
		{ table, -EINVAL, 0, "five fields" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct known *known = NULL;
		int err = load(rows[i].text, &known);

		if (err != rows[i].err ||
		    (!err && known_count(known) != rows[i].count))
			fail_msg("%s: %d", rows[i].why, err);
		known_destroy(known);
	}
}

static void no_file(UNUSED void **state)
{
	struct known *known = NULL;

	assert_int_equal(known_load("/nonexistent/known.tsv", is_capability,
				    &known), -ENOENT);
	assert_null(known);
}

static bool can_be_taken(const struct known *known, const char *scenario,
			 const struct known_row *wanted)
{
	const struct known_row *row = NULL;

	while ((row = known_next(known, scenario, row)))
		if (row == wanted)
			return true;
	return false;
}

/* Some scenario of some shape has the row. */
static bool is_reached(const struct known *known, const struct known_row *row)
{
	const struct shape *shape;
	struct scenario shaped;

	if (can_be_taken(known, scenario_control()->name, row))
		return true;
	for (size_t i = 0; i < scenario_count(); i++)
		for (size_t s = 0; (shape = shape_at(s)); s++)
			if (scenario_reshape(scenario_at(i), shape, &shaped) &&
			    can_be_taken(known, shaped.name, row))
				return true;
	return false;
}

/* The file that is installed names only what exists, and nothing twice. */
static void the_real_file(UNUSED void **state)
{
	const char *srcdir = getenv("srcdir");
	struct known *known;
	char real[4096];

	snprintf(real, sizeof(real), "%s/src/client/known.tsv",
		 srcdir ? srcdir : ".");
	assert_int_equal(known_load(real, capability_exists, &known), 0);
	assert_true(known_count(known) > 0);
	for (size_t i = 0; i < known_count(known); i++) {
		const struct known_row *row = known_row(known, i);

		if (!is_reached(known, row))
			fail_msg("never taken: %s, %s: %s", row->scenario,
				 row->capabilities, row->ground);
	}
	known_destroy(known);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(rows_that_can_be_taken),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(no_file),
		cmocka_unit_test(the_real_file),
	};
	int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 99;
	close(fd);
	log_setup("known_test", LOG_SINK_STDERR, false);
	failed = cmocka_run_group_tests_name("known", tests, NULL, NULL);
	unlink(path);
	return failed;
}
