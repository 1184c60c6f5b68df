/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts about the machine that matter to pinfs, for "pinctl doctor". */
#ifndef PIN_FACTS_H
#define PIN_FACTS_H

#include <stddef.h>

enum { FACTS_VALUE_SIZE = 32, FACTS_TEXT_SIZE = 200 };

struct facts_fact {
	const char *name;
	char value[FACTS_VALUE_SIZE];	/* "yes", "no", a number, "absent" */
	char text[FACTS_TEXT_SIZE];	/* what that means here; may be "" */
};

/* How many there are, and looking one up now. */
size_t facts_count(void);
void facts_look(size_t index, struct facts_fact *fact_ret);

#endif
