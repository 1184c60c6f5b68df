/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writers that read through another filesystem have in common. */
#ifndef PIN_STAGE_READ_H
#define PIN_STAGE_READ_H

#include "client/trial.h"
#include "common/compiler.h"

/*
 * Can it run here? Return: as a probe (scenario.h). The writer's detail is the
 * kind of the stage: stage.h.
 */
int stage_read_probe(struct trial *trial) MUST_CHECK;
/**
 * stage_read_start() - begin to read into the page, and hold the image's READ
 * Return: as a phase (trial.h), and as trial_take().
 */
int stage_read_start(struct trial *trial) MUST_CHECK;
/* Close what was read from; the stage stays. */
int stage_read_undo(struct trial *trial) MUST_CHECK;

#endif
