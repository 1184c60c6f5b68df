/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sweepresult.c and sweepresult-list.c share. */
#ifndef PIN_SWEEPRESULT_INTERNAL_H
#define PIN_SWEEPRESULT_INTERNAL_H

#include "client/sweepresult.h"
#include "common/compiler.h"

#define SWEEPRESULT_FILE "result.json"
#define SWEEPRESULT_CONSOLE "console.log"

/**
 * sweepresult_read() - one kernel
 * What is wrong with result.json, also that there is none, becomes its outcome.
 * @dir: that result.json is in
 * @result_ret: sweepresult_deinit() frees it
 * Return: 0 or -ENOMEM.
 */
int sweepresult_read(const char *dir, struct sweepresult *result_ret)
	MUST_CHECK;
void sweepresult_deinit(struct sweepresult *result);
/* What its place in the order of versions comes from. */
const char *sweepresult_version(const struct sweepresult *result);

#endif
