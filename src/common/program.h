/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where this program lies, for finding what is beside it. */
#ifndef PIN_PROGRAM_H
#define PIN_PROGRAM_H

#include <limits.h>

/* The directory that this program is in; "" when it cannot be told. */
void program_dir(char dir[PATH_MAX]);

#endif
