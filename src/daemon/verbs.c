/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control verbs. A verb reads its words, does the thing, waits until it has
 * taken effect, and returns the reply. Errors are one symbolic errno and one
 * sentence that names the word at fault.
 */
#include "daemon/verbs.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <pinfs/control.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/parse.h"
#include "daemon/audit.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/hold.h"
#include "daemon/request.h"
#include "daemon/session.h"
#include "daemon/status.h"

enum { LOOK_AT_PEER_MS = 100 };	/* how often a wait looks */

/* One call of a verb. */
struct call {
	struct fs *fs;
	uint64_t connection;
	int fd;			/* the connection */
	struct parse_line words;
	json_t *reply;		/* the verb adds its members */
	char message[256];	/* why it failed */
};

/* Return @err after noting why. */
static int PRINTF(3, 4) fail(struct call *call, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(call->message, sizeof(call->message), fmt, args);
	va_end(args);
	return err;
}

static int add(struct call *call, const char *key, json_int_t value)
{
	return json_object_set_new(call->reply, key, json_integer(value)) ?
		-ENOMEM : 0;
}

typedef int parse_fn(const char *text, uint64_t *value_ret);

/* A word's number: @value_ret stays as it is when the word is absent. */
static int number(struct call *call, const char *key, parse_fn *parse,
		  uint64_t *value_ret)
{
	const char *text = parse_line_get(&call->words, key);
	int err = text ? parse(text, value_ret) : 0;

	return err ? fail(call, err, "%s=%s is not a valid value", key, text) :
		     0;
}

/* Nobody's words are silently ignored. */
static int no_more_words(struct call *call)
{
	const char *word = parse_line_unused(&call->words);

	return word ? fail(call, -EINVAL, "word '%s' is not known to %s", word,
			   call->words.verb) : 0;
}

/* id= of a gate that exists; 0 when absent. */
static int gate_id(struct call *call, uint64_t *id_ret)
{
	int err;

	*id_ret = 0;
	err = number(call, "id", parse_u64, id_ret);
	if (!err && *id_ret && !gate_exists(call->fs->gates, *id_ret))
		err = fail(call, -ENOENT, "there is no gate %llu",
			   (unsigned long long)*id_ret);
	return err;
}

static int verb_status(struct call *call)
{
	int err = no_more_words(call);

	return err ? err : status_fill(call->fs, call->reply);
}

