/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From which of the packages to which, in words of who wants to search them. */
#ifndef PIN_OFFERRANGE_H
#define PIN_OFFERRANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "vm/kernel.h"

/**
 * offerrange_means() - does a word mean this package?
 * @word: its specification or name, or the beginning of its version: "6.12" means
 *        6.12, 6.12.95-1 and 6.12~rc1, but not 6.120
 */
bool offerrange_means(const struct vm_kernel_offer *offer, const char *word);

/**
 * offerrange_find() - the oldest that one word means, to the newest of another
 * @offers: oldest first
 * @first_ret, @count_ret: part of them
 * Return: NULL, or what is wrong: one sentence, static.
 */
const char *offerrange_find(const struct vm_kernel_offer *offers, size_t count,
			    const char *from, const char *to,
			    size_t *first_ret, size_t *count_ret);

#endif
