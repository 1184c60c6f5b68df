/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which scenarios cannot run on this machine, and why: their probes are asked,
 * on a mount, and nothing else of them is run.
 */
#ifndef PIN_HERE_H
#define PIN_HERE_H

#include "client/ground.h"
#include "client/trial.h"
#include "common/compiler.h"

struct scenario;

/* Zero, but for what ground.h says that the caller sets; here_close() at last. */
struct here {
	struct ground ground;
	struct ground varied;		/* private: with another cache */
	char why[TRIAL_NOTE_SIZE];	/* private */
};

/**
 * here_lack() - why a scenario cannot run here
 * A mount is made when first needed, and a filesystem on it.
 * Return: NULL: it can, as far as one can tell without running it; one sentence,
 * valid until the next call.
 */
const char *here_lack(struct here *here, const struct scenario *scenario);
/* Return: 0, -errno when a mount did not end as it should. */
int here_close(struct here *here);

#endif
