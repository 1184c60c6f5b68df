/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fuzz target: one function that takes any bytes, and asserts what must be
 * true whatever they are. libFuzzer calls it with what it invents, inputs.c
 * with the files below tests/fuzz/inputs.
 *
 * An input is lines. Those that begin with '#' say nothing, so that a file of
 * the tree can name its licence.
 */
#ifndef PIN_FUZZ_H
#define PIN_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's names. Return: 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/**
 * fuzz_lines() - call a function for each line of an input
 * @line: ends in a NUL, and nothing behind that is mapped as far as a sanitizer
 *        knows; the newline is not in it, a NUL in it ends it
 */
void fuzz_lines(const uint8_t *data, size_t size,
		void (*each)(char *line, void *context), void *context);

/* Asserts that it is text that can be shown, in lines of so many columns. */
void fuzz_check_text(const char *text, size_t columns);
/* Is it one line of text that can be shown? */
bool fuzz_is_message(const char *text);

#endif
