/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is armed and what is held, as tables for people. */
#ifndef PIN_GATETABLE_H
#define PIN_GATETABLE_H

#include "common/json.h"

/**
 * gatetable_gates() - print the gates of a reply to "list"
 * A row each, 20 at most: columns for what every gate has, then KEY=VALUE for
 * every other member that says something (is neither null, 0, false nor empty).
 * Nothing for an empty list.
 */
void gatetable_gates(json_t *gates);
/* The same with what is held: for how long already, and how long at most. */
void gatetable_held(json_t *held);
/* One value on one line; nothing that a terminal would obey. */
void gatetable_value(const json_t *value);

#endif
