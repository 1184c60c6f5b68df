/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the targets that are files of the mount begin with. */
#ifndef PIN_MOUNTED_H
#define PIN_MOUNTED_H

#include <stdint.h>

#include "client/trial.h"
#include "common/compiler.h"

/* The file "t" of the writer, with its first @filled bytes written [bytes]. */
int mounted_create(struct trial *trial, uint64_t filled) MUST_CHECK;

#endif
