/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must come of a line: behind "=>", and the words of "expect". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pinfs/event.h>

#include "client/errname.h"
#include "client/schedule-internal.h"
#include "common/cleanup.h"

static const struct {
	const char *name;
	const char *keys;	/* separated by blanks */
} events[] = {
#define EVENT(name, keys, help) { #name, keys },
	PINFS_EVENTS(EVENT)
#undef EVENT
};

/* ------------------------------------------------------------------- values */

const char *schedule_relation_text(enum schedule_relation relation)
{
	switch (relation) {
	case SCHEDULE_AT_LEAST:
		return ">=";
	case SCHEDULE_AT_MOST:
		return "<=";
	case SCHEDULE_EQUAL:
		break;
	}
	return "=";
}

bool schedule_compare(const struct schedule_want *want, const char *value)
{
	uint64_t wanted, found;

	if (!value)
		return false;
	if (want->relation == SCHEDULE_EQUAL && strcmp(want->value, value) == 0)
		return true;
	if (parse_size(want->value, &wanted) || parse_size(value, &found))
		return false;
	switch (want->relation) {
	case SCHEDULE_AT_LEAST:
		return found >= wanted;
	case SCHEDULE_AT_MOST:
		return found <= wanted;
	case SCHEDULE_EQUAL:
		break;
	}
	return found == wanted;
}

/* ------------------------------------------------------------------ reading */

/* The relation that a key's last character says; it is taken off. */
static enum schedule_relation take_relation(char *key)
{
	size_t len = strlen(key);
	enum schedule_relation relation = SCHEDULE_EQUAL;

	if (len > 0 && key[len - 1] == '>')
		relation = SCHEDULE_AT_LEAST;
	else if (len > 0 && key[len - 1] == '<')
		relation = SCHEDULE_AT_MOST;
	if (relation != SCHEDULE_EQUAL)
		key[len - 1] = '\0';
	return relation;
}

