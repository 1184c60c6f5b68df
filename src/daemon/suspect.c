/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks for suspects, in the daemon.
 *
 * Nothing of it is done here: another process's mappings, command line and memory
 * can be unreadable for as long as a request is held, so a helper process
 * (helper.c) does it, and not even that touches what may block: its children do
 * (suspect-helper.c), and one that does not get on is killed, and another goes on
 * behind the place. The answer comes as lines in shared memory, each whole as soon
 * as it counts, so that what was found before something hung is not lost with it.
 *
 * What is said of somebody must be true. A call whose buffer lies in the block is
 * a suspect "pin" only when it is one that writes to pages without their owner's
 * page table: an O_DIRECT read, process_vm_writev(2), AF_ALG. Reads that copy
 * fault like a store by the CPU, and wait for writeback. Where that cannot be
 * told, and where the kernel does not say what memory work that goes on in the
 * background is about, the suspect is "asynchronous", and "unknown" has a sentence
 * about it.
 */
#include "daemon/suspect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/helper.h"
#include "daemon/suspect-internal.h"

enum {
	HELPERS = 2,		/* one for the finder, one for the verb */
	MAX_LOST = 64,		/* they do not hang, but their children do: these
				 * are only slow */
	MARGIN_MS = 1000,	/* for a helper to say that time is up */
};

struct suspect {
	struct helper_pool *helpers;
};

static const struct helper_kind kind = {
	.name = CALL_SEARCHER,
	.purpose = "suspects are not looked for",
	.count = HELPERS,
	.max_lost = MAX_LOST,
	.order_size = sizeof(struct suspect_order),
	.work = suspect_work,
};

int suspect_create(struct suspect **suspect_ret)
{
	struct suspect *suspect = calloc(1, sizeof(*suspect));
	int err;

	if (!suspect)
		return -ENOMEM;
	err = helper_pool_create(&kind, &suspect->helpers);
	if (err) {
		free(suspect);
		return err;
	}
	*suspect_ret = suspect;
	return 0;
}

void suspect_destroy(struct suspect *suspect)
{
	if (!suspect)
		return;
	helper_pool_destroy(suspect->helpers);
	free(suspect);
}

/* ---- the answer ---- */

/* Lists, by the member of a line that goes into them. */
static const struct {
	const char *key;
	const char *list;
} lists[] = {
	{ "suspect", "suspects" },
	{ "mapper", "mappers" },
	{ "opener", "openers" },
	{ "unknown", "unknown" },
};

static json_t *empty_answer(void)
{
	return json_pack("{s:[], s:[], s:[], s:[], s:n, s:b}", "suspects",
			 "mappers", "openers", "unknown", "page", "resolved", 0);
}

static void say_unknown(json_t *answer, const char *text)
{
	json_array_append_new(json_object_get(answer, "unknown"),
			      json_string(text));
}

static void add_line(json_t *answer, json_t *commands, const json_t *line)
{
	json_t *value;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		value = json_object_get(line, lists[i].key);
		if (value)
			json_array_append(json_object_get(answer, lists[i].list),
					  value);
	}
	value = json_object_get(line, "page");
	if (value)
		json_object_set(answer, "page", value);
	value = json_object_get(line, "commands");
	if (value)
		json_object_update(commands, value);
}

/* Command lines come last, since they may not come at all. */
static void add_commands(json_t *list, const json_t *commands)
{
	size_t i;
	json_t *entry;

	json_array_foreach(list, i, entry) {
		char pid[32];
		json_t *command;

		snprintf(pid, sizeof(pid), "%lld", (long long)
			 json_integer_value(json_object_get(entry, "pid")));
		command = json_object_get(commands, pid);
		if (command)
			json_object_set(entry, "cmdline", command);
	}
}

static void read_lines(json_t *answer, const struct suspect_order *order)
{
	size_t used = MIN(atomic_load(&order->used), sizeof(order->text));
	const char *at = order->text;
	const char *end = at + used;
	json_t *commands = json_object();

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = newline ? (size_t)(newline - at) :
				       (size_t)(end - at);
		json_t *line = json_loadb(at, len, 0, NULL);

		if (line)
			add_line(answer, commands, line);
		json_decref(line);
		at += len + 1;
	}
	add_commands(json_object_get(answer, "suspects"), commands);
	add_commands(json_object_get(answer, "mappers"), commands);
	json_decref(commands);
	json_object_set_new(answer, "resolved", json_boolean(
		atomic_load(&order->resolved) &&
		!atomic_load(&order->unresolved) &&
		!atomic_load(&order->full)));
	json_object_set_new(answer, "assumes_open",
			    json_boolean(atomic_load(&order->assumed)));
	if (atomic_load(&order->full))
		say_unknown(answer, "there was more than the answer has room for");
}

/* ---- the question ---- */

static void fill_order(struct suspect_order *order,
		       const struct suspect_query *query,
		       const struct call *calls, size_t ncalls,
		       uint64_t deadline_ns)
{
	order->query = *query;
	order->daemon = getpid();
	order->deadline_ns = deadline_ns;
	order->ncalls = MIN(ncalls, (size_t)SUSPECT_MAX_CALLS);
	if (order->ncalls)
		memcpy(order->calls, calls, order->ncalls * sizeof(*calls));
	atomic_store(&order->used, 0);
	atomic_store(&order->full, false);
	atomic_store(&order->resolved, false);
	atomic_store(&order->unresolved, false);
	atomic_store(&order->assumed, false);
}

static void say_error(json_t *answer, int err)
{
	char text[128];

	if (err == -ETIME)
		snprintf(text, sizeof(text), "there was no time to look for "
			 "suspects");
	else if (err == -ETIMEDOUT)
		snprintf(text, sizeof(text), "the helper that looks for "
			 "suspects did not answer in time");
	else if (err == -ESHUTDOWN)
		snprintf(text, sizeof(text), "suspects are not looked for any "
			 "more: too many helpers did not answer");
	else
		snprintf(text, sizeof(text), "suspects could not be looked "
			 "for: %s", strerror(-err));
	say_unknown(answer, text);
}

static int ask(struct suspect *suspect, const struct suspect_query *query,
	       const struct call *calls, size_t ncalls, uint64_t deadline_ns,
	       json_t *answer)
{
	struct helper_pool *helpers = suspect ? suspect->helpers : NULL;
	struct suspect_order *order;
	struct helper *helper;
	int err = helpers ? -ETIME : -ENOTSUP;

	if (helpers && clock_now_ns() < deadline_ns)
		err = helper_take(helpers, deadline_ns, &helper);
	if (err)
		return err == -ETIMEDOUT ? -ETIME : err;
	order = helper_order(helper);
	fill_order(order, query, calls, ncalls, deadline_ns);
	err = helper_ask(helpers, helper,
			 deadline_ns + MARGIN_MS * CLOCK_NS_PER_MS);
	read_lines(answer, order);
	helper_give(helpers, helper);
	return err;
}

json_t *suspect_find(struct suspect *suspect, const struct suspect_query *query,
		     const struct call *calls, size_t ncalls,
		     uint64_t deadline_ns)
{
	json_t *answer = empty_answer();
	int err;

	if (!answer)
		return NULL;
	err = ask(suspect, query, calls, ncalls, deadline_ns, answer);
	if (err)
		say_error(answer, err);
	if (ncalls > SUSPECT_MAX_CALLS) {
		json_object_set_new(answer, "resolved", json_false());
		say_unknown(answer, "there were more calls in the window than "
			    "are looked at");
	}
	return answer;
}
