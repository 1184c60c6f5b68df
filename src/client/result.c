/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns counting verdicts, comparing them with what is known, and the status. */
#include "client/result.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cmd.h"
#include "common/clock.h"

void result_init(struct result *result, const char *name, const char *help)
{
	*result = (struct result){ .name = name, .help = help };
}

static void free_files(struct result *result)
{
	for (size_t i = 0; i < RESULT_FILES; i++) {
		free(result->files[i]);
		result->files[i] = NULL;
	}
}

void result_deinit(struct result *result)
{
	free_files(result);
	free(result->call_ns);
	result->call_ns = NULL;
	result->calls = 0;
}

/* A time that does not fit is only missing from the median. */
static void add_call(struct result *result, uint64_t call_ns)
{
	uint64_t *grown;

	if (!call_ns)
		return;
	grown = reallocarray(result->call_ns, result->calls + 1,
			     sizeof(*grown));
	if (!grown)
		return;
	result->call_ns = grown;
	result->call_ns[result->calls++] = call_ns;
}

bool result_add(struct result *result, unsigned int set, uint64_t call_ns,
		const char *note)
{
	enum verdict worst = verdict_worst(set);
	bool worse = result->runs == 0 ||
		     (worst != result->worst &&
		      verdict_worst(VERDICT_BIT(worst) |
				    VERDICT_BIT(result->worst)) == worst);

	if (worse) {
		result->worst = worst;
		snprintf(result->note, sizeof(result->note), "%s", note);
	}
	result->runs++;
	result->counts[worst]++;
	for (unsigned int i = 0; i < VERDICT_COUNT; i++)
		if (i != worst && (set & VERDICT_BIT(i)))
			result->also[i]++;
	add_call(result, call_ns);
	return worse;
}

bool result_add_leak(struct result *result, const char *note)
{
	unsigned int both = VERDICT_BIT(result->worst) |
			    VERDICT_BIT(VERDICT_PINLEAK);

	result->also[VERDICT_PINLEAK]++;
	result->worst = verdict_worst(both);
	if (result->worst != VERDICT_PINLEAK)
		return false;
	snprintf(result->note, sizeof(result->note), "%s", note);
	return true;
}

void result_set_phases(struct result *result, const struct trial_phase *phases,
		       unsigned int count)
{
	memcpy(result->phases, phases, count * sizeof(*phases));
	result->phase_count = count;
}

void result_set_files(struct result *result, const char *dir,
		      const char *const names[RESULT_FILES])
{
	size_t count = 0;

	free_files(result);
	for (size_t i = 0; i < RESULT_FILES; i++) {
		char *path;

		bool absolute = *names[i] == '/';

		if (!*names[i] || asprintf(&path, "%s%s%s", absolute ? "" : dir,
					   absolute ? "" : "/", names[i]) < 0)
			continue;
		if (access(path, F_OK) == 0)
			result->files[count++] = path;
		else
			free(path);
	}
}

void result_leave_out(struct result *result, const char *note)
{
	result->worst = VERDICT_SKIP;
	result->counts[VERDICT_SKIP] = 1;
	snprintf(result->note, sizeof(result->note), "%s", note);
}

/*
 * Was there a verdict that is not the known one? ERROR and SKIP say nothing;
 * HUNG and PINLEAK are expected nowhere.
 */
static bool deviates(const struct result *result)
{
	if (result->counts[VERDICT_HUNG] || result->also[VERDICT_PINLEAK])
		return true;
	if (!result->known)
		return false;
	for (unsigned int i = 0; i < VERDICT_COUNT; i++)
		if (result->counts[i] && i != VERDICT_ERROR &&
		    i != VERDICT_SKIP && i != result->known->verdict)
			return true;
	return false;
}

static bool has_strict(const struct result *result)
{
	for (unsigned int i = 0; i < VERDICT_COUNT; i++)
		if ((result->counts[i] || result->also[i]) &&
		    verdict_strict((enum verdict)i))
			return true;
	return false;
}

