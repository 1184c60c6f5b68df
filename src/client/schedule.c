/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of schedules, line by line. A line is cut at "=>" and, for a step,
 * at "&"; the first word says what kind it is. Which words a step or verb takes
 * is looked up in their own tables, so that a typing error is found before
 * anything is done; their values only the client and the daemon know.
 */
#include "client/schedule.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pinfs/control.h>

#include "client/schedule-internal.h"
#include "client/steps.h"
#include "common/cleanup.h"

static const struct {
	const char *name;
	const char *words;
} verbs[] = {
#define VERB(name, words, help) { #name, words },
	PINFS_CONTROL_VERBS(VERB)
#undef VERB
};

int schedule_bad(struct schedule_reader *reader, const char *fmt, ...)
{
	va_list args;

	reader->error->line = reader->number;
	va_start(args, fmt);
	vsnprintf(reader->error->message, sizeof(reader->error->message), fmt,
		  args);
	va_end(args);
	return -EINVAL;
}

void *schedule_grown(void *array, size_t count, size_t size)
{
	/* Full at 0 and at the powers of two: room for as many again. */
	if (count & (count - 1))
		return array;
	return reallocarray(array, count ? 2 * count : 1, size);
}

/* -------------------------------------------------------------------- steps */

static int find_client(struct schedule_reader *reader, const char *name,
		       size_t *client_ret)
{
	struct schedule *schedule = reader->schedule;
	int err = schedule_check_name(reader, "client", name);
	char **clients;

	if (err)
		return err;
	for (size_t i = 0; i < schedule->nclients; i++) {
		if (strcmp(schedule->clients[i], name) == 0) {
			*client_ret = i;
			return 0;
		}
	}
	if (schedule->nclients == SCHEDULE_CLIENTS_MAX)
		return schedule_bad(reader, "more than %d clients",
				    SCHEDULE_CLIENTS_MAX);
	clients = schedule_grown(schedule->clients, schedule->nclients,
				 sizeof(*clients));
	if (!clients)
		return -ENOMEM;
	schedule->clients = clients;
	schedule->clients[schedule->nclients] = strdup(name);
	if (!schedule->clients[schedule->nclients])
		return -ENOMEM;
	*client_ret = schedule->nclients++;
	return 0;
}

