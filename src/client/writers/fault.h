/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the writers have in common whose call takes several parts of memory, one
 * of which is a page of the file "s" that is not in memory and has to be read:
 * with its READ held, what the call has taken before stays taken.
 */
#ifndef PIN_FAULT_H
#define PIN_FAULT_H

#include "client/trial.h"
#include "common/compiler.h"

enum {
	FAULT_BYTES = SHAPE_PAGE,	/* of "s", behind its content */
	FAULT_LIST_SIZE = 320,
};

/**
 * fault_make() - "s" with the new content and FAULT_BYTES more, none of it cached
 * It is mapped, whole and private, as "f", and a gate waits for its READ.
 */
int fault_make(struct trial *trial) MUST_CHECK;
/* The offset of the FAULT_BYTES in "s" and "f". */
uint64_t fault_at(const struct trial *trial);
/* Unmap, close and remove it. */
int fault_drop(struct trial *trial) MUST_CHECK;

/**
 * fault_list() - the pieces of the shape, NAME:AT:LEN,...
 * @at: where in the memory @name the first begins [bytes]
 */
void fault_list(const struct trial *trial, const char *name, uint64_t at,
		char list[FAULT_LIST_SIZE]);
/**
 * fault_start() - make the call, and wait until it waits for the READ
 * The pins of it are counted.
 * Return: as trial_take().
 */
int fault_start(struct trial *trial, const char *fmt, ...) PRINTF(2, 3)
	MUST_CHECK;

#endif
