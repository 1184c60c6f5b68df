/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the way from a scenario to what its probes say. */
#include "client/here.h"

#include <stddef.h>

#include "client/scenario.h"

const char *here_lack(struct here *here, const struct scenario *scenario)
{
	struct ground *ground = ground_with_cache(&here->ground,
						  scenario->moment->cache,
						  &here->varied);

	if (ground_ready(ground))
		return ground_reason(ground);
	return scenario_lack(scenario, ground->site, here->why) ? here->why :
								  NULL;
}

int here_close(struct here *here)
{
	int err = ground_close(&here->varied);
	int other = ground_close(&here->ground);

	return err ? err : other;
}
