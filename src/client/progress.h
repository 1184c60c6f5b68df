/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "12 of 40, pwrite@writeback": how far "pinctl run" is, on a terminal, when it
 * takes longer than a second. There is one in a process.
 */
#ifndef PIN_PROGRESS_H
#define PIN_PROGRESS_H

#include <stdint.h>

/* From now on, if standard error is a terminal. progress_end() is optional. */
void progress_begin(void);
/**
 * progress_at() - a run begins
 * @number: of it, from 1
 * @total:  0: nobody knows
 * @name:   of its scenario; lives until the next call
 */
void progress_at(uint64_t number, uint64_t total, const char *name);
/* Somebody is going to write on the terminal. The line comes back later. */
void progress_erase(void);
/* Nothing is drawn any more. */
void progress_end(void);

#endif