static const struct steps_verb *find_step(const char *name)
{
	const struct steps_verb *verb;

	for (size_t i = 0; (verb = steps_verb_at(i)); i++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

static int check_step(struct schedule_reader *reader, const char *text)
{
	const struct steps_verb *verb;
	struct parse_line words;
	int err = schedule_words(reader, text, &words);

	if (err)
		return err;
	verb = words.verb ? find_step(words.verb) : NULL;
	if (!words.verb)
		err = schedule_bad(reader, "a step is missing");
	else if (!verb)
		err = schedule_bad(reader, "'%s' is not a step", words.verb);
	else
		err = schedule_check_words(reader, verb->args, &words);
	parse_line_deinit(&words);
	return err;
}

static int find_job(const struct schedule *schedule, const char *label,
		    size_t *job_ret)
{
	for (size_t i = 0; i < schedule->njobs; i++) {
		const char *other = schedule->jobs[i].label;

		if (other && strcmp(other, label) == 0) {
			*job_ret = i;
			return 0;
		}
	}
	return -ENOENT;
}

static int add_index(struct schedule_line *line, size_t job)
{
	size_t *jobs = schedule_grown(line->jobs, line->njobs, sizeof(*jobs));

	if (!jobs)
		return -ENOMEM;
	line->jobs = jobs;
	line->jobs[line->njobs++] = job;
	return 0;
}

static int add_job(struct schedule_reader *reader, const char *label,
		   struct schedule_line *line)
{
	struct schedule *schedule = reader->schedule;
	struct schedule_job *jobs = schedule_grown(schedule->jobs,
						   schedule->njobs,
						   sizeof(*jobs));
	char *name = NULL;

	if (!jobs)
		return -ENOMEM;
	schedule->jobs = jobs;
	if (label) {
		name = strdup(label);
		if (!name)
			return -ENOMEM;
	}
	jobs[schedule->njobs] = (struct schedule_job){
		.label = name, .line = schedule->nlines,
	};
	return add_index(line, schedule->njobs++);
}

/* What stands behind "&": nothing, or "as LABEL". */
static int read_start(struct schedule_reader *reader, char *rest,
		      struct schedule_line *line)
{
	const char *as = schedule_take(&rest);
	const char *label = as ? schedule_take(&rest) : NULL;
	size_t job;
	int err;

	if (as && (strcmp(as, "as") != 0 || !label || schedule_take(&rest)))
		return schedule_bad(reader, "behind '&' stands nothing, or "
				    "'as' and one label");
	if (label) {
		err = schedule_check_name(reader, "step", label);
		if (err)
			return err;
		if (find_job(reader->schedule, label, &job) == 0)
			return schedule_bad(reader, "'%s' is a step already",
					    label);
	}
	line->kind = SCHEDULE_START;
	return add_job(reader, label, line);
}

/* @rest: behind "NAME:". */
static int read_step(struct schedule_reader *reader, const char *name,
		     char *rest, struct schedule_line *line)
{
	char *behind = schedule_cut(rest, "&");
	int err = find_client(reader, name, &line->client);

	line->kind = SCHEDULE_STEP;
	if (!err)
		err = check_step(reader, rest);
	if (err)
		return err;
	line->text = strdup(rest + strspn(rest, " \t"));
	if (!line->text)
		return -ENOMEM;
	return behind ? read_start(reader, behind, line) : 0;
}

/* -------------------------------------------------------------------- verbs */

/*
 * Gates of a schedule go with its connection unless it says otherwise: nothing
 * may stay held when the replay dies.
 */
static int set_request(struct schedule_reader *reader, const char *request,
		       const char *synopsis, const struct parse_line *words,
		       struct schedule_line *line)
{
	const char *scope = NULL;

	for (size_t i = 0; i < words->nwords; i++)
		if (strcmp(words->words[i].key, "scope") == 0)
			scope = words->words[i].value;
	line->makes_gate = schedule_has_key(synopsis, "scope") &&
			   (!scope || strcmp(scope, "connection") == 0);
	line->verb = strdup(words->verb);
	if (asprintf(&line->text, "%s%s", request,
		     line->makes_gate && !scope ? " scope=connection" : "") < 0)
		line->text = NULL;
	if (!line->verb || !line->text)
		return -ENOMEM;
	if (strlen(line->text) > PINFS_CONTROL_REQUEST_MAX)
		return schedule_bad(reader, "the request has more than %d "
				    "bytes", PINFS_CONTROL_REQUEST_MAX);
	return 0;
}

static int read_verb(struct schedule_reader *reader, const char *request,
		     struct schedule_line *line)
{
	struct parse_line words;
	const char *synopsis = NULL;
	int err = schedule_words(reader, request, &words);

	if (err)
		return err;
	line->kind = SCHEDULE_VERB;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, words.verb) == 0)
			synopsis = verbs[i].words;
	err = synopsis ? schedule_check_words(reader, synopsis, &words) :
		schedule_bad(reader, "'%s' is neither a client and ':' nor a "
			     "control verb nor a word of schedules",
			     words.verb);
	if (!err)
		err = set_request(reader, request, synopsis, &words, line);
	parse_line_deinit(&words);
	return err;
}

/* ------------------------------------------- what only schedules have: words */

static bool is_named(const struct schedule_line *line, size_t job)
{
	for (size_t i = 0; i < line->njobs; i++)
		if (line->jobs[i] == job)
			return true;
	return false;
}

/* "KEYWORD [LABEL...]", of steps that were started before. */
static int read_labels(struct schedule_reader *reader, size_t least,
		       char *rest, struct schedule_line *line)
{
	const char *label;
	int err = 0;

	while (!err && (label = schedule_take(&rest))) {
		size_t job;

		if (find_job(reader->schedule, label, &job))
			return schedule_bad(reader, "no step before this line "
					    "was started as '%s'", label);
		if (is_named(line, job))
			return schedule_bad(reader, "'%s' comes twice", label);
		err = add_index(line, job);
	}
	if (!err && line->njobs < least)
		return schedule_bad(reader, "%zu started step%s at least must "
				    "be named", least, least > 1 ? "s" : "");
	return err;
}

static const struct schedule_keyword keywords[] = {
	{ "join", "[LABEL...]",
	  "wait for started steps, without labels for all; each must be as its "
	  "line says", SCHEDULE_JOIN, 0 },
	{ "order", "LABEL LABEL...",
	  "join, and they have ended in this order", SCHEDULE_ORDER, 2 },
	{ "blocked", "LABEL...",
	  "these have not ended: they sleep in the kernel", SCHEDULE_BLOCKED,
	  1 },
	{ "expect", "event= [KEY=VALUE...] [count=] [within=]",
	  "so many events like this are in the log; default: one at least",
	  SCHEDULE_EXPECT, 0 },
};

const struct schedule_keyword *schedule_keyword_at(size_t index)
{
	return index < ARRAY_SIZE(keywords) ? &keywords[index] : NULL;
}

/* Return: as for a line; 1: it is none of these. */
static int read_keyword(struct schedule_reader *reader, const char *command,
			bool has_wants, struct schedule_line *line)
{
	autofree char *copy = strdup(command);
	char *rest = copy;
	const char *word = copy ? schedule_take(&rest) : NULL;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; word && i < ARRAY_SIZE(keywords); i++) {
		if (strcmp(keywords[i].name, word) != 0)
			continue;
		line->kind = keywords[i].kind;
		if (has_wants)
			return schedule_bad(reader, "'=>' is for steps and "
					    "control verbs, not for %s", word);
		if (line->kind == SCHEDULE_EXPECT)
			return schedule_read_expect(reader, command, line);
		return read_labels(reader, keywords[i].least, rest, line);
	}
	return 1;
}

