/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the conclusions of "pinctl doctor". "Not seen" is claimed of a change
 * that there was and that did not show, and of nothing else: one that the
 * kernel prevented says nothing about what pinfs sees, and one that lost data
 * says something else.
 */
#include "client/diagnosis.h"

#include "client/cmd.h"

static const struct diagnosis unsure = {
	CMD_UNSURE, "It could not be found out what pinfs sees here.",
};

static struct diagnosis found(const char *text)
{
	return (struct diagnosis){ CMD_FOUND, text };
}

static bool nothing_learned(enum verdict verdict)
{
	return verdict == VERDICT_ERROR || verdict == VERDICT_HUNG ||
	       verdict == VERDICT_SKIP;
}

struct diagnosis diagnosis_make(enum verdict planted, enum verdict clean)
{
	if (nothing_learned(planted) || nothing_learned(clean))
		return unsure;
	switch (planted) {
	case VERDICT_UNSTABLE:
		break;
	case VERDICT_BLOCKED:
	case VERDICT_REFUSED:
		return unsure;	/* there was no change */
	case VERDICT_HIDDEN:
	case VERDICT_STABLE:
		return found("A change of a page under writeback is NOT seen "
			     "here.");
	default:
		return found("The planted change did more than change a page: "
			     "see its verdict.");
	}
	if (clean != VERDICT_STABLE)
		return found("The clean run was not quiet.");
	return (struct diagnosis){
		CMD_OK, "A change of a page under writeback is seen here, and "
		"nothing else is.",
	};
}
