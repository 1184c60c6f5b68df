/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers: one line, one write(2), as words or as a JSON object. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/errname.h"
#include "client/quote.h"
#include "client/steps-call.h"
#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/json.h"

enum { VERB_MAX = 20 };

void steps_bad(struct steps_call *call, const char *fmt, ...)
{
	va_list args;

	if (call->bad[0])
		return;
	va_start(args, fmt);
	vsnprintf(call->bad, sizeof(call->bad), fmt, args);
	va_end(args);
}

void steps_say(struct steps_call *call, const char *key, const char *fmt, ...)
{
	size_t i = call->nwords++;
	va_list args;

	assert(i < ARRAY_SIZE(call->words));
	call->words[i].key = key;
	va_start(args, fmt);
	vsnprintf(call->words[i].value, sizeof(call->words[i].value), fmt,
		  args);
	va_end(args);
}

/* The verb as it can stand in an answer without quotes, or "?". */
static const char *verb_text(const struct steps_call *call)
{
	const char *verb = call->line.verb;
	size_t len = verb ? strlen(verb) : 0;

	if (len == 0 || len > VERB_MAX ||
	    strspn(verb, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
		return "?";
	return verb;
}

static const char *kind_text(enum steps_kind kind, long ret)
{
	if (kind == STEPS_SAY_BAD)
		return "bad";
	if (kind == STEPS_SAY_STARTED)
		return "started";
	return ret < 0 ? "fail" : "ok";
}

/* A failed step may never have come to its system call. */
static void set_times(struct steps_call *call)
{
	if (call->start_ns)
		return;
	call->start_ns = clock_now_ns();
	call->end_ns = call->start_ns;
}

/* -------------------------------------------------------------------- words */

static void print_words(FILE *out, const struct steps_call *call)
{
	for (size_t i = 0; i < call->nwords; i++) {
		autofree char *value = NULL;

		if (quote_word(call->words[i].value, &value) == 0)
			fprintf(out, " %s=%s", call->words[i].key, value);
	}
}

static void print_message(FILE *out, const char *message)
{
	autofree char *value = NULL;

	if (quote_word(message, &value) == 0)
		fprintf(out, " message=%s", value);
}

static void print_done(FILE *out, const struct steps_call *call, long ret)
{
	if (ret < 0)
		fprintf(out, " errno=%s", errname_from((int)-ret));
	else
		fprintf(out, " ret=%ld", ret);
	fprintf(out, " us=%llu start=%llu end=%llu",
		(unsigned long long)(call->end_ns - call->start_ns) / 1000,
		(unsigned long long)call->start_ns,
		(unsigned long long)call->end_ns);
	print_words(out, call);
}

static void print(FILE *out, const struct steps_call *call,
		  enum steps_kind kind, long ret)
{
	fprintf(out, "%u %s %s", call->number, verb_text(call),
		kind_text(kind, ret));
	if (kind == STEPS_SAY_STARTED)
		fprintf(out, " tid=%d", call->job->tid);
	else if (kind == STEPS_SAY_BAD)
		print_message(out, call->bad);
	else
		print_done(out, call, ret);
	fputc('\n', out);
}

/* In memory first: the line is one write(2). */
static int write_words(struct steps_call *call, enum steps_kind kind, long ret)
{
	autofree char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err;

	if (!out)
		return -ENOMEM;
	print(out, call, kind, ret);
	if (fclose(out))
		return -ENOMEM;
	mutex_lock(&call->steps->out_lock);
	err = fdio_write(call->steps->config.out, text, len);
	mutex_unlock(&call->steps->out_lock);
	return err;
}

/* --------------------------------------------------------------------- JSON */

static void set(json_t *object, const char *key, json_t *value)
{
	/* Fails only without memory: then this member is missing. */
	json_object_set_new(object, key, value);
}

static void fill_done(json_t *object, const struct steps_call *call, long ret)
{
	if (ret < 0)
		set(object, "errno", json_string(errname_from((int)-ret)));
	else
		set(object, "ret", json_integer(ret));
	set(object, "us", json_integer((json_int_t)
				       (call->end_ns - call->start_ns) / 1000));
	set(object, "start_ns", json_integer((json_int_t)call->start_ns));
	set(object, "end_ns", json_integer((json_int_t)call->end_ns));
	for (size_t i = 0; i < call->nwords; i++)
		set(object, call->words[i].key,
		    json_text(call->words[i].value));
}

static int write_json(struct steps_call *call, enum steps_kind kind, long ret)
{
	json_t *object = json_object();
	int err;

	set(object, "step", json_integer(call->number));
	set(object, "verb", json_string(verb_text(call)));
	set(object, "result", json_string(kind_text(kind, ret)));
	if (kind == STEPS_SAY_STARTED)
		set(object, "tid", json_integer(call->job->tid));
	else if (kind == STEPS_SAY_BAD)
		set(object, "message", json_text(call->bad));
	else
		fill_done(object, call, ret);
	mutex_lock(&call->steps->out_lock);
	err = json_write_line(call->steps->config.out, object);
	mutex_unlock(&call->steps->out_lock);
	json_decref(object);
	return err;
}

int steps_answer(struct steps_call *call, enum steps_kind kind, long ret)
{
	if (kind == STEPS_SAY_DONE)
		set_times(call);
	return call->steps->config.json ? write_json(call, kind, ret) :
					  write_words(call, kind, ret);
}