/* -------------------------------------------------------------------- lines */

static void line_deinit(struct schedule_line *line)
{
	schedule_wants_deinit(&line->wants);
	free(line->source);
	free(line->text);
	free(line->verb);
	free(line->jobs);
	free(line->event);
}

/* @command: without what stands behind "=>", not empty. */
static int read_command(struct schedule_reader *reader, char *command,
			bool has_wants, struct schedule_line *line)
{
	char *rest = command;
	char *colon = command + strcspn(command, " \t:\"");
	int err;

	if (*colon == ':') {
		*colon = '\0';
		return read_step(reader, command, colon + 1, line);
	}
	err = read_keyword(reader, rest, has_wants, line);
	return err == 1 ? read_verb(reader, command, line) : err;
}

/* @copy is the line without its end, and is changed. */
static int read_line(struct schedule_reader *reader, char *copy,
		     struct schedule_line *line)
{
	autofree char *source = strdup(copy + strspn(copy, " \t"));
	char *behind = schedule_cut(copy, "=>");
	char *command = copy + strspn(copy, " \t");
	int err;

	if (!source)
		return -ENOMEM;
	if (!*command && behind)
		return schedule_bad(reader, "nothing stands before '=>'");
	err = read_command(reader, command, behind, line);
	if (!err && behind)
		err = schedule_read_wants(reader, behind, &line->wants);
	schedule_cut(source, "#");	/* no comment, no blanks */
	line->source = steal_ptr(source);
	return err;
}

static int add_line(struct schedule_reader *reader, char *copy)
{
	struct schedule *schedule = reader->schedule;
	struct schedule_line line = { .number = reader->number };
	struct schedule_line *lines = schedule_grown(schedule->lines,
						     schedule->nlines,
						     sizeof(*lines));
	int err;

	if (!lines)
		return -ENOMEM;
	schedule->lines = lines;
	err = read_line(reader, copy, &line);
	if (err)
		line_deinit(&line);
	else
		schedule->lines[schedule->nlines++] = line;
	return err;
}

static bool is_empty(const char *line)
{
	line += strspn(line, " \t");
	return !*line || *line == '#';
}

/* As parse.h, which sees no names of clients and labels. */
static bool has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\t') ||
		    text[i] == 0x7f)
			return true;
	return false;
}

static int take_line(struct schedule_reader *reader, const char *text,
		     size_t len)
{
	autofree char *copy = NULL;

	if (++reader->number > SCHEDULE_LINES_MAX)
		return schedule_bad(reader, "more than %d lines",
				    SCHEDULE_LINES_MAX);
	if (len > PINFS_CONTROL_REQUEST_MAX)
		return schedule_bad(reader, "the line has more than %d bytes",
				    PINFS_CONTROL_REQUEST_MAX);
	if (memchr(text, '\0', len))
		return schedule_bad(reader, "the line holds a NUL byte");
	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (has_control(text, len))
		return schedule_bad(reader, "the line holds a control "
				    "character");
	copy = strndup(text, len);
	if (!copy)
		return -ENOMEM;
	return is_empty(copy) ? 0 : add_line(reader, copy);
}

static int read_text(struct schedule_reader *reader, const char *text,
		     size_t len)
{
	int err = 0;

	while (!err && len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t line_len = newline ? (size_t)(newline - text) : len;
		size_t used = line_len + (newline ? 1 : 0);

		err = take_line(reader, text, line_len);
		text += used;
		len -= used;
	}
	return err;
}

int schedule_parse(const char *text, size_t len, struct schedule **schedule_ret,
		   struct schedule_error *error_ret)
{
	struct schedule *schedule = calloc(1, sizeof(*schedule));
	struct schedule_reader reader = { .schedule = schedule,
					  .error = error_ret };
	int err;

	if (!schedule)
		return -ENOMEM;
	err = read_text(&reader, text, len);
	if (err)
		schedule_destroy(schedule);
	else
		*schedule_ret = schedule;
	return err;
}

void schedule_destroy(struct schedule *schedule)
{
	if (!schedule)
		return;
	for (size_t i = 0; i < schedule->nlines; i++)
		line_deinit(&schedule->lines[i]);
	for (size_t i = 0; i < schedule->nclients; i++)
		free(schedule->clients[i]);
	for (size_t i = 0; i < schedule->njobs; i++)
		free(schedule->jobs[i].label);
	free(schedule->lines);
	free(schedule->clients);
	free(schedule->jobs);
	free(schedule);
}
