/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory accesses that may fail: a mapping of a file gives SIGBUS beyond the
 * file's end or when its filesystem answers with an error, and SIGSEGV when it
 * is gone. In here that is a value, elsewhere the signal kills as usual.
 */
#ifndef PIN_FAULTGUARD_H
#define PIN_FAULTGUARD_H

#include <stddef.h>

/* Once per process, before the first faultguard_call(). */
void faultguard_setup(void);

/**
 * faultguard_call() - call a function that touches memory
 * @fn: must hold no lock and own nothing: it may never come back
 *
 * Context: any thread; not nested.
 * Return: 0, or the signal that ended @fn.
 */
int faultguard_call(void (*fn)(void *arg), void *arg);

/* memcpy() in a faultguard_call(). Return: 0 or the signal. */
int faultguard_copy(void *to, const void *from, size_t len);

#endif
