/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdicts of include/pinfs/verdict.h as a type, and sets of them. */
#ifndef PIN_VERDICT_H
#define PIN_VERDICT_H

#include <stdbool.h>

#include <pinfs/verdict.h>

#include "common/compiler.h"

enum verdict {
#define VERDICT_ENUM(name, severity, strict, meaning) VERDICT_##name,
	PINFS_VERDICTS(VERDICT_ENUM)
#undef VERDICT_ENUM
	VERDICT_COUNT,
};

/* A set of verdicts: one bit each. */
#define VERDICT_BIT(verdict) (1U << (verdict))

const char *verdict_name(enum verdict verdict);
const char *verdict_meaning(enum verdict verdict);
/* Does --strict fail on it? */
bool verdict_strict(enum verdict verdict);
/* Return: 0, -EINVAL there is no such verdict. */
int verdict_parse(const char *name, enum verdict *verdict_ret) MUST_CHECK;
/* The one with the highest severity; ERROR for the empty set. */
enum verdict verdict_worst(unsigned int set);

#endif
