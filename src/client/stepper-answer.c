/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an answer line to a value; the opposite of steps-answer.c. */
#include "client/stepper-answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/errname.h"
#include "common/parse.h"

/* A word that must be a number. */
static int number(struct parse_line *words, const char *key,
		  uint64_t *value_ret)
{
	const char *text = parse_line_get(words, key);

	return text && parse_u64(text, value_ret) == 0 ? 0 : -EPROTO;
}

/* What stands behind "end=NS ": the step's own words, as they are. */
static void copy_rest(const char *line, char *text, size_t size)
{
	const char *rest = strstr(line, " end=");

	rest = rest ? strchr(rest + 1, ' ') : NULL;
	snprintf(text, size, "%s", rest ? rest + 1 : "");
}

static int read_done(const char *line, struct parse_line *words,
		     struct stepper_result *result)
{
	const char *name = parse_line_get(words, "errno");
	uint64_t ret = 0;
	int err = 0;

	result->ok = !name;
	if (name)
		result->err = errname_parse(name);
	else
		err = number(words, "ret", &ret);
	result->ret = (long)ret;
	if (!err)
		err = number(words, "start", &result->start_ns);
	if (!err)
		err = number(words, "end", &result->end_ns);
	copy_rest(line, result->text, sizeof(result->text));
	return err;
}

/* The words behind "N VERB". */
static int read_words(const char *line, struct parse_line *words,
		      struct stepper_answer *answer)
{
	uint64_t tid = 0;
	int err;

	if (words->nwords < 2)
		return -EPROTO;
	if (strcmp(words->words[1].key, "bad") == 0) {
		const char *message = parse_line_get(words, "message");

		answer->kind = STEPPER_BAD;
		snprintf(answer->result.text, sizeof(answer->result.text),
			 "%s", message ? message : "");
		return 0;
	}
	if (strcmp(words->words[1].key, "started") == 0) {
		answer->kind = STEPPER_STARTED;
		err = number(words, "tid", &tid);
		answer->tid = (pid_t)tid;
		return err;
	}
	answer->kind = STEPPER_DONE;
	return read_done(line, words, &answer->result);
}

int stepper_answer_parse(const char *line, struct stepper_answer **answer_ret)
{
	struct stepper_answer *answer = calloc(1, sizeof(*answer));
	struct parse_line words;
	uint64_t step = 0;
	int err;

	if (!answer)
		return -ENOMEM;
	err = parse_line_init(&words, line);
	if (!err) {
		err = words.verb ? parse_u64(words.verb, &step) : -EPROTO;
		if (!err)
			err = read_words(line, &words, answer);
		parse_line_deinit(&words);
	}
	if (err) {
		free(answer);
		return err == -ENOMEM ? err : -EPROTO;
	}
	answer->step = (unsigned int)step;
	list_init(&answer->node);
	*answer_ret = answer;
	return 0;
}
