/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the choice of scenarios, each in the shapes that are wanted. */
#include "client/choice.h"

#include <errno.h>
#include <stdlib.h>

#include "client/selection.h"

static size_t shape_count(void)
{
	size_t n = 0;

	while (shape_at(n))
		n++;
	return n;
}

static void add(struct choice *choice, const struct scenario *scenario,
		const struct shape *shape)
{
	if (scenario_reshape(scenario, shape, &choice->scenarios[choice->count]))
		choice->count++;
}

/* A word with a '+' asks for shapes by itself; the others go by the rule. */
static void choose(struct choice *choice, const struct choice_rule *rule,
		   const struct scenario *scenario)
{
	bool meant = selection_has(scenario, rule->words, rule->word_count);
	const struct shape *shape;

	for (size_t i = 0; (shape = shape_at(i)); i++) {
		struct scenario shaped;
		bool wanted = meant && (rule->matrix ||
					(i == 0 && !rule->shape));

		if (!wanted && i > 0 &&
		    scenario_reshape(scenario, shape, &shaped))
			wanted = selection_has_shaped(&shaped, rule->words,
						      rule->word_count);
		if (wanted)
			add(choice, scenario, shape);
	}
	if (meant && rule->shape)
		add(choice, scenario, rule->shape);
}

int choice_make(const struct choice_rule *rule, struct choice *choice_ret)
{
	size_t most = scenario_count() * (shape_count() + 1);

	*choice_ret = (struct choice){
		.scenarios = calloc(most, sizeof(struct scenario)),
	};
	if (!choice_ret->scenarios)
		return -ENOMEM;
	for (size_t i = 0; i < scenario_count(); i++)
		choose(choice_ret, rule, scenario_at(i));
	return 0;
}

void choice_destroy(struct choice *choice)
{
	free(choice->scenarios);
	*choice = (struct choice){ 0 };
}
