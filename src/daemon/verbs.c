/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control verbs. A verb reads its words, does the thing, waits until it has
 * taken effect, and returns the reply. Errors are one symbolic errno and one
 * sentence that names the word at fault.
 */
#include "daemon/verbs-internal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinfs/control.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/event.h"
#include "daemon/fs.h"
#include "daemon/hold.h"
#include "daemon/limits.h"
#include "daemon/session.h"
#include "daemon/status.h"

enum { LOOK_AT_PEER_MS = 100 };	/* how often a wait looks */

int verbs_fail(struct verbs_call *call, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(call->message, sizeof(call->message), fmt, args);
	va_end(args);
	return err;
}

int verbs_add(struct verbs_call *call, const char *key, json_int_t value)
{
	return json_object_set_new(call->reply, key, json_integer(value)) ?
		-ENOMEM : 0;
}

int verbs_number(struct verbs_call *call, const char *key, verbs_parse_fn *parse,
		  uint64_t *value_ret)
{
	const char *text = parse_line_get(&call->words, key);
	uint64_t value = 0;
	int err = text ? parse(text, &value) : 0;

	/* What a reply or an event says again must be one of JSON's. */
	if (value > INT64_MAX)
		err = -ERANGE;
	if (text && !err)
		*value_ret = value;
	return err ? verbs_fail(call, err, "%s=%s is not a valid value", key,
				text) : 0;
}

int verbs_no_more_words(struct verbs_call *call)
{
	const char *word = parse_line_unused(&call->words);

	return word ? verbs_fail(call, -EINVAL, "word '%s' is not known to %s",
				 word, call->words.verb) : 0;
}

int verbs_choice(struct verbs_call *call, const char *key,
		 const char *const *words, unsigned int *index_ret)
{
	const char *text = parse_line_get(&call->words, key);
	char list[128] = "";

	if (!text)
		return 0;
	for (unsigned int i = 0; words[i]; i++) {
		size_t used = strlen(list);

		if (!strcmp(words[i], text)) {
			*index_ret = i;
			return 0;
		}
		snprintf(list + used, sizeof(list) - used, "%s%s",
			 i ? ", " : "", words[i]);
	}
	return verbs_fail(call, -EINVAL, "%s=%s is not one of %s", key, text,
			  list);
}

/* id= or name= of a gate that exists; 0 when both are absent. */
static int gate_id(struct verbs_call *call, uint64_t *id_ret)
{
	const char *name = parse_line_get(&call->words, "name");
	bool given = parse_line_get(&call->words, "id");
	uint64_t id = 0;
	int err = verbs_number(call, "id", parse_u64, &id);

	if (err)
		return err;
	if (given && name)
		return verbs_fail(call, -EINVAL, "id= and name=: only one of "
				  "them");
	/* Zero is no gate's: it does not stand for all of them. */
	if (given && !gate_exists(call->fs->gates, id))
		return verbs_fail(call, -ENOENT, "there is no gate %llu",
				  (unsigned long long)id);
	if (name) {
		id = gate_find(call->fs->gates, name);
		if (!id)
			return verbs_fail(call, -ENOENT,
					  "there is no gate '%s'", name);
	}
	*id_ret = id;
	return 0;
}

static int verb_status(struct verbs_call *call)
{
	int err = verbs_no_more_words(call);

	return err ? err : status_fill(call->fs, call->reply);
}

/* How long a rule keeps a request; 0: as long as is allowed, or not at all. */
static uint64_t kept_ns(struct verbs_call *call, const struct gate_rule *rule)
{
	if (rule->action == GATE_DELAY)
		return rule->value;
	if (rule->action == GATE_REORDER ||
	    parse_line_get(&call->words, "deadline"))
		return rule->deadline_ns;
	return 0;
}

/* What the kernel would do to so long a hold: a warning, or a refusal. */
static int check_limits(struct verbs_call *call, const struct gate_rule *rule)
{
	char text[sizeof(call->message)];
	int err;

	if (rule->action > GATE_REORDER)
		return 0;
	err = limits_check_hold(call->fs, kept_ns(call, rule), text,
				sizeof(text));
	if (err)
		return verbs_fail(call, err, "%s", text);
	return *text && json_object_set_new(call->reply, "warning",
					    json_text(text)) ? -ENOMEM : 0;
}

