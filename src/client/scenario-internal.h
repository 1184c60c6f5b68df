/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of scenarios have between them. */
#ifndef PIN_SCENARIO_INTERNAL_H
#define PIN_SCENARIO_INTERNAL_H

#include "client/scenario.h"

/**
 * scenario_judge() - fill in an outcome
 * @err: of the phases, as they return it
 */
void scenario_judge(const struct trial *trial, int err,
		    struct scenario_outcome *outcome);

#endif
