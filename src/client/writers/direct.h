/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the writers that read with O_DIRECT into the page have in common. */
#ifndef PIN_DIRECT_H
#define PIN_DIRECT_H

#include "client/trial.h"
#include "common/compiler.h"

/**
 * direct_start() - begin to read into the page, and hold the READ
 * The writer's detail is the step that reads: fd= off= len= into= at=. One that
 * cannot run here says so by the word refused= in its answer.
 * Return: as a phase (trial.h), and as trial_take().
 */
int direct_start(struct trial *trial) MUST_CHECK;

#endif