static int arm(struct verbs_call *call, bool inject)
{
	struct gate_rule rule;
	uint64_t id;
	int err = verbs_rule(call, inject, &rule);

	if (!err)
		err = check_limits(call, &rule);
	if (err)
		return err;
	err = gate_arm(call->fs->gates, &rule, &id);
	if (err == -EEXIST)
		return verbs_fail(call, err, "there is a gate '%s' already",
				  rule.name);
	if (err)
		return err;
	err = verbs_add(call, "id", (json_int_t)id);
	if (!err && rule.probability)
		err = verbs_add(call, "seed", (json_int_t)rule.seed);
	/* A gate whose number nobody has been told could not be cleared. */
	if (err && gate_clear(call->fs->gates, id, NULL, NULL))
		log_debug("the gate %llu has gone", (unsigned long long)id);
	return err;
}

static int verb_hold(struct verbs_call *call)
{
	return arm(call, false);
}

static int verb_inject(struct verbs_call *call)
{
	return arm(call, true);
}

/* Closed on both sides; who only has no more to say still wants the reply. */
bool verbs_peer_has_gone(const struct verbs_call *call)
{
	struct pollfd peer = { .fd = call->fd };

	return poll(&peer, 1, 0) > 0 && (peer.revents & POLLHUP);
}

/* hold_wait(), but no longer than there is somebody to be told. */
static int wait_for_held(struct verbs_call *call, uint64_t id, size_t held,
			 uint64_t deadline_ns, size_t *now_ret)
{
	for (;;) {
		uint64_t look_ns = clock_deadline_ns(LOOK_AT_PEER_MS *
						     CLOCK_NS_PER_MS);
		int err = hold_wait(call->fs->holds, id, held,
				    MIN(look_ns, deadline_ns), now_ret);

		if (err != -ETIMEDOUT || look_ns >= deadline_ns)
			return err;
		if (verbs_peer_has_gone(call))
			return -EPIPE;
	}
}

/* The holds of a gate, as numbers in a list. */
struct ids {
	uint64_t gate_id;
	json_t *array;
};

static void add_id(json_t *array, uint64_t id)
{
	json_array_append_new(array, json_integer((json_int_t)id));
}

static bool note_held(const struct hold *hold, void *context)
{
	struct ids *ids = context;

	if (hold_belongs(hold, ids->gate_id))
		add_id(ids->array, hold->id);
	return true;
}

static int add_held(struct verbs_call *call, uint64_t gate)
{
	struct ids ids = { .gate_id = gate, .array = json_array() };

	hold_each(call->fs->holds, note_held, &ids);
	return json_object_set_new(call->reply, "ids", ids.array) ? -ENOMEM : 0;
}

static int verb_wait(struct verbs_call *call)
{
	uint64_t id = 0;
	uint64_t held = 1;
	uint64_t timeout_ns = 5 * CLOCK_NS_PER_SEC;
	size_t now = 0;
	int err = gate_id(call, &id);

	if (!err)
		err = verbs_number(call, "held", parse_u64, &held);
	if (!err)
		err = verbs_number(call, "timeout", parse_duration, &timeout_ns);
	if (!err)
		err = verbs_no_more_words(call);
	if (err)
		return err;
	err = wait_for_held(call, id, held, clock_deadline_ns(timeout_ns), &now);
	if (verbs_add(call, "held", (json_int_t)now) || add_held(call, id))
		return -ENOMEM;
	if (err == -ETIMEDOUT)
		return verbs_fail(call, err, "%zu held when the time was up",
				  now);
	return err ? verbs_fail(call, err, "the mount is being ended") : 0;
}

static void note_released(struct hold *hold, void *context)
{
	add_id(context, hold->id);
}

static int verb_release(struct verbs_call *call)
{
	static const char *const orders[] = { "oldest", "newest", "random",
					      NULL };
	struct hold_choice choice = { .n = SIZE_MAX, .told = note_released };
	bool one = parse_line_get(&call->words, "hold");
	uint64_t n = SIZE_MAX;
	unsigned int order = HOLD_OLDEST;
	size_t released;
	int err = gate_id(call, &choice.gate_id);

	if (!err)
		err = verbs_number(call, "hold", parse_u64, &choice.hold_id);
	if (!err)
		err = verbs_number(call, "n", parse_u64, &n);
	if (!err)
		err = verbs_choice(call, "order", orders, &order);
	if (!err)
		err = verbs_number(call, "seed", parse_u64, &choice.seed);
	if (!err)
		err = verbs_no_more_words(call);
	if (err)
		return err;
	/* Zero is no hold's number: it does not stand for all of them. */
	choice.n = one && !choice.hold_id ? 0 : n;
	choice.order = (enum hold_order)order;
	choice.context = json_array();
	released = hold_release_chosen(call->fs->holds, &choice);
	if (json_object_set_new(call->reply, "ids", choice.context))
		return -ENOMEM;
	if (one && !released)
		return verbs_fail(call, -ENOENT, "%llu is not held",
				  (unsigned long long)choice.hold_id);
	return verbs_add(call, "released", (json_int_t)released);
}

