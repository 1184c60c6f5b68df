/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns JSON Lines for programs: one object a scenario, as soon as it has run,
 * and one with "summary". Keys are only ever added.
 */
#include "client/output.h"

#include "client/causes.h"
#include "common/clock.h"
#include "common/compiler.h"
#include "common/json.h"

enum { WORD_SIZE = 24 };

/* { "UNSTABLE": 498, "BLOCKED": 2 } */
static json_t *counts_json(const unsigned int counts[VERDICT_COUNT])
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < VERDICT_COUNT; i++)
		if (counts[i])
			json_object_set_new(object,
					    verdict_name((enum verdict)i),
					    json_integer(counts[i]));
	return object;
}

/* "as_known": keys and words for programs have no spaces. */
static void outcome_word(enum result_outcome outcome, char word[WORD_SIZE])
{
	snprintf(word, WORD_SIZE, "%s", result_outcome_name(outcome));
	for (char *at = word; *at; at++)
		if (*at == ' ')
			*at = '_';
}

static void print_line(struct output *output, json_t *object)
{
	if (object) {
		json_dumpf(object, output->out, JSON_COMPACT);
		fputc('\n', output->out);
	}
	json_decref(object);
	fflush(output->out);
}

static json_t *known_json(const struct known_row *known)
{
	if (!known)
		return json_null();
	return json_pack("{s:s, s:s, s:o}", "verdict",
			 verdict_name(known->verdict), "capabilities",
			 known->capabilities, "ground",
			 json_text(known->ground));
}

static json_t *stop_json(const struct result_stop *stop)
{
	if (!stop->scenario)
		return json_null();
	return json_pack("{s:I, s:s, s:i, s:s}",
			 "run", (json_int_t)stop->run,
			 "scenario", stop->scenario,
			 "run_of_scenario", (int)stop->nth,
			 "verdict", verdict_name(stop->verdict));
}

/* { "make": 412, ... } in microseconds; of one name, their sum. */
static json_t *phases_json(const struct result *result)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < result->phase_count; i++) {
		const struct trial_phase *phase = &result->phases[i];
		json_t *before = json_object_get(object, phase->name);
		json_int_t us = (json_int_t)(phase->ns / 1000);

		json_object_set_new(object, phase->name, json_integer(
					us + json_integer_value(before)));
	}
	return object;
}

static json_t *files_json(const struct result *result)
{
	json_t *paths = json_array();

	for (size_t i = 0; i < RESULT_FILES && result->files[i]; i++)
		json_array_append_new(paths, json_text(result->files[i]));
	return paths;
}

static json_t *kept_json(const struct kept *kept)
{
	json_t *places = json_array();

	for (size_t i = 0; kept && i < kept->count; i++) {
		const struct kept_place *place = &kept->places[i];

		json_array_append_new(places, json_pack(
			"{s:o, s:o, s:o}", "source", json_text(place->source),
			"state", json_text(place->state),
			"log", json_text(place->log)));
	}
	return places;
}

static void lines_begin(UNUSED struct output *output, UNUSED size_t scenarios)
{
}

static void lines_result(struct output *output, struct result *result)
{
	uint64_t median_ns = result_median_ns(result);
	char outcome[WORD_SIZE];

	if (output->quiet && result->outcome <= RESULT_SKIPPED)
		return;
	outcome_word(result->outcome, outcome);
	print_line(output, json_pack(
		"{s:s, s:s, s:s, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"scenario", result->name,
		"verdict", verdict_name(result->worst),
		"outcome", outcome,
		"known", known_json(result->known),
		"runs", (int)result->runs,
		"verdicts", counts_json(result->counts),
		"also", counts_json(result->also),
		"call_us", median_ns ?
			json_integer((json_int_t)(median_ns / 1000)) :
			json_null(),
		"note", json_text(result->note),
		"phases", phases_json(result),
		"files", files_json(result),
		"store", *result->stored ? json_text(result->stored) :
					   json_null()));
}

/* What fails the run: it stands wherever it ran among the lines above. */
static json_t *failed_json(const struct result *results, size_t count)
{
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		if (results[i].outcome >= RESULT_NOT_ACCEPTED)
			json_array_append_new(names,
					      json_string(results[i].name));
	return names;
}

static void lines_end(struct output *output, struct result *results,
		     size_t count, const struct result_summary *summary)
{
	json_t *outcomes = json_object();
	char word[WORD_SIZE];

	for (size_t i = 0; i < RESULT_OUTCOMES; i++) {
		outcome_word((enum result_outcome)i, word);
		json_object_set_new(outcomes, word, json_integer(
					(json_int_t)summary->outcomes[i]));
	}
	print_line(output, json_pack(
		"{s:{s:I, s:I, s:o, s:o, s:o, s:o, s:I, s:i}}", "summary",
		"scenarios", (json_int_t)summary->scenarios,
		"runs", (json_int_t)summary->runs,
		"outcomes", outcomes,
		"failed", failed_json(results, count),
		"stopped", stop_json(&summary->stop),
		"kept", kept_json(summary->kept),
		"duration_us", (json_int_t)(summary->duration_ns / 1000),
		"status", result_status(summary)));
}

static void lines_skip(struct output *output, const char *reason)
{
	print_line(output, json_pack("{s:{s:o, s:i}}", "summary",
				     "skipped", json_text(reason),
				     "scenarios", 0));
}

static void lines_causes(struct output *output, const struct causes *causes)
{
	print_line(output, causes_json(causes));
}

const struct output_format output_json_format = {
	.begin = lines_begin,
	.result = lines_result,
	.end = lines_end,
	.skip = lines_skip,
	.causes = lines_causes,
};