int schedule_read_want(struct schedule_reader *reader, const char *key,
		       const char *value, struct schedule_wants *wants)
{
	autofree char *name = strdup(key);
	autofree char *text = strdup(value);
	enum schedule_relation relation;
	struct schedule_want *list;
	uint64_t number;

	if (!name || !text)
		return -ENOMEM;
	relation = take_relation(name);
	if (!*name)
		return schedule_bad(reader, "nothing stands before '%s='", key);
	if (relation != SCHEDULE_EQUAL && parse_size(text, &number))
		return schedule_bad(reader, "'%s' in '%s=%s' is not a number",
				    text, key, text);
	list = schedule_grown(wants->list, wants->count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	wants->list = list;
	wants->list[wants->count++] = (struct schedule_want){
		.key = steal_ptr(name), .relation = relation,
		.value = steal_ptr(text),
	};
	return 0;
}

static int read_outcome(struct schedule_reader *reader, const char *word,
			struct schedule_wants *wants)
{
	int err = errname_parse(word);

	if (strcmp(word, "ok") == 0)
		return 0;
	if (strcmp(word, "any") == 0) {
		wants->any = true;
		return 0;
	}
	/* Names that do not exist are EIO, too: errname.h. */
	if (strcmp(errname_from(err), word) != 0)
		return schedule_bad(reader, "'%s' is not ok, any or the name "
				    "of an errno", word);
	wants->err = err;
	return 0;
}

static int read_words(struct schedule_reader *reader,
		      const struct parse_line *words,
		      struct schedule_wants *wants)
{
	bool decided = false;
	int err = 0;

	for (size_t i = 0; !err && i < words->nwords; i++) {
		const char *key = words->words[i].key;
		const char *value = words->words[i].value;

		if (value) {
			err = schedule_read_want(reader, key, value, wants);
			continue;
		}
		if (decided)
			return schedule_bad(reader, "'%s' is one outcome too "
					    "many", key);
		decided = true;
		err = read_outcome(reader, key, wants);
	}
	return err;
}

int schedule_read_wants(struct schedule_reader *reader, const char *text,
			struct schedule_wants *wants)
{
	autofree char *line = NULL;
	struct parse_line words;
	int err;

	/* parse.h takes the first word for a verb. */
	if (asprintf(&line, "=> %s", text) < 0) {
		line = NULL;
		return -ENOMEM;
	}
	err = schedule_words(reader, line, &words);
	if (err)
		return err;
	if (words.nwords == 0)
		err = schedule_bad(reader, "nothing stands behind '=>'");
	else
		err = read_words(reader, &words, wants);
	parse_line_deinit(&words);
	return err;
}

void schedule_wants_deinit(struct schedule_wants *wants)
{
	for (size_t i = 0; i < wants->count; i++) {
		free(wants->list[i].key);
		free(wants->list[i].value);
	}
	free(wants->list);
}

/* ------------------------------------------------------------------- expect */

/* Is the part of a key before the first '.' one of a list? */
static bool is_listed(const char *list, const char *key)
{
	size_t key_len = strcspn(key, ".");

	while (*list) {
		size_t len = strcspn(list, " ");

		if (len == key_len && memcmp(list, key, len) == 0)
			return true;
		list += len;
		list += *list == ' ';
	}
	return false;
}

/* The words are those of the event, or of every line. */
static int check_event(struct schedule_reader *reader,
		       const struct schedule_line *line)
{
	const char *keys = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (strcmp(events[i].name, line->event) == 0)
			keys = events[i].keys;
	if (!keys)
		return schedule_bad(reader, "'%s' is not an event",
				    line->event);
	for (size_t i = 0; i < line->wants.count; i++) {
		const char *key = line->wants.list[i].key;

		if (!is_listed(keys, key) && !is_listed("seq t_ns time", key))
			return schedule_bad(reader, "'%s' is not a key of the "
					    "event %s", key, line->event);
	}
	return 0;
}

static int read_count(struct schedule_reader *reader, const char *key,
		      const char *value, struct schedule_line *line)
{
	if (parse_u64(value, &line->events))
		return schedule_bad(reader, "'%s' in '%s=%s' is not a number",
				    value, key, value);
	line->relation = key[strlen("count")] == '>' ? SCHEDULE_AT_LEAST :
			 key[strlen("count")] == '<' ? SCHEDULE_AT_MOST :
						       SCHEDULE_EQUAL;
	return 0;
}

static bool is_count(const char *key)
{
	return strncmp(key, "count", 5) == 0 &&
	       (!key[5] || (strchr("<>", key[5]) && !key[6]));
}

static int read_expect_word(struct schedule_reader *reader, const char *key,
			    const char *value, struct schedule_line *line)
{
	if (!value)
		return schedule_bad(reader, "'%s' is not a word of expect",
				    key);
	if (is_count(key))
		return read_count(reader, key, value, line);
	if (strcmp(key, "within") == 0)
		return parse_duration(value, &line->within_ns) ?
			schedule_bad(reader, "within=%s is not a duration",
				     value) : 0;
	if (strcmp(key, "event") != 0)
		return schedule_read_want(reader, key, value, &line->wants);
	if (line->event)
		return schedule_bad(reader, "'event' comes twice");
	line->event = strdup(value);
	return line->event ? 0 : -ENOMEM;
}

int schedule_read_expect(struct schedule_reader *reader, const char *text,
			 struct schedule_line *line)
{
	struct parse_line words;
	int err = schedule_words(reader, text, &words);

	if (err)
		return err;
	line->relation = SCHEDULE_AT_LEAST;
	line->events = 1;
	for (size_t i = 0; !err && i < words.nwords; i++)
		err = read_expect_word(reader, words.words[i].key,
				       words.words[i].value, line);
	parse_line_deinit(&words);
	if (err)
		return err;
	if (!line->event)
		return schedule_bad(reader, "expect needs event=");
	if (line->within_ns && (line->relation == SCHEDULE_AT_MOST ||
	    (line->relation == SCHEDULE_EQUAL && line->events == 0)))
		return schedule_bad(reader, "within= waits for events to come, "
				    "not for events to stay away");
	return check_event(reader, line);
}
