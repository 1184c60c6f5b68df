/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the writers have in common that change a page behind a call which passes
 * it on: what the other side has got, and what the daemon says about it.
 */
#ifndef PIN_LATE_H
#define PIN_LATE_H

#include <stdbool.h>

#include "client/trial.h"
#include "common/compiler.h"

/* Where in "m" and "t" the call's page is, whatever the change is about. */
unsigned long long late_at(const struct trial *trial);
/**
 * late_open() - the file "s" in the writer, empty, for what is passed on
 * Its bytes are declared: they are to be those that the page has now.
 * @direct: by O_DIRECT
 */
int late_open(struct trial *trial, bool direct) MUST_CHECK;
/**
 * late_collect() - look at what has been passed on
 * @fmt: a step of the writer that has digest= of trial->len bytes
 * Fills in facts.passes, facts.passed and facts.reports.
 */
int late_collect(struct trial *trial, const char *fmt, ...) PRINTF(2, 3)
	MUST_CHECK;

/* An O_DIRECT write from the page into "s", beside the call: begin it. */
int late_start_write(struct trial *trial) MUST_CHECK;
/* Until it has ended; collects what it wrote. */
int late_collect_write(struct trial *trial) MUST_CHECK;

#endif
