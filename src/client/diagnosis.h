/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "pinctl doctor" concludes from its two scenarios. A pure function. */
#ifndef PIN_DIAGNOSIS_H
#define PIN_DIAGNOSIS_H

#include "client/verdict.h"

struct diagnosis {
	int status;		/* CMD_OK, CMD_FOUND, CMD_UNSURE */
	const char *text;	/* one sentence */
};

/**
 * diagnosis_make() - can pinfs be trusted here?
 * @planted: of a change under writeback, by a pin; SKIP: it was not run
 * @clean:   of the same without a writer; SKIP: it was not run
 */
struct diagnosis diagnosis_make(enum verdict planted, enum verdict clean);

#endif
