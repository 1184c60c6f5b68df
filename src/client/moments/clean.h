/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the moments have in common that come to a page that is clean. */
#ifndef PIN_CLEAN_H
#define PIN_CLEAN_H

#include "client/trial.h"
#include "common/compiler.h"

/* Writeback, to its end. -EAGAIN: the page is not clean after it. */
int clean_enter(struct trial *trial) MUST_CHECK;

#endif
