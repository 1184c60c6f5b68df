/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The moment in which one of two copies of the target has been written. */
#ifndef PIN_ONE_LEG_H
#define PIN_ONE_LEG_H

#include "client/trial.h"
#include "common/compiler.h"

/**
 * one_leg_enter() - fsync(2) begins, and one device's WRITE is done
 * Return: as a phase (trial.h); 0: the first device has the page's bytes, those
 * of the other are to be taken from the page, which is under writeback.
 */
int one_leg_enter(struct trial *trial) MUST_CHECK;
/* Let the other write, wait for fsync(2), and compare the copies. */
int one_leg_leave(struct trial *trial) MUST_CHECK;

#endif
