/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the table of named sets, and what the words of a command line mean. */
#include "client/selection.h"

#include <string.h>

#include "client/cmd.h"
#include "client/question.h"
#include "client/scenario.h"
#include "common/log.h"

static bool is_control(const struct scenario *scenario)
{
	return strcmp(scenario->writer->pin_case, "control") == 0;
}

static bool is_pin(const struct scenario *scenario)
{
	return scenario->writer->pins > 0;
}

/* Of another filesystem what stands for the rest: all of it is for --on. */
static bool is_default(const struct scenario *scenario)
{
	if (scenario_dangerous(scenario))
		return false;
	return !(scenario->target->part.is & PART_IN_DIR) ||
	       ((scenario->writer->part.is & PART_MODEL) &&
		!(scenario->moment->part.is & PART_EVENT));
}

static bool is_question(const struct scenario *scenario)
{
	return question_of(scenario->name);
}

static bool is_any(UNUSED const struct scenario *scenario)
{
	return true;
}

static const struct selection_set sets[] = {
	{ "@controls", "by which the others are judged: CASE control",
	  is_control },
	{ "@pins", "whose writer pins the page", is_pin },
	{ "@questions", "four, which answer those of the discussion of pins",
	  is_question },
	{ "@default", "without those that endanger the machine, and of the "
	  "target 'dir' some; what no word means", is_default },
	{ "@dangerous", "that endanger the machine: only with --dangerous",
	  scenario_dangerous },
	{ "@all", "every one; dangerous ones only with --dangerous", is_any },
};

const struct selection_set *selection_set_at(size_t index)
{
	return index < ARRAY_SIZE(sets) ? &sets[index] : NULL;
}

static const struct selection_set *find_set(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (strcmp(sets[i].name, name) == 0)
			return &sets[i];
	return NULL;
}

/* No scenario's name begins with '@'. */
static bool means(const char *word, const struct scenario *scenario)
{
	const struct selection_set *set;

	if (*word != '@')
		return scenario_matches(scenario, word);
	set = find_set(word);
	return set && set->has(scenario);
}

static bool means_shape_of(const char *word, const struct scenario *scenario)
{
	struct scenario shaped;
	const struct shape *shape;

	for (size_t i = 1; (shape = shape_at(i)); i++)
		if (scenario_reshape(scenario, shape, &shaped) &&
		    scenario_matches(&shaped, word))
			return true;
	return false;
}

static bool means_any(const char *word)
{
	bool shaped = strchr(word, '+');

	for (size_t i = 0; i < scenario_count(); i++)
		if (shaped ? means_shape_of(word, scenario_at(i)) :
			     means(word, scenario_at(i)))
			return true;
	return false;
}

/* A set may be empty; a pattern that means nothing is a mistake. */
static int check_word(const char *word)
{
	if (*word == '@' && !find_set(word)) {
		log_err("there is no set '%s'; 'pinctl list sets' shows them",
			word);
		return CMD_USAGE;
	}
	if (*word != '@' && !means_any(word)) {
		log_err("there is no scenario '%s'; 'pinctl list' shows them",
			word);
		return CMD_USAGE;
	}
	return CMD_OK;
}

int selection_check(char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int status = check_word(words[i]);

		if (status)
			return status;
	}
	return CMD_OK;
}

static bool means_in_any_shape(const char *word,
			       const struct scenario *scenario)
{
	return strchr(word, '+') ? means_shape_of(word, scenario) :
				   means(word, scenario);
}

const char *selection_only_dangerous(char *const *words, size_t count)
{
	for (size_t w = 0; w < count; w++) {
		bool dangerous = false, others = false;

		for (size_t i = 0; i < scenario_count(); i++) {
			const struct scenario *scenario = scenario_at(i);

			if (!means_in_any_shape(words[w], scenario))
				continue;
			if (scenario_dangerous(scenario))
				dangerous = true;
			else
				others = true;
		}
		if (dangerous && !others)
			return words[w];
	}
	return NULL;
}

bool selection_any_dangerous(char *const *words, size_t count)
{
	for (size_t i = 0; i < scenario_count(); i++)
		for (size_t w = 0; w < count; w++)
			if (scenario_dangerous(scenario_at(i)) &&
			    means_in_any_shape(words[w], scenario_at(i)))
				return true;
	return false;
}

bool selection_has(const struct scenario *scenario, char *const *words,
		   size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (means(words[i], scenario))
			return true;
	return count == 0 && is_default(scenario);
}

bool selection_has_shaped(const struct scenario *scenario, char *const *words,
			  size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strchr(words[i], '+') &&
		    scenario_matches(scenario, words[i]))
			return true;
	return false;
}
