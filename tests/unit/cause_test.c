/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decision about the cause: what is known, what must be said, and a word that
 * the ground must have. And: of all combinations, where "pin" may be said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/compiler.h"
#include "daemon/cause.h"

#define WHO "\"pid\": 7, \"tid\": 8, \"comm\": \"cat\", "
#define PIN "{" WHO "\"call\": \"pread64\", \"kind\": \"pin\", \"by\": \"trace\"}"
#define PIN_LOOK(window) "{" WHO "\"call\": \"preadv\", \"kind\": \"pin\", " \
	"\"by\": \"procfs\"" window "}"
#define WRITE_AT "{" WHO "\"call\": \"pwrite64\", \"kind\": \"overwrite\", " \
	"\"by\": \"trace\", \"file_offset\": 4096, \"length\": 10}"
#define WRITE_LOOK(window) "{" WHO "\"call\": \"pwritev\", \"kind\": " \
	"\"overwrite\", \"by\": \"procfs\", \"file_offset\": 4096, " \
	"\"length\": 10" window "}"
#define WRITE_SOMEWHERE "{" WHO "\"call\": \"splice\", \"kind\": " \
	"\"overwrite\", \"by\": \"trace\", \"file_offset\": null, \"length\": 10}"
#define AIO "{" WHO "\"call\": \"io_submit\", \"kind\": \"asynchronous\", " \
	"\"by\": \"procfs\"}"
#define IN ", \"in_window\": true"
#define OUT ", \"in_window\": false"

enum { TRACED = 1, RESOLVED = 2, OWN = 4, THROUGH = 8, STABLE = 16, BLIND = 32 };

static const struct row {
	unsigned int known;
	const char *suspects;
	const char *cause;
	const char *word;	/* in the ground */
	const char *why;
} rows[] = {
	{ OWN | TRACED | RESOLVED, PIN, "notify", "verb store", "ours" },
	{ THROUGH | TRACED | RESOLVED, PIN, "through", "write-through",
	  "not under writeback" },
	{ STABLE | BLIND, "", "pin", "stable writes", "a write(2) waits" },
	{ BLIND | TRACED, "", "unknown", "nobody was looked for", "no helper" },
	{ TRACED | RESOLVED, PIN, "pin", "cat (process 7) was in pread64",
	  "seen, and nothing else can have been there" },
	{ TRACED | RESOLVED, PIN_LOOK(IN), "pin", "preadv",
	  "still in it, since before" },
	{ TRACED | RESOLVED, PIN_LOOK(""), "unknown", "not known whether in",
	  "it may have come afterwards" },
	{ TRACED | RESOLVED, PIN_LOOK(OUT), "unknown", "no system call",
	  "it has come afterwards" },
	{ RESOLVED, PIN, "unknown", "not recorded", "a gap in the record" },
	{ TRACED, PIN, "unknown", "not all calls", "a descriptor is closed" },
	{ TRACED | RESOLVED, PIN "," WRITE_AT, "unknown",
	  "pwrite64 with the block, and so was", "either" },
	{ TRACED | RESOLVED, WRITE_AT "," PIN_LOOK(""), "unknown", "so was",
	  "either, in the other order" },
	{ TRACED | RESOLVED, PIN "," WRITE_LOOK(""), "unknown",
	  "something wrote", "a write that may have come afterwards" },
	{ TRACED | RESOLVED, PIN "," WRITE_LOOK(OUT), "pin", "pread64",
	  "a write that has come afterwards" },
	{ TRACED | RESOLVED, PIN "," WRITE_SOMEWHERE, "unknown",
	  "something wrote", "a write at the file's position" },
	{ TRACED | RESOLVED, PIN "," AIO, "unknown", "asynchronous",
	  "a reader with io_uring may have been it as well" },
	{ 0, WRITE_AT, "overwrite", "cat (process 7) was in pwrite64",
	  "seen, and it does change the block" },
	{ TRACED | RESOLVED, WRITE_AT "," AIO, "overwrite", "pwrite64",
	  "seen, whatever else there was" },
	{ 0, WRITE_LOOK(IN), "overwrite", "pwritev", "still in it" },
	{ 0, WRITE_LOOK(""), "unknown", "not known where or when",
	  "it may have come afterwards" },
	{ TRACED | RESOLVED, WRITE_SOMEWHERE, "overwrite", "nobody else",
	  "by exclusion" },
	{ TRACED, WRITE_SOMEWHERE, "unknown", "where or when",
	  "somebody may be missing" },
	{ TRACED | RESOLVED, WRITE_SOMEWHERE "," AIO, "unknown", "where or when",
	  "or a read in the background" },
	{ TRACED | RESOLVED, AIO, "unknown", "asynchronous I/O",
	  "which memory is not known" },
	{ TRACED | RESOLVED, "", "unknown", "a pin that was taken before",
	  "nobody was there" },
	{ RESOLVED, "", "unknown", "not told apart", "nothing is known" },
};

static void find(unsigned int known, const char *suspects, struct cause *cause)
{
	char text[2048];
	json_t *around;
	struct cause_facts facts = {
		.own = known & OWN,
		.through = known & THROUGH,
		.stable = known & STABLE,
		.traced = known & TRACED,
	};

	snprintf(text, sizeof(text), "{\"suspects\": [%s], \"resolved\": %s}",
		 suspects, known & RESOLVED ? "true" : "false");
	around = json_loads(text, 0, NULL);
	assert_non_null(around);
	facts.around = known & BLIND ? NULL : around;
	cause_find(&facts, cause);
	json_decref(around);
}

static void what_is_known_decides(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct cause cause;

		find(row->known, row->suspects, &cause);
		if (strcmp(cause.name, row->cause) ||
		    !strstr(cause.ground, row->word))
			fail_msg("%s: %s, %s", row->why, cause.name,
				 cause.ground);
	}
}

/* Every set of these suspects, with everything known or not of the window. */
static void a_pin_is_never_said_beside_a_write(UNUSED void **state)
{
	static const char *const all[] = {
		PIN, PIN_LOOK(IN), PIN_LOOK(""), AIO, WRITE_AT, WRITE_SOMEWHERE,
		WRITE_LOOK(IN), WRITE_LOOK(""),
	};
	enum { FIRST_PINS = 2, NOT_WRITES = 4 };
	unsigned int pins = 0;

	for (unsigned int set = 0; set < 4U << ARRAY_SIZE(all); set++) {
		char suspects[1500] = "";
		struct cause cause;
		bool is_pin;

		for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
			size_t len = strlen(suspects);

			if (set & (4U << i))
				snprintf(suspects + len, sizeof(suspects) - len,
					 "%s%s", len ? "," : "", all[i]);
		}
		find(set & (TRACED | RESOLVED), suspects, &cause);
		is_pin = !strcmp(cause.name, "pin");
		pins += is_pin;
		if (is_pin && (set >> (2 + NOT_WRITES - 1) ||
			       (set & 3) != (TRACED | RESOLVED) ||
			       !(set >> 2 & ((1U << FIRST_PINS) - 1))))
			fail_msg("pin of %s", suspects);
	}
	/* Either or both of the two, with or without the vague one. */
	assert_int_equal(pins, 6);
}

static void a_cause_is_one_of_the_names(UNUSED void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *const *name = cause_names();

		while (*name && strcmp(*name, rows[i].cause))
			name++;
		assert_non_null(*name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_decides),
		cmocka_unit_test(a_pin_is_never_said_beside_a_write),
		cmocka_unit_test(a_cause_is_one_of_the_names),
	};

	return cmocka_run_group_tests_name("cause", tests, NULL, NULL);
}
