/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the moments in which a WRITE of the target is held have in common. */
#ifndef PIN_HELD_WRITE_H
#define PIN_HELD_WRITE_H

#include "client/trial.h"
#include "common/compiler.h"

/**
 * held_write_enter() - start writeback and hold the reply of its WRITE
 * @bytes: what the store has when nothing is left to be written back
 * Return: as a phase (trial.h); 0: the page is under writeback.
 */
int held_write_enter(struct trial *trial, enum judge_bytes bytes) MUST_CHECK;
/* Let the WRITE be answered. */
int held_write_leave(struct trial *trial) MUST_CHECK;

#endif
