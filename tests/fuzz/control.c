/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the control verbs. An input is the lines of one control
 * connection. The verb "arrive", which no mount has, is a request that arrives,
 * so that gates have something to match and holds are there to release.
 */
#include <stdlib.h>
#include <string.h>

#include <pinfs/control.h>

#include "common/json.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/verbs.h"

#include "control-mount.h"
#include "control-words.h"
#include "fuzz.h"

enum { CONNECTION = 7, LINES_MAX = 200 };

/* One connection. */
struct connection {
	struct fs *fs;
	unsigned int lines;
};

/* ---- replies ---- */

static bool is_errno_name(const char *name)
{
	for (int err = 1; err < 512; err++) {
		const char *known = strerrorname_np(err);

		if (known && !strcmp(known, name))
			return true;
	}
	return false;
}

/* One object in one line, which a reader of JSON takes; ok, or why not. */
static bool check_reply(const json_t *reply)
{
	char *text = json_dumps(reply, JSON_COMPACT);
	json_t *again = text ? json_loads(text, 0, NULL) : NULL;
	const json_t *ok = json_object_get(reply, "ok");
	const char *error = json_string_value(json_object_get(reply, "error"));
	const char *message = json_string_value(json_object_get(reply,
								"message"));

	assert(json_is_object(reply) && text && !strchr(text, '\n'));
	assert(again && json_equal(again, reply) && json_is_boolean(ok));
	if (json_is_true(ok))
		assert(!error && !message);
	else
		assert(error && is_errno_name(error) && message &&
		       fuzz_is_message(message));
	json_decref(again);
	free(text);
	return json_is_true(ok);
}

static json_t *run(struct fs *fs, const char *line)
{
	json_t *reply;

	control_mount_in_verb(true);
	reply = verbs_run(fs, CONNECTION, -1, line);
	control_mount_in_verb(false);
	assert(reply);
	return reply;
}

/* ---- a line ---- */

/* What a verb may change: nothing when it fails, one gate when it arms one. */
static void check_effect(const char *verb, bool ok, const json_t *reply,
			 size_t gates, size_t gates_now)
{
	if (!ok) {
		assert(gates_now == gates);
	} else if (!strcmp(verb, "hold") || !strcmp(verb, "inject")) {
		assert(gates_now == gates + 1);
		assert(json_integer_value(json_object_get(reply, "id")) > 0);
	} else if (!strcmp(verb, "clear")) {
		assert(gates_now + (size_t)json_integer_value(json_object_get(
				reply, "cleared")) == gates);
	} else {
		assert(gates_now == gates);
	}
}

static void take_verb(struct fs *fs, const char *line, const char *verb)
{
	size_t gates = gate_count(fs->gates);
	size_t held = control_mount_held();
	json_t *reply = run(fs, line);
	bool ok = check_reply(reply);

	check_effect(verb ? verb : "", ok, reply, gates,
		     gate_count(fs->gates));
	if (!ok)
		assert(control_mount_held() == held);
	json_decref(reply);
}

static void take_line(char *line, void *context)
{
	struct connection *connection = context;
	struct parse_line words;

	/* As control.c: a longer line is never seen here. */
	if (strlen(line) >= PINFS_CONTROL_REQUEST_MAX ||
	    ++connection->lines > LINES_MAX)
		return;
	control_words_check(line);
	if (parse_line_init(&words, line)) {
		take_verb(connection->fs, line, NULL);
		return;
	}
	if (words.verb && !strcmp(words.verb, "arrive"))
		control_mount_arrive(&words);
	else
		take_verb(connection->fs, line, words.verb);
	parse_line_deinit(&words);
}

/* ---- at the end ---- */

/* No number of a reply is negative that was not so in a request. */
static void check_gate(const json_t *gate)
{
	const char *key;
	const json_t *value;

	json_object_foreach((json_t *)gate, key, value)
		assert(!json_is_integer(value) ||
		       json_integer_value(value) >= 0);
}

static void check_list(struct fs *fs)
{
	json_t *reply = run(fs, "list");
	const json_t *gates = json_object_get(reply, "gates");
	const json_t *held = json_object_get(reply, "held");
	const json_t *gate;
	size_t i;

	assert(check_reply(reply));
	assert(json_array_size(gates) == gate_count(fs->gates));
	assert(json_array_size(held) == control_mount_held());
	json_array_foreach(gates, i, gate)
		check_gate(gate);
	json_decref(reply);
}

/* After clear there is no gate, and nothing is held. */
static void clear_all(struct fs *fs)
{
	size_t gates = gate_count(fs->gates);
	json_t *reply = run(fs, "clear");

	assert(check_reply(reply));
	assert((size_t)json_integer_value(json_object_get(reply, "cleared")) ==
	       gates);
	assert(!gate_count(fs->gates) && !control_mount_held());
	json_decref(reply);
}

int LLVMFuzzerInitialize(UNUSED int *argc, UNUSED char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct connection connection = { .fs = control_mount_up() };

	fuzz_lines(data, size, take_line, &connection);
	check_list(connection.fs);
	gate_clear_owner(connection.fs->gates, CONNECTION);
	check_list(connection.fs);
	clear_all(connection.fs);
	control_mount_down();
	return 0;
}
