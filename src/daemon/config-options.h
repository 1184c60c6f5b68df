/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option table; config*.c and nobody else includes this. */
#ifndef PIN_CONFIG_OPTIONS_H
#define PIN_CONFIG_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "daemon/config.h"

enum config_kind {
	KIND_CHOICE,		/* one of the words in arg; an enum */
	KIND_DURATION,		/* uint64_t [ns] */
	KIND_DURATION_OFF,	/* the same, at least min; 0 for the word "off" */
	KIND_SIZE,		/* uint64_t [bytes] */
	KIND_NUMBER,		/* unsigned int, at most max */
	KIND_DESCRIPTOR,	/* int, an open one */
	KIND_PATH,		/* char *, absolute */
	KIND_PATH_OFF,		/* the same; "" for the word "off" */
	KIND_EVENTS,		/* uint64_t, as alert_parse() has it */
	KIND_FLAG,		/* bool */
	KIND_HELP,
	KIND_VERSION,
	KIND_FUSE,		/* handed to libfuse */
	KIND_DROP,		/* tolerated, with a value or without */
	KIND_REFUSE,		/* help says why */
};

struct config_option {
	const char *name;	/* a '*' at the end: whatever follows */
	const char *arg;	/* what its value looks like; NULL: has none */
	enum config_kind kind;
	char letter;		/* short option; 0: none */
	size_t offset;		/* in struct config */
	uint64_t max;		/* of a number; 0: the value is no number */
	uint64_t min;		/* of a DURATION|off [ns] */
	const char *value;	/* default; NULL: none */
	const char *bare;	/* what it means without a value; NULL: needs one */
	const char *help;
};

/* All options; the last has no name. */
extern const struct config_option config_options[];

/* The option of "name" or "name=value", '-' being '_'; NULL: there is none. */
const struct config_option *config_find(const char *word);
/**
 * config_set() - let an option have its effect
 * @value: NULL when the option takes none, or may be without (bare); KIND_DROP,
 *         KIND_REFUSE: any
 *
 * Return: CONFIG_RUN to go on, or what the option asks for.
 */
enum config_action config_set(const struct config_option *option,
			      struct config *config, const char *value);
/* Say what is wrong. Return: CONFIG_BAD. */
enum config_action config_bad(const char *fmt, ...) PRINTF(1, 2);
enum config_action config_no_memory(void);
/* @path below the working directory, unless it is absolute; NULL: see errno. */
char *config_absolute(const char *path);

#endif
