/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns what one result.json says. Whoever wrote it may have died on the way, or
 * be another version of this program: an outcome that claims an answer is only
 * taken for one when its summary, its status and its results agree.
 */
#include "client/sweepresult.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/cmd.h"
#include "client/sweepresult-internal.h"
#include "common/cleanup.h"

enum {
	FORM = 1,		/* of "pinfs_sweep" */
	LARGEST = 256 << 20,	/* a result.json [bytes] */
};

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The same for what is told only if it says something. */
static const char *word_of(const json_t *object, const char *key)
{
	const char *text = text_of(object, key);

	return text && *text ? text : NULL;
}

/* Worse than what it claims: it could not be told. Keeps the first reason. */
static int distrust(struct sweepresult *result, const char *fmt, ...)
	PRINTF(2, 3);

static int distrust(struct sweepresult *result, const char *fmt, ...)
{
	char *reason = NULL;
	va_list args;
	int n;

	if (!vm_outcome_stands(result->outcome))
		return 0;
	va_start(args, fmt);
	n = vasprintf(&reason, fmt, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	free(result->reason);
	result->reason = reason;
	result->outcome = VM_NO_RESULT;
	return 0;
}

/* ------------------------------------------------------------ the scenarios */

/* As output-json.c writes it: "as_known". */
static bool parse_outcome(const char *word, enum result_outcome *outcome_ret)
{
	for (int i = 0; word && i < RESULT_OUTCOMES; i++) {
		const char *name = result_outcome_name((enum result_outcome)i);
		size_t at = 0;

		while (word[at] && word[at] == (name[at] == ' ' ? '_' :
								  name[at]))
			at++;
		if (!word[at] && !name[at]) {
			*outcome_ret = (enum result_outcome)i;
			return true;
		}
	}
	return false;
}

/* "as known" of a verdict that is another than the known one is no word for it. */
static bool is_as_it_says(const struct sweepresult_case *parsed)
{
	return parsed->outcome != RESULT_AS_KNOWN ||
	       (parsed->known && strcmp(parsed->known,
					verdict_name(parsed->verdict)) == 0);
}

static bool parse_case(const json_t *json, struct sweepresult_case *parsed)
{
	const json_t *known = json_object_get(json, "known");
	const json_t *runs = json_object_get(json, "runs");
	const char *verdict = text_of(json, "verdict");
	const char *note = text_of(json, "note");

	*parsed = (struct sweepresult_case){
		.scenario = word_of(json, "scenario"),
		.runs = (unsigned int)json_integer_value(runs),
		.known = word_of(known, "verdict"),
		.note = note ? note : "",
		.json = json,
	};
	return parsed->scenario && verdict && json_is_integer(runs) &&
	       json_integer_value(runs) >= 0 &&
	       !verdict_parse(verdict, &parsed->verdict) &&
	       parse_outcome(text_of(json, "outcome"), &parsed->outcome) &&
	       is_as_it_says(parsed);
}

static int compare_cases(const void *a, const void *b)
{
	const struct sweepresult_case *one = a, *other = b;

	return strcmp(one->scenario, other->scenario);
}

/* One that comes twice is an answer to nothing. */
static int check_cases(struct sweepresult *result)
{
	for (size_t i = 1; i < result->case_count; i++)
		if (!compare_cases(&result->cases[i - 1], &result->cases[i]))
			return distrust(result, "%s has two results of %s",
					SWEEPRESULT_FILE,
					result->cases[i].scenario);
	return 0;
}

static int read_cases(struct sweepresult *result)
{
	const json_t *list = json_object_get(result->json, "results");
	size_t count = json_array_size(list);
	int err = 0;

	if (!json_is_array(list))
		return distrust(result, "%s has no \"results\"",
				SWEEPRESULT_FILE);
	result->cases = calloc(count + 1, sizeof(*result->cases));
	if (!result->cases)
		return -ENOMEM;
	for (size_t i = 0; !err && i < count; i++) {
		if (parse_case(json_array_get(list, i),
			       &result->cases[result->case_count]))
			result->case_count++;
		else
			err = distrust(result, "result %zu of %s is not "
				       "understood", i + 1, SWEEPRESULT_FILE);
	}
	if (err)
		return err;
	qsort(result->cases, result->case_count, sizeof(*result->cases),
	      compare_cases);
	return check_cases(result);
}

/* --------------------------------------------------------------- the kernel */

static int read_alarms(struct sweepresult *result)
{
	const json_t *list = json_object_get(result->json, "kernel_log");
	size_t count = json_array_size(list);

	result->alarms = calloc(count + 1, sizeof(*result->alarms));
	if (!result->alarms)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const json_t *json = json_array_get(list, i);
		const char *kind = word_of(json, "kind");
		const char *text = text_of(json, "text");

		result->alarms[result->alarm_count++] =
			(struct sweepresult_alarm){
				.kind = kind ? kind : "warn",
				.text = text ? text : "",
				.scenario = word_of(json, "scenario"),
			};
	}
	return 0;
}

