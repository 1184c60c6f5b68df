/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the writers have in common that register memory first and have bytes
 * come into it later: two steps, and the kernel may refuse the first.
 */
#ifndef PIN_HOLDER_H
#define PIN_HOLDER_H

#include "client/trial.h"
#include "common/compiler.h"

/**
 * holder_take() - run the step that registers the memory, to its end
 * trial->held says whether it has. A refusal by the kernel is what the writer's
 * call has come to. A step that cannot run here says so by refused=.
 * Return: as a phase (trial.h).
 */
int holder_take(struct trial *trial, const char *fmt, ...) PRINTF(2, 3)
	MUST_CHECK;
/* Close the descriptor @name, and its memory if there is some. */
int holder_drop(struct trial *trial, const char *name, bool memory) MUST_CHECK;

#endif
