/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the table of verdicts: names, severities, meanings. */
#include "client/verdict.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	int severity;
	bool strict;
	const char *meaning;
} verdicts[] = {
#define VERDICT_ROW(name, severity, strict, meaning) \
	[VERDICT_##name] = { #name, severity, strict, meaning },
	PINFS_VERDICTS(VERDICT_ROW)
#undef VERDICT_ROW
};

const char *verdict_name(enum verdict verdict)
{
	return verdicts[verdict].name;
}

const char *verdict_meaning(enum verdict verdict)
{
	return verdicts[verdict].meaning;
}

bool verdict_strict(enum verdict verdict)
{
	return verdicts[verdict].strict;
}

int verdict_parse(const char *name, enum verdict *verdict_ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (strcmp(verdicts[i].name, name) == 0) {
			*verdict_ret = (enum verdict)i;
			return 0;
		}
	}
	return -EINVAL;
}

enum verdict verdict_worst(unsigned int set)
{
	enum verdict worst = VERDICT_ERROR;
	int severity = -1;

	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (!(set & VERDICT_BIT(i)) || verdicts[i].severity < severity)
			continue;
		worst = (enum verdict)i;
		severity = verdicts[i].severity;
	}
	return worst;
}