static bool is_oops(const struct sweepresult_alarm *alarm)
{
	return strcmp(alarm->kind, "oops") == 0 ||
	       strcmp(alarm->kind, "bug") == 0 ||
	       strcmp(alarm->kind, "panic") == 0;
}

/* What stands in the log is never left out of the outcome. */
static void weigh_alarms(struct sweepresult *result)
{
	for (size_t i = 0; i < result->alarm_count; i++) {
		enum vm_outcome least = is_oops(&result->alarms[i]) ?
					VM_OOPSED : VM_WARNED;

		if (vm_outcome_stands(result->outcome))
			result->outcome = MAX(result->outcome, least);
	}
}

/* The status that "pinctl run" has with such results. */
static int status_of(const struct sweepresult *result)
{
	struct result_summary summary = { .scenarios = result->case_count };

	for (size_t i = 0; i < result->case_count; i++)
		summary.outcomes[result->cases[i].outcome]++;
	return result_status(&summary);
}

/* Does what it claims agree with what it has? */
static int check_claim(struct sweepresult *result)
{
	const json_t *summary = json_object_get(result->json, "summary");
	const json_t *count = json_object_get(summary, "scenarios");

	if (!json_is_object(summary) || !json_is_integer(count))
		return distrust(result, "%s says \"%s\", and has no summary",
				SWEEPRESULT_FILE,
				vm_outcome_name(result->outcome));
	if (json_integer_value(count) != (json_int_t)result->case_count)
		return distrust(result, "%zu of %" JSON_INTEGER_FORMAT
				" results are in %s", result->case_count,
				json_integer_value(count), SWEEPRESULT_FILE);
	if (result->status != CMD_OK && result->status != CMD_FOUND &&
	    result->status != CMD_UNSURE && result->status != CMD_SKIP)
		return distrust(result, "pinctl run ended with status %d",
				result->status);
	result->skipped = result->case_count ? NULL :
			  word_of(summary, "skipped");
	if (!result->skipped && !result->case_count)
		return distrust(result, "no scenario has run");
	if (result->status != status_of(result))
		return distrust(result, "pinctl run ended with status %d, and "
				"its results come to %d", result->status,
				status_of(result));
	return 0;
}

/* What may be told, and is no answer if it is missing. */
static void read_names(struct sweepresult *result)
{
	const json_t *kernel = json_object_get(result->json, "kernel");
	const json_t *guest = json_object_get(result->json, "guest");
	const json_t *status = json_object_get(result->json, "status");

	result->spec = word_of(kernel, "spec");
	result->release = word_of(kernel, "release");
	if (!result->release)
		result->release = word_of(guest, "release");
	result->package = word_of(kernel, "package");
	result->version = word_of(kernel, "version");
	result->time = word_of(result->json, "time");
	result->stage = word_of(result->json, "stage");
	result->running = word_of(result->json, "running");
	result->status = json_is_integer(status) &&
			 json_integer_value(status) >= 0 &&
			 json_integer_value(status) <= INT_MAX ?
			 (int)json_integer_value(status) : -1;
}

