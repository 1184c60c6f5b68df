/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options that commands which boot kernels have in common: which kernels,
 * what machine, and what "pinctl run" is told in it.
 */
#ifndef PIN_SWEEPOPTIONS_H
#define PIN_SWEEPOPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/cmd.h"
#include "client/sweep.h"
#include "common/compiler.h"

/* Strings that are appended to; there is a NULL behind the last. */
struct sweepoptions_list {
	char **words;
	size_t count;
};

struct sweepoptions {
	struct sweep_options sweep;	/* specs, machine.run: by _complete() */
	struct sweepoptions_list kernels;
	struct sweepoptions_list scenarios;
	struct sweepoptions_list run;	/* handed on to "pinctl run" */
	bool dangerous;
	bool out_given;
};

/* A row of a table of options. */
struct sweepoptions_row {
	struct option option;	/* val is the letter, or more than any */
	const char *value;	/* what it is called in help; NULL: it has none */
	const char *help;
};

/* Values of struct option's val below this are letters. */
enum { SWEEPOPTIONS_FIRST = 256, SWEEPOPTIONS_OWN = 512 };

/* As they are without any option. */
void sweepoptions_init(struct sweepoptions *options);
void sweepoptions_deinit(struct sweepoptions *options);

/**
 * sweepoptions_parse() - a command line
 * @rows:  options of @cmd alone, with val from SWEEPOPTIONS_OWN up
 * @apply: takes one of those. Return: a CMD_ status.
 * Return: CMD_OK, optind is at the first argument; CMD_USAGE (message logged).
 */
int sweepoptions_parse(struct sweepoptions *options, const struct cmd *cmd,
		       int argc, char **argv,
		       const struct sweepoptions_row *rows, size_t count,
		       int (*apply)(void *context, int val, const char *arg),
		       void *context) MUST_CHECK;
/* The help of all of them. */
void sweepoptions_print(const struct sweepoptions_row *rows, size_t count);

/* Return: 0 or -ENOMEM. */
int sweepoptions_add(struct sweepoptions_list *list, const char *word)
	MUST_CHECK;
/**
 * sweepoptions_complete() - all is known: check it, and fill in what follows
 * Return: CMD_OK; CMD_USAGE, as for a scenario that there is none of; CMD_UNSURE
 * (message logged).
 */
int sweepoptions_complete(struct sweepoptions *options) MUST_CHECK;

#endif
