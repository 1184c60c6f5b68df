/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of "pinctl sweep". */
#ifndef PIN_CMD_SWEEP_H
#define PIN_CMD_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "client/sweepoptions.h"
#include "client/sweepwish.h"
#include "common/compiler.h"

enum cmd_sweep_form {
	CMD_SWEEP_TABLE,
	CMD_SWEEP_JSON,
	CMD_SWEEP_KTAP,
	CMD_SWEEP_JUNIT,
};

/**
 * cmd_sweep_tell() - what is in these directories, on standard output
 * @out:  directory for matrix.json and matrix.html; NULL: none
 * @html: another page; NULL: none
 * Return: a CMD_ status: that of the matrix, or that it could not be told.
 */
int cmd_sweep_tell(char *const *paths, size_t count, enum cmd_sweep_form form,
		   const char *out, const char *html, bool verbose) MUST_CHECK;

/* What git bisect run understands. */
enum {
	CMD_SWEEP_GOOD = 0,
	CMD_SWEEP_BAD = 1,
	CMD_SWEEP_UNTOLD = CMD_UNTOLD,
};

/**
 * cmd_sweep_bisect() - do these wishes hold on the one kernel?
 * @options: complete, but for scenarios
 * Return: CMD_SWEEP_...
 */
int cmd_sweep_bisect(struct sweepoptions *options, const char *const *wishes,
		     size_t count) MUST_CHECK;

/* A signal has stopped a sweep, and is now what ends this process. */
void cmd_sweep_die(int signal);

#endif