static int set_text(char **text, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int read_outcome(struct sweepresult *result)
{
	const char *name = word_of(result->json, "outcome");
	const char *reason = word_of(result->json, "reason");

	if (!name || !vm_outcome_find(name, &result->outcome))
		return distrust(result, "%s has the outcome \"%s\", which is "
				"not known here", SWEEPRESULT_FILE,
				name ? name : "");
	return set_text(&result->reason, reason ? reason :
			vm_outcome_help(result->outcome));
}

static int read_all(struct sweepresult *result)
{
	const json_t *form = json_object_get(result->json, "pinfs_sweep");
	const char *name = word_of(json_object_get(result->json, "kernel"),
				   "name");
	int err = 0;

	if (!json_is_integer(form) || json_integer_value(form) != FORM)
		return distrust(result, "%s is not of a form that is known "
				"here (\"pinfs_sweep\")", SWEEPRESULT_FILE);
	if (name)
		err = set_text(&result->name, name);
	read_names(result);
	if (!err)
		err = read_outcome(result);
	if (!err)
		err = read_alarms(result);
	if (!err)
		err = read_cases(result);
	if (!err)
		err = check_claim(result);
	weigh_alarms(result);
	return err;
}

/* ------------------------------------------------------------- the file */

/* A new reference; NULL: @why says what is wrong. */
static json_t *load(const char *dir, char *why, size_t size)
{
	autofree char *path = NULL;
	autoclose int fd = -1;
	json_error_t error;
	struct stat stat;
	FILE *in = NULL;
	json_t *json;

	if (asprintf(&path, "%s/" SWEEPRESULT_FILE, dir) < 0) {
		path = NULL;
		snprintf(why, size, "no memory");
		return NULL;
	}
	/* Not to wait for the other end of a pipe. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &stat)) {
		snprintf(why, size, "%s: %s", SWEEPRESULT_FILE,
			 strerror(errno));
		return NULL;
	}
	if (!S_ISREG(stat.st_mode) || stat.st_size > LARGEST) {
		snprintf(why, size, "%s is no file, or too large",
			 SWEEPRESULT_FILE);
		return NULL;
	}
	in = fdopen(fd, "r");
	if (!in) {
		snprintf(why, size, "%s: %s", SWEEPRESULT_FILE,
			 strerror(errno));
		return NULL;
	}
	steal_fd(&fd);
	/* Not json_loadfd(), which asks the kernel for each byte. */
	json = json_loadf(in, JSON_REJECT_DUPLICATES, &error);
	fclose(in);
	if (!json)
		snprintf(why, size, "%s, line %d: %.120s", SWEEPRESULT_FILE,
			 error.line, error.text);
	return json;
}

int sweepresult_read(const char *dir, struct sweepresult *result_ret)
{
	const char *slash = strrchr(dir, '/');
	struct sweepresult result = {
		.outcome = VM_COMPLETE, .status = -1,
		.dir = strdup(dir),
		.real = realpath(dir, NULL),
		.name = strdup(slash && slash[1] ? slash + 1 : dir),
		.reason = strdup(""),
	};
	int err = 0;
	char why[256];

	if (!result.real)
		result.real = strdup(dir);
	if (!result.dir || !result.real || !result.name || !result.reason)
		err = -ENOMEM;
	if (!err) {
		result.json = load(dir, why, sizeof(why));
		err = result.json ? read_all(&result) :
				    distrust(&result, "%s", why);
	}
	if (err)
		sweepresult_deinit(&result);
	else
		*result_ret = result;
	return err;
}

void sweepresult_deinit(struct sweepresult *result)
{
	json_decref(result->json);
	free(result->alarms);
	free(result->cases);
	free(result->reason);
	free(result->name);
	free(result->label);
	free(result->real);
	free(result->dir);
}

const char *sweepresult_version(const struct sweepresult *result)
{
	return result->version ? result->version :
	       result->release ? result->release : result->name;
}

bool sweepresult_stands(const struct sweepresult *result)
{
	return vm_outcome_stands(result->outcome);
}

const struct sweepresult_case *
sweepresult_find(const struct sweepresult *result, const char *scenario)
{
	const struct sweepresult_case key = { .scenario = scenario };

	return result->case_count ?
	       bsearch(&key, result->cases, result->case_count,
		       sizeof(key), compare_cases) : NULL;
}
