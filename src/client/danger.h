/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling what a dangerous scenario may do to the machine, before it does. */
#ifndef PIN_DANGER_H
#define PIN_DANGER_H

#include "common/compiler.h"

/**
 * danger_tell() - say on standard error what will happen
 * Return: 0; -EPERM the machine is set up to panic then (another message says
 * by what), and nothing may be run.
 */
int danger_tell(void) MUST_CHECK;

#endif
