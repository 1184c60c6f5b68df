/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who was it? The rules are a table, and the first that fits decides. They are
 * made so that no pin is said of an overwrite: since Linux 6.16 a write(2) into a
 * page does not wait for FUSE's writeback (fs/iomap/buffered-io.c:
 * iomap_get_folio(), mm/page-writeback.c: folio_wait_stable()), so that a call
 * which pins the page proves nothing as long as a write may have been there too.
 *
 * A call counts when it was going on in the window: those of the trace were; of
 * those that procfs shows it is known when trace_confirm() has said so. What
 * starts work that goes on after it (io_uring, Linux AIO) is never evidence: the
 * kernel does not say which memory that work is about.
 *
 * What cannot be seen, and is not thought of: 32-bit programs' calls, writes of
 * the kernel itself (a loop device on a file of the mount, an NFS server), and a
 * descriptor that was closed and has been opened again as another file since.
 */
#include "daemon/cause.h"

#include <stdio.h>
#include <string.h>

#include "common/compiler.h"

/* Suspects of one kind. */
struct kind {
	unsigned int sure;	/* were there in the window, and about the block */
	unsigned int maybe;
	const json_t *first;	/* a sure one before others; NULL: none */
};

struct tally {
	const struct cause_facts *facts;
	bool resolved;
	struct kind pin;
	struct kind overwrite;
	struct kind asynchronous;
};

/* ---- what the suspects amount to ---- */

static struct kind *kind_of(struct tally *tally, const json_t *suspect)
{
	const char *kind = json_string_value(json_object_get(suspect, "kind"));

	if (kind && !strcmp(kind, "pin"))
		return &tally->pin;
	if (kind && !strcmp(kind, "overwrite"))
		return &tally->overwrite;
	return &tally->asynchronous;
}

static bool is_traced(const json_t *suspect)
{
	const char *by = json_string_value(json_object_get(suspect, "by"));

	return by && !strcmp(by, "trace");
}

/* An overwrite whose place is not known may have gone elsewhere in the file. */
static bool has_place(const struct tally *tally, const struct kind *kind,
		      const json_t *suspect)
{
	return kind != &tally->overwrite ||
	       (json_is_integer(json_object_get(suspect, "file_offset")) &&
		json_is_integer(json_object_get(suspect, "length")));
}

static void count_suspect(struct tally *tally, const json_t *suspect)
{
	const json_t *in_window = json_object_get(suspect, "in_window");
	struct kind *kind = kind_of(tally, suspect);

	if (json_is_false(in_window))
		return;
	if ((is_traced(suspect) || json_is_true(in_window)) &&
	    has_place(tally, kind, suspect)) {
		if (!kind->sure++)
			kind->first = suspect;
		return;
	}
	if (!kind->maybe++ && !kind->sure)
		kind->first = suspect;
}

static bool has_any(const struct kind *kind)
{
	return kind->sure || kind->maybe;
}

/* ---- rules ---- */

static bool is_own(const struct tally *tally)
{
	return tally->facts->own;
}

static bool is_through(const struct tally *tally)
{
	return tally->facts->through;
}

static bool is_stable(const struct tally *tally)
{
	return tally->facts->stable;
}

static bool is_not_looked_at(const struct tally *tally)
{
	return !tally->facts->around;
}

static bool is_either(const struct tally *tally)
{
	return tally->overwrite.sure && has_any(&tally->pin);
}

static bool is_overwrite(const struct tally *tally)
{
	return tally->overwrite.sure;
}

/* By exclusion: nobody else was there, and nobody can have been missed. */
static bool is_only_writer(const struct tally *tally)
{
	return tally->overwrite.maybe && !has_any(&tally->pin) &&
	       !has_any(&tally->asynchronous) && tally->facts->traced &&
	       tally->resolved;
}

static bool is_pin_beside_overwrite(const struct tally *tally)
{
	return has_any(&tally->pin) && has_any(&tally->overwrite);
}

static bool is_pin_beside_asynchronous(const struct tally *tally)
{
	return has_any(&tally->pin) && has_any(&tally->asynchronous);
}

static bool is_pin_untraced(const struct tally *tally)
{
	return has_any(&tally->pin) && !tally->facts->traced;
}

static bool is_pin_unresolved(const struct tally *tally)
{
	return has_any(&tally->pin) && !tally->resolved;
}

static bool is_pin(const struct tally *tally)
{
	return tally->pin.sure;
}

static bool is_pin_at_some_time(const struct tally *tally)
{
	return tally->pin.maybe;
}

