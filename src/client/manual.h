/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page pinfs-scenarios(7), made of the tables of parts and verdicts. */
#ifndef PIN_MANUAL_H
#define PIN_MANUAL_H

struct known;

/* On standard output, with the macros of man(7). */
void manual_print(const struct known *known);

#endif