/* op=write,read or op=any */
static int parse_ops(struct call *call, uint64_t *ops_ret)
{
	const char *text = parse_line_get(&call->words, "op");
	char copy[256];
	char *save;

	if (!text || !*text)
		return fail(call, -EINVAL, "hold needs op=");
	if (!strcmp(text, "any")) {
		*ops_ret = UINT64_MAX;
		return 0;
	}
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return fail(call, -EINVAL, "op= is too long");
	for (char *name = strtok_r(copy, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		int opcode = request_op_from_name(name);

		if (opcode < 0 || opcode > 63)
			return fail(call, -EINVAL, "op=%s is not an operation",
				    name);
		*ops_ret |= 1ULL << opcode;
	}
	return *ops_ret ? 0 : fail(call, -EINVAL, "op= names no operation");
}

static int parse_point(struct call *call, enum gate_point *at_ret)
{
	const char *text = parse_line_get(&call->words, "at");

	if (!text || !strcmp(text, "arrive"))
		*at_ret = GATE_ARRIVE;
	else if (!strcmp(text, "reply"))
		*at_ret = GATE_REPLY;
	else
		return fail(call, -EINVAL, "at=%s is neither arrive nor reply",
			    text);
	return 0;
}

static int parse_scope(struct call *call, uint64_t *owner_ret)
{
	const char *text = parse_line_get(&call->words, "scope");

	if (!text || !strcmp(text, "mount"))
		*owner_ret = 0;
	else if (!strcmp(text, "connection"))
		*owner_ret = call->connection;
	else
		return fail(call, -EINVAL, "scope=%s is neither mount nor "
			    "connection", text);
	return 0;
}

/* The words that choose by number; an empty range chooses nothing: refused. */
static int parse_numbers(struct call *call, struct gate_rule *rule)
{
	uint64_t pid = 0;
	int err = number(call, "ino", parse_u64, &rule->ino);

	if (!err)
		err = number(call, "off", parse_size, &rule->off);
	if (!err)
		err = number(call, "len", parse_size, &rule->len);
	if (!err)
		err = number(call, "pid", parse_u64, &pid);
	if (!err)
		err = number(call, "nth", parse_u64, &rule->nth);
	if (!err)
		err = number(call, "count", parse_u64, &rule->count);
	if (!err && (pid > INT_MAX ||
		     (!pid && parse_line_get(&call->words, "pid"))))
		err = fail(call, -ERANGE, "pid= is not a thread's id");
	rule->pid = (pid_t)pid;
	if (!err && parse_line_get(&call->words, "off") && !rule->len)
		err = fail(call, -EINVAL, "off= needs len=");
	return err;
}

/* A pattern that no path can match is a mistake. */
static int parse_path(struct call *call, char **path_ret)
{
	const char *text = parse_line_get(&call->words, "path");

	if (text && !strchr("/*?[", text[0]))
		return fail(call, -EINVAL, "path=%s does not begin with /", text);
	if (text && !*text)
		return fail(call, -EINVAL, "path= is empty");
	*path_ret = (char *)text;
	return 0;
}

static int parse_rule(struct call *call, struct gate_rule *rule)
{
	int err = parse_ops(call, &rule->ops);

	if (!err)
		err = parse_point(call, &rule->at);
	if (!err)
		err = parse_scope(call, &rule->owner);
	if (!err)
		err = parse_numbers(call, rule);
	if (!err)
		err = parse_path(call, &rule->path);
	rule->deadline_ns = call->fs->config->hold_max_ns;
	if (!err)
		err = number(call, "deadline", parse_duration,
			     &rule->deadline_ns);
	if (!err && rule->deadline_ns > call->fs->config->hold_max_ns)
		err = fail(call, -ERANGE, "deadline= is longer than hold_max=");
	if (!err && !rule->deadline_ns)
		err = fail(call, -EINVAL, "deadline=0 would hold nothing");
	return err ? err : no_more_words(call);
}

static int verb_hold(struct call *call)
{
	struct gate_rule rule = { 0 };
	uint64_t id;
	int err = parse_rule(call, &rule);

	if (err)
		return err;
	err = gate_arm(call->fs->gates, &rule, &id);
	if (err == -EINVAL)
		return fail(call, err, "op= names nothing that can be held");
	return err ? err : add(call, "id", (json_int_t)id);
}

/* Closed on both sides; who only has no more to say still wants the reply. */
static bool peer_has_gone(const struct call *call)
{
	struct pollfd peer = { .fd = call->fd };

	return poll(&peer, 1, 0) > 0 && (peer.revents & POLLHUP);
}

/* hold_wait(), but no longer than there is somebody to be told. */
static int wait_for_held(struct call *call, uint64_t id, size_t held,
			 uint64_t deadline_ns, size_t *now_ret)
{
	for (;;) {
		uint64_t look_ns = clock_deadline_ns(LOOK_AT_PEER_MS *
						     CLOCK_NS_PER_MS);
		int err = hold_wait(call->fs->holds, id, held,
				    MIN(look_ns, deadline_ns), now_ret);

		if (err != -ETIMEDOUT || look_ns >= deadline_ns)
			return err;
		if (peer_has_gone(call))
			return -EPIPE;
	}
}

static int verb_wait(struct call *call)
{
	uint64_t id;
	uint64_t held = 1;
	uint64_t timeout_ns = 5 * CLOCK_NS_PER_SEC;
	size_t now = 0;
	int err = gate_id(call, &id);

	if (!err)
		err = number(call, "held", parse_u64, &held);
	if (!err)
		err = number(call, "timeout", parse_duration, &timeout_ns);
	if (!err)
		err = no_more_words(call);
	if (err)
		return err;
	err = wait_for_held(call, id, held, clock_deadline_ns(timeout_ns), &now);
	if (add(call, "held", (json_int_t)now))
		return -ENOMEM;
	if (err == -ETIMEDOUT)
		return fail(call, err, "%zu held when the time was up", now);
	return err ? fail(call, err, "the mount is being ended") : 0;
}

static int verb_release(struct call *call)
{
	uint64_t id;
	uint64_t n = SIZE_MAX;
	int err = gate_id(call, &id);

	if (!err)
		err = number(call, "n", parse_u64, &n);
	if (!err)
		err = no_more_words(call);
	if (err)
		return err;
	return add(call, "released",
		   (json_int_t)hold_release(call->fs->holds, id, n));
}

static int verb_list(struct call *call)
{
	int err = no_more_words(call);

	return err ? err : status_fill_list(call->fs, call->reply);
}

static int verb_clear(struct call *call)
{
	uint64_t id;
	int err = gate_id(call, &id);
	size_t cleared = 0;

	if (!err)
		err = no_more_words(call);
	if (!err)
		err = gate_clear(call->fs->gates, id, &cleared);
	return err ? err : add(call, "cleared", (json_int_t)cleared);
}

static int verb_pause(struct call *call)
{
	int err = no_more_words(call);

	if (err)
		return err;
	session_pause(call->fs->session);
	return add(call, "waiting", status_waiting(call->fs));
}

static int verb_resume(struct call *call)
{
	int err = no_more_words(call);

	if (!err)
		session_resume(call->fs->session);
	return err;
}

static int verb_audit(struct call *call)
{
	struct audit_question question = {
		.connection = call->connection,
		.timeout_ns = 5 * CLOCK_NS_PER_SEC,
	};
	const char *why = NULL;
	int err = number(call, "ino", parse_u64, &question.ino);

	if (!err)
		err = number(call, "off", parse_size, &question.off);
	if (!err)
		err = number(call, "len", parse_size, &question.len);
	if (!err)
		err = number(call, "id", parse_u64, &question.id);
	if (!err)
		err = number(call, "timeout", parse_duration,
			     &question.timeout_ns);
	if (!err)
		err = no_more_words(call);
	if (!err && question.timeout_ns > 60 * CLOCK_NS_PER_SEC)
		err = fail(call, -ERANGE, "timeout= is longer than a minute");
	if (!err && !question.ino == !question.id)
		err = fail(call, -EINVAL, "audit needs one of ino= and id=");
	if (err)
		return err;
	err = audit_ask(call->fs, &question, call->reply, &why);
	return err && why ? fail(call, err, "%s", why) : err;
}

static int verb_store(struct call *call)
{
	uint64_t ino = 0, off = 0, len = 1, byte = UINT64_MAX;
	int err = number(call, "ino", parse_u64, &ino);

	if (!err)
		err = number(call, "off", parse_size, &off);
	if (!err)
		err = number(call, "len", parse_size, &len);
	if (!err)
		err = number(call, "byte", parse_u64, &byte);
	if (!err)
		err = no_more_words(call);
	if (!err && (!ino || byte > UINT8_MAX || !len || len > AUDIT_PLANT_MAX))
		err = fail(call, -EINVAL, "store needs ino=, byte= of 0 to 255 "
			   "and at most 1m bytes");
	return err ? err : audit_plant(call->fs, ino, off, len, (uint8_t)byte);
}

static int verb_mark(struct call *call)
{
	const char *text = parse_line_get(&call->words, "text");
	int err = no_more_words(call);

	if (err)
		return err;
	if (!text)
		return fail(call, -EINVAL, "mark needs text=");
	event_write(call->fs->events, "mark",
		    json_pack("{s:o}", "text", json_text(text)));
	return 0;
}

static int verb_sync(struct call *call)
{
	int err = no_more_words(call);

	if (!err)
		event_sync(call->fs->events);
	return err;
}

static int verb_quit(struct call *call)
{
	uint64_t one = 1;
	int err = no_more_words(call);

	if (err)
		return err;
	if (write(call->fs->quit_fd, &one, sizeof(one)) < 0)
		return -errno;
	return 0;
}

/* The verbs of include/pinfs/control.h: one without a function does not link. */
static const struct {
	const char *name;
	int (*run)(struct call *call);
} verbs[] = {
#define VERB(name, words, help) { #name, verb_##name },
	PINFS_CONTROL_VERBS(VERB)
#undef VERB
};

static int run(struct call *call)
{
	if (!call->words.verb)
		return fail(call, -EINVAL, "the line is empty");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(call->words.verb, verbs[i].name))
			return verbs[i].run(call);
	return fail(call, -EINVAL, "'%s' is not a verb", call->words.verb);
}

/* Without memory there is no reply, rather than one that says ok. */
static void set_error(struct call *call, int err)
{
	const char *name = strerrorname_np(-err);

	if (json_object_set_new(call->reply, "ok", json_false()) ||
	    json_object_set_new(call->reply, "error",
				json_string(name ? name : "EIO")) ||
	    json_object_set_new(call->reply, "message", json_text(
		call->message[0] ? call->message : strerror(-err)))) {
		json_decref(call->reply);
		call->reply = NULL;
	}
}

json_t *verbs_run(struct fs *fs, uint64_t connection, int fd, const char *line)
{
	struct call call = { .fs = fs, .connection = connection, .fd = fd };
	int err;

	call.reply = json_pack("{s:b}", "ok", 1);
	if (!call.reply)
		return NULL;
	err = parse_line_init(&call.words, line);
	if (err) {
		if (err != -ENOMEM)
			fail(&call, err, "the line cannot be cut into words: %s",
			     err == -E2BIG ? "too many" :
					     "quotes or control characters");
		set_error(&call, err);
		return call.reply;
	}
	err = run(&call);
	if (err)
		set_error(&call, err);
	parse_line_deinit(&call.words);
	return call.reply;
}
