/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be true of the words of any line, and of any text as a number. */
#ifndef PIN_CONTROL_WORDS_H
#define PIN_CONTROL_WORDS_H

/* Cuts the line; what came is what it says, and cutting it again changes none. */
void control_words_check(const char *line);
/* parse_u64(), parse_size() and parse_duration() agree with each other. */
void control_words_check_numbers(const char *text);

#endif
