/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz target: the reader of schedules. An input is one schedule. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pinfs/control.h>

#include "client/schedule.h"
#include "common/compiler.h"
#include "common/parse.h"

#include "fuzz.h"

static size_t count_lines(const char *text, size_t len)
{
	size_t lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

/* 4k is 4096, and not less or more. */
static void check_sizes(const struct schedule_want *want)
{
	uint64_t number;
	char text[32];

	if (parse_size(want->value, &number))
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	assert(schedule_compare(want, text));
	if (number == UINT64_MAX)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)number + 1);
	assert(schedule_compare(want, text) ==
	       (want->relation == SCHEDULE_AT_LEAST));
}

/* It is sent, or shown, as one. */
static bool is_one_line(const char *text)
{
	return text && *text && !strpbrk(text, "\n\r");
}

static void check_wants(const struct schedule_wants *wants)
{
	assert(wants->err >= 0 && (!wants->any || !wants->err));
	for (size_t i = 0; i < wants->count; i++) {
		const struct schedule_want *want = &wants->list[i];

		assert(*want->key && want->value);
		assert(schedule_compare(want, want->value));
		assert(!schedule_compare(want, NULL));
		check_sizes(want);
		assert(*schedule_relation_text(want->relation));
	}
}

/* Jobs that a line names have been started before it. */
static void check_jobs(const struct schedule *schedule, size_t index)
{
	const struct schedule_line *line = &schedule->lines[index];

	for (size_t i = 0; i < line->njobs; i++) {
		const struct schedule_job *job;

		assert(line->jobs[i] < schedule->njobs);
		job = &schedule->jobs[line->jobs[i]];
		if (line->kind == SCHEDULE_START)
			assert(job->line == index);
		else
			assert(job->label && job->line < index);
	}
}

/* As the daemon reads it. */
static bool goes_with_connection(const char *request)
{
	struct parse_line words;
	const char *scope;
	bool goes;

	assert(!parse_line_init(&words, request));
	scope = parse_line_get(&words, "scope");
	goes = scope && !strcmp(scope, "connection");
	parse_line_deinit(&words);
	return goes;
}

static void check_kind(const struct schedule *schedule,
		       const struct schedule_line *line)
{
	switch (line->kind) {
	case SCHEDULE_STEP:
	case SCHEDULE_START:
		assert(line->njobs == (line->kind == SCHEDULE_START));
		assert(is_one_line(line->text) &&
		       line->client < schedule->nclients);
		break;
	case SCHEDULE_VERB:
		assert(is_one_line(line->text) && line->verb &&
		       strlen(line->text) <= PINFS_CONTROL_REQUEST_MAX);
		assert(!line->makes_gate || goes_with_connection(line->text));
		break;
	case SCHEDULE_JOIN:
		break;
	case SCHEDULE_ORDER:
		assert(line->njobs >= 2);
		break;
	case SCHEDULE_BLOCKED:
		assert(line->njobs >= 1);
		break;
	case SCHEDULE_EXPECT:
		assert(line->event && *line->event);
		break;
	default:
		assert(false);
	}
}

static void check_schedule(const struct schedule *schedule)
{
	size_t started = 0;

	assert(schedule->nlines <= SCHEDULE_LINES_MAX &&
	       schedule->nclients <= SCHEDULE_CLIENTS_MAX);
	for (size_t i = 0; i < schedule->nlines; i++) {
		const struct schedule_line *line = &schedule->lines[i];

		assert(line->number > (i ? line[-1].number : 0));
		assert(is_one_line(line->source));
		check_wants(&line->wants);
		check_jobs(schedule, i);
		check_kind(schedule, line);
		started += line->kind == SCHEDULE_START;
	}
	assert(started == schedule->njobs);
	for (size_t i = 0; i < schedule->nclients; i++)
		assert(strlen(schedule->clients[i]) <= SCHEDULE_NAME_MAX);
}

int LLVMFuzzerInitialize(UNUSED int *argc, UNUSED char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct schedule_error error = { .line = 0 };
	struct schedule *schedule = NULL;
	int err = schedule_parse(text, size, &schedule, &error);

	assert(err == 0 || err == -EINVAL);
	if (err) {
		assert(!schedule && fuzz_is_message(error.message));
		assert(error.line > 0 && error.line <= count_lines(text, size));
		return 0;
	}
	check_schedule(schedule);
	schedule_destroy(schedule);
	return 0;
}
