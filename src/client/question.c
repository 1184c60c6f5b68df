/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the table of questions. */
#include "client/question.h"

#include <string.h>

#include "common/compiler.h"

static const struct question questions[] = {
	{ "dio-read@writeback",
	  "Is a page stable under writeback when the pin was taken by its "
	  "address before?",
	  "Write-protecting a page before writeback makes stores wait, but "
	  "nobody who has pinned it looks at the page table again." },
	{ "dio-read@writeback-first",
	  "Is it when the fault for the pin comes during writeback?",
	  "A pin that is taken by address, for writing, faults on a page that "
	  "is write-protected, and waits as a store does: no new one comes." },
	{ "splice-in@writeback",
	  "Is it when only a page reference is taken (pipe, splice) and no "
	  "address is known?",
	  "Without an address there is no fault that could wait: to lock the "
	  "page, unmap it and find no pin proves nothing about who has a "
	  "reference." },
	{ "dio-read@munmap",
	  "Is it when it was unmapped or write-protected, with a pin left from "
	  "before?",
	  "To unmap or write-protect a page takes away no pin: its count has to "
	  "be looked at, and writeback does not." },
};

_Static_assert(ARRAY_SIZE(questions) == QUESTIONS, "the number is in the header");

const struct question *question_at(size_t index)
{
	return &questions[index];
}

const struct question *question_of(const char *scenario)
{
	for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
		if (strcmp(questions[i].scenario, scenario) == 0)
			return &questions[i];
	return NULL;
}

const char *question_answer(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_STABLE:
	case VERDICT_BLOCKED:
	case VERDICT_REFUSED:
		return "Yes";
	case VERDICT_HIDDEN:
		return "Not to be seen here";
	case VERDICT_SKIP:
	case VERDICT_ERROR:
	case VERDICT_HUNG:
		return "Could not be told";
	default:
		return "No";
	}
}
