/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the registering of memory by writers, and what a refusal means. */
#include "client/writers/holder.h"

#include <stdarg.h>
#include <stdio.h>

int holder_take(struct trial *trial, const char *fmt, ...)
{
	char line[256];
	va_list args;
	int err;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	trial_count_pins(trial);
	err = trial_start_call(trial, "%s", line);
	if (!err)
		err = trial_finish_call(trial);
	if (err)
		return err;
	if (!trial->call.result.ok) {
		trial_expect_nothing(trial);
		return trial_refusal(trial);
	}
	/* The call that is judged is the one that is to come. */
	trial->call = (struct trial_call){ 0 };
	trial->held = true;
	trial->keeps = true;
	trial_see_pins(trial);
	return 0;
}

int holder_drop(struct trial *trial, const char *name, bool memory)
{
	struct stepper *writer = trial->site->writer;
	int err;

	if (!trial->held || trial->owner_gone)
		return 0;
	trial->keeps = false;
	err = trial_step(trial, writer, NULL, "close fd=%s", name);
	return err || !memory ? err :
		trial_step(trial, writer, NULL, "munmap mem=%s", name);
}
