/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the moments have in common that throw clean pages out of the cache. That
 * the page of a pin is still there proves nothing by itself, so each also has a
 * witness: a page of another file that nobody has, "v" in the observer. When
 * the witness has gone, pages like it are thrown out at that moment.
 */
#ifndef PIN_EVICT_H
#define PIN_EVICT_H

#include "client/trial.h"
#include "common/compiler.h"

/* SKIP where the target's filesystem keeps its pages (tmpfs without swap). */
int evict_probe(struct trial *trial) MUST_CHECK;
/* Both pages clean and in the cache, and the target's in no page table. */
int evict_prepare(struct trial *trial) MUST_CHECK;
/* -EAGAIN: the witness is still there. Else it is forgotten. */
int evict_check(struct trial *trial) MUST_CHECK;

#endif
