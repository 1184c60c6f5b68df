/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hexdump of two images of a block around where they first differ, as in a
 * diff: "-" is what had to be there, "+" what was, and "^^" stands below each
 * byte that differs. A line has 16 bytes, from an offset in the block. A byte
 * that is not shown (redacted, or that one image does not have) is "..".
 */
#ifndef PIN_HEXPAIR_H
#define PIN_HEXPAIR_H

#include <stddef.h>

struct finding;
struct textpage;

enum { HEXPAIR_COLUMNS = 71 };	/* widest line */

/**
 * hexpair_print() - the first lines that differ, and one before and behind them
 * @lines: how many of them; what is left is said in a line
 */
void hexpair_print(struct textpage *page, const struct finding *finding,
		   size_t lines);

#endif
