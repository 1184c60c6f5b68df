/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing words that common/parse.h reads back as they were. */
#ifndef PIN_QUOTE_H
#define PIN_QUOTE_H

#include "common/compiler.h"

/**
 * quote_word() - a value as one word of a line
 * @quoted_ret: @word itself when nothing in it is special, else in double
 *              quotes; malloc'ed, caller frees
 * Return: 0; -EINVAL it holds a control character, which no line can carry;
 * -ENOMEM.
 */
int quote_word(const char *word, char **quoted_ret) MUST_CHECK;

/**
 * quote_pair() - "key=value" or a flag from a command line, as one word
 * Quotes only what stands behind the first '=', so that it still separates.
 * Return: as quote_word().
 */
int quote_pair(const char *pair, char **quoted_ret) MUST_CHECK;

#endif