static bool is_write_somewhere(const struct tally *tally)
{
	return tally->overwrite.maybe;
}

static bool is_asynchronous(const struct tally *tally)
{
	return has_any(&tally->asynchronous);
}

static bool is_nobody(const struct tally *tally)
{
	return tally->facts->traced && tally->resolved;
}

static bool is_anything(UNUSED const struct tally *tally)
{
	return true;
}

/* Whom a ground names: @who below. */
enum who { NOBODY, PINNER, OVERWRITER, STARTER };

static const struct rule {
	bool (*applies)(const struct tally *tally);
	const char *cause;
	enum who who;
	const char *ground;	/* behind "cat (process 7) was in pread64" */
} rules[] = {
	{ is_own, "notify", NOBODY,
	  "the verb store has put these bytes there while the WRITE was in "
	  "flight" },
	{ is_through, "through", NOBODY,
	  "write-through pages are not under writeback" },
	{ is_stable, "pin", NOBODY,
	  "stable writes: a write(2) into the page waits, so only a pin is left" },
	{ is_not_looked_at, "unknown", NOBODY,
	  "a pin or a write(2) into the page: nobody was looked for" },
	{ is_either, "unknown", OVERWRITER,
	  " with the block, and so was a call whose buffer lies in it" },
	{ is_overwrite, "overwrite", OVERWRITER,
	  " with the block, and it does not wait for writeback" },
	{ is_only_writer, "overwrite", OVERWRITER,
	  " with the file, not known where in it, and nobody else was there" },
	{ is_pin_beside_overwrite, "unknown", PINNER,
	  " with a buffer in the block, but something wrote into the file as "
	  "well, not known where or when" },
	{ is_pin_beside_asynchronous, "unknown", PINNER,
	  " with a buffer in the block, but asynchronous I/O that may be about "
	  "it was going on as well" },
	{ is_pin_untraced, "unknown", PINNER,
	  " with a buffer in the block, but calls were not recorded for all of "
	  "the window: a write(2) cannot be excluded" },
	{ is_pin_unresolved, "unknown", PINNER,
	  " with a buffer in the block, but not all calls could be looked at: a "
	  "write(2) cannot be excluded" },
	{ is_pin, "pin", PINNER,
	  " with a buffer in the block, and nothing wrote into the block in the "
	  "window" },
	{ is_pin_at_some_time, "unknown", PINNER,
	  " with a buffer in the block, but not known whether in the window" },
	{ is_write_somewhere, "unknown", OVERWRITER,
	  " with the file, not known where or when" },
	{ is_asynchronous, "unknown", STARTER,
	  ", and maps the block: asynchronous I/O, and the kernel does not say "
	  "about which memory" },
	{ is_nobody, "unknown", NOBODY,
	  "no system call of the window that could be looked at explains it: a "
	  "pin that was taken before, or a write by the kernel itself" },
	{ is_anything, "unknown", NOBODY,
	  "a pin or a write(2) into the page: not told apart" },
};

static const json_t *named(const struct tally *tally, enum who who)
{
	switch (who) {
	case PINNER:
		return tally->pin.first;
	case OVERWRITER:
		return tally->overwrite.first;
	case STARTER:
		return tally->asynchronous.first;
	case NOBODY:
	default:
		return NULL;
	}
}

static const char *word(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

static void say(const struct rule *rule, const struct tally *tally,
		struct cause *cause)
{
	const json_t *who = named(tally, rule->who);

	cause->name = rule->cause;
	if (!who)
		snprintf(cause->ground, sizeof(cause->ground), "%s",
			 rule->ground);
	else
		snprintf(cause->ground, sizeof(cause->ground),
			 "%.64s (process %d) was in %.32s%s", word(who, "comm"),
			 (int)json_integer_value(json_object_get(who, "pid")),
			 word(who, "call"), rule->ground);
}

void cause_find(const struct cause_facts *facts, struct cause *cause_ret)
{
	struct tally tally = {
		.facts = facts,
		.resolved = json_is_true(json_object_get(facts->around,
							 "resolved")),
	};
	const struct rule *rule = rules;
	const json_t *suspect;
	size_t i;

	json_array_foreach(json_object_get(facts->around, "suspects"), i,
			   suspect)
		count_suspect(&tally, suspect);
	while (!rule->applies(&tally))
		rule++;
	say(rule, &tally, cause_ret);
}

const char *const *cause_names(void)
{
	static const char *const names[] = {
		"notify", "overwrite", "pin", "through", "unknown", NULL,
	};

	return names;
}