static enum result_outcome compare(const struct result *result, bool strict)
{
	if (deviates(result))
		return RESULT_DEVIATES;
	if (strict && has_strict(result))
		return RESULT_NOT_ACCEPTED;
	if (result->counts[VERDICT_ERROR])
		return RESULT_UNSURE;
	if (result->counts[VERDICT_SKIP])
		return RESULT_SKIPPED;
	return result->known ? RESULT_AS_KNOWN : RESULT_NOT_KNOWN;
}

void result_compare(struct result *result, bool strict)
{
	result->outcome = compare(result, strict);
}

static void append(char *text, size_t size, const char *fmt, ...)
	PRINTF(3, 4);

static void append(char *text, size_t size, const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + used, size - used, fmt, args);
	va_end(args);
}

/* "2 LOST, 498 UNSTABLE", the worst first; without numbers for one run. */
static void describe_counts(const unsigned int counts[VERDICT_COUNT],
			    unsigned int runs, char *text, size_t size)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < VERDICT_COUNT; i++)
		if (counts[i])
			left |= VERDICT_BIT(i);
	for (const char *comma = ""; left; comma = ", ") {
		enum verdict worst = verdict_worst(left);

		left &= ~VERDICT_BIT(worst);
		if (runs > 1)
			append(text, size, "%s%u %s", comma, counts[worst],
			       verdict_name(worst));
		else
			append(text, size, "%s%s", comma, verdict_name(worst));
	}
}

void result_describe(const struct result *result, char text[RESULT_TEXT_SIZE])
{
	char also[RESULT_TEXT_SIZE] = "";

	text[0] = '\0';
	describe_counts(result->counts, result->runs, text, RESULT_TEXT_SIZE);
	describe_counts(result->also, result->runs, also, sizeof(also));
	if (*also)
		append(text, RESULT_TEXT_SIZE, " (also %s)", also);
}

void result_describe_phases(const struct trial_phase *phases,
			    unsigned int count, char text[RESULT_PHASES_SIZE])
{
	text[0] = '\0';
	for (unsigned int i = 0; i < count; i++)
		append(text, RESULT_PHASES_SIZE, "%s%s %.3f ms", i ? ", " : "",
		       phases[i].name,
		       (double)phases[i].ns / CLOCK_NS_PER_MS);
}

static int compare_ns(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t result_median_ns(struct result *result)
{
	if (!result->calls)
		return 0;
	qsort(result->call_ns, result->calls, sizeof(*result->call_ns),
	      compare_ns);
	return result->call_ns[result->calls / 2];
}

const char *result_outcome_name(enum result_outcome outcome)
{
	static const char *const names[] = {
		[RESULT_AS_KNOWN] = "as known",
		[RESULT_SKIPPED] = "skipped",
		[RESULT_NOT_KNOWN] = "not known",
		[RESULT_UNSURE] = "unsure",
		[RESULT_NOT_ACCEPTED] = "not accepted",
		[RESULT_DEVIATES] = "deviates",
	};

	return names[outcome];
}

void result_describe_stop(const struct result_stop *stop,
			  char text[RESULT_TEXT_SIZE])
{
	snprintf(text, RESULT_TEXT_SIZE,
		 "run %llu: %s, run %u of it: %s",
		 (unsigned long long)stop->run, stop->scenario, stop->nth,
		 verdict_name(stop->verdict));
}

void result_count(struct result_summary *summary, const struct result *result)
{
	summary->scenarios++;
	summary->runs += result->runs;
	summary->outcomes[result->outcome]++;
}

int result_status(const struct result_summary *summary)
{
	const size_t *outcomes = summary->outcomes;

	if (outcomes[RESULT_DEVIATES] || outcomes[RESULT_NOT_ACCEPTED])
		return CMD_FOUND;
	if (outcomes[RESULT_UNSURE] || outcomes[RESULT_NOT_KNOWN])
		return CMD_UNSURE;
	if (outcomes[RESULT_SKIPPED] == summary->scenarios)
		return CMD_SKIP;
	return CMD_OK;
}
