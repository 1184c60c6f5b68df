/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the targets have in common whose bytes are in memory "m" of the writer
 * and nowhere else. Their make() maps it; these are their other phases.
 */
#ifndef PIN_MEMORY_H
#define PIN_MEMORY_H

#include "client/trial.h"
#include "common/compiler.h"

/* The range of a huge page, aligned to it. Any shape at the start fits in. */
#define MEMORY_RANGE "len=2m align=2m"

int memory_dirty(struct trial *trial) MUST_CHECK;
int memory_look(struct trial *trial, enum judge_bytes *bytes_ret) MUST_CHECK;
/* The writer itself changes a page: nobody else can. */
int memory_plant(struct trial *trial) MUST_CHECK;
/* Which bytes there are; there is no store to agree with. */
int memory_audit(struct trial *trial) MUST_CHECK;
int memory_unmap(struct trial *trial) MUST_CHECK;

#endif
