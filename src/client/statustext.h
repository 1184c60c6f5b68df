/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reply to "status" for people. */
#ifndef PIN_STATUSTEXT_H
#define PIN_STATUSTEXT_H

#include <stdint.h>

#include "common/json.h"

/**
 * statustext_print() - print it on standard output
 * Members by their own names; findings and doubts by class and cause; counters
 * that are not zero; tables of gates and held requests.
 *
 * @reply:   with cmd-status.c's additions
 * @earlier: one that is @gap_ns older, for how much comes in a second; NULL: none
 */
void statustext_print(json_t *reply, json_t *earlier, uint64_t gap_ns);

#endif
