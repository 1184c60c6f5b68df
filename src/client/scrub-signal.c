/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals ask a scrub to end; it does so in order (scrub-offline.c). */
#include "client/scrub.h"

#include <signal.h>

static volatile sig_atomic_t over;

static void note_signal(UNUSED int signal)
{
	over = 1;
}

bool scrub_is_over(void)
{
	return over;
}

/* A second signal takes its course: a mount may not answer. */
void scrub_catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = {
		.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND,
	};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction old;

		if (!sigaction(signals[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
	/* A reader that has gone is seen when the output is closed. */
	signal(SIGPIPE, SIG_IGN);
}