static int verb_list(struct verbs_call *call)
{
	int err = verbs_no_more_words(call);

	return err ? err : status_fill_list(call->fs, call->reply);
}

static void note_cleared(uint64_t id, void *context)
{
	add_id(context, id);
}

static int verb_clear(struct verbs_call *call)
{
	uint64_t id = 0;
	int err = gate_id(call, &id);
	json_t *ids;

	if (!err)
		err = verbs_no_more_words(call);
	if (err)
		return err;
	ids = json_array();
	if (json_object_set_new(call->reply, "ids", ids))
		return -ENOMEM;
	err = gate_clear(call->fs->gates, id, note_cleared, ids);
	return err ? err : verbs_add(call, "cleared",
				     (json_int_t)json_array_size(ids));
}

/* A pause has no deadline, but on some kernels its requests have one. */
static int warn_of_timeout(struct verbs_call *call)
{
	uint64_t timeout_ns = call->fs->limits.request_timeout_ns;
	char text[128];

	if (!timeout_ns)
		return 0;
	snprintf(text, sizeof(text), "the kernel aborts this mount's "
		 "connection when a request waits longer than %llu s",
		 (unsigned long long)(timeout_ns / CLOCK_NS_PER_SEC));
	return json_object_set_new(call->reply, "warning", json_string(text)) ?
		-ENOMEM : 0;
}

static int verb_pause(struct verbs_call *call)
{
	static const char *const scopes[] = { "mount", "connection", NULL };
	unsigned int scope = 0;
	int err = verbs_choice(call, "scope", scopes, &scope);

	if (!err)
		err = verbs_no_more_words(call);
	if (err)
		return err;
	if (scope)
		session_pause_for(call->fs->session, call->connection);
	else
		session_pause(call->fs->session);
	err = verbs_add(call, "waiting", status_waiting(call->fs));
	if (!err)
		err = verbs_add(call, "queued", status_queued(call->fs));
	return err ? err : warn_of_timeout(call);
}

static int verb_resume(struct verbs_call *call)
{
	int err = verbs_no_more_words(call);

	if (!err)
		session_resume(call->fs->session);
	return err;
}

static int verb_audit(struct verbs_call *call)
{
	return verbs_audit(call);
}

static int verb_store(struct verbs_call *call)
{
	return verbs_store(call);
}

static int verb_invalidate(struct verbs_call *call)
{
	return verbs_invalidate(call);
}

static int verb_record(struct verbs_call *call)
{
	return verbs_record(call);
}

static int verb_suspects(struct verbs_call *call)
{
	return verbs_suspects(call);
}

static int verb_mark(struct verbs_call *call)
{
	const char *text = parse_line_get(&call->words, "text");
	int err = verbs_no_more_words(call);

	if (err)
		return err;
	if (!text)
		return verbs_fail(call, -EINVAL, "mark needs text=");
	event_write(call->fs->events, "mark",
		    json_pack("{s:o}", "text", json_text(text)));
	return 0;
}

static int verb_sync(struct verbs_call *call)
{
	int err = verbs_no_more_words(call);

	if (!err)
		event_sync(call->fs->events);
	return err;
}

static int verb_quit(struct verbs_call *call)
{
	uint64_t one = 1;
	int err = verbs_no_more_words(call);

	if (err)
		return err;
	if (write(call->fs->quit_fd, &one, sizeof(one)) < 0)
		return -errno;
	return 0;
}

/* The verbs of include/pinfs/control.h: one without a function does not link. */
static const struct {
	const char *name;
	int (*run)(struct verbs_call *call);
} verbs[] = {
#define VERB(name, words, help) { #name, verb_##name },
	PINFS_CONTROL_VERBS(VERB)
#undef VERB
};

static int run(struct verbs_call *call)
{
	if (!call->words.verb)
		return verbs_fail(call, -EINVAL, "the line is empty");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(call->words.verb, verbs[i].name))
			return verbs[i].run(call);
	return verbs_fail(call, -EINVAL, "'%s' is not a verb", call->words.verb);
}

/* Without memory there is no reply, rather than one that says ok. */
static void set_error(struct verbs_call *call, int err)
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
	struct verbs_call call = { .fs = fs, .connection = connection, .fd = fd };
	int err;

	call.reply = json_pack("{s:b}", "ok", 1);
	if (!call.reply)
		return NULL;
	err = parse_line_init(&call.words, line);
	if (err) {
		if (err != -ENOMEM)
			verbs_fail(&call, err,
				   "the line cannot be cut into words: %s",
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
