/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line, and --help. The table (config-options.c) has all options:
 * ours, the words that libfuse takes, the words that mount(8) and fstab(5) use
 * for themselves, and those that we have to refuse. Each can be written
 * -o name=value, --name=value or --name value; '-' and '_' are the same in a
 * name. In -o a backslash takes the meaning from a comma, as in libfuse.
 */
#include "daemon/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "daemon/config-options.h"

/* The command line on its way. */
struct command {
	struct config *config;
	int argc;
	char **argv;
	int next;		/* index of the next argument */
};

/* Does it matter whether there is a value? */
static bool is_strict(const struct config_option *option)
{
	return option->kind != KIND_DROP && option->kind != KIND_REFUSE;
}

/*
 * A word of -o, or a long option.
 * @dashes: "--" for the latter, whose value may be the next argument; else ""
 */
static enum config_action take_word(struct command *command, const char *word,
				    const char *dashes)
{
	const struct config_option *option = config_find(word);
	const char *equals = strchr(word, '=');
	const char *value = equals ? equals + 1 : NULL;

	if (!option)
		return config_bad("unknown option '%s%.*s'", dashes,
				  (int)strcspn(word, "="), word);
	if (is_strict(option) && value && !option->arg)
		return config_bad("option '%s' takes no value", option->name);
	if (option->arg && !option->bare && !value && *dashes &&
	    command->next < command->argc)
		value = command->argv[command->next++];
	if (is_strict(option) && !value && option->arg && !option->bare)
		return config_bad("option '%s' needs a value: %s=%s",
				  option->name, option->name, option->arg);
	return config_set(option, command->config, value);
}

/* Cut the next word off *@text, unescaping it in place. NULL at the end. */
static char *next_word(char **text)
{
	char *word = *text;
	char *from = word;
	char *to = word;

	if (!word)
		return NULL;
	for (; *from && *from != ','; *to++ = *from++)
		if (*from == '\\' && from[1])
			from++;
	*text = *from ? from + 1 : NULL;
	*to = '\0';
	return word;
}

static enum config_action take_words(struct command *command, const char *words)
{
	autofree char *copy = strdup(words);
	enum config_action action = CONFIG_RUN;
	char *rest = copy;
	char *word;

	if (!copy)
		return config_no_memory();
	while (action == CONFIG_RUN && (word = next_word(&rest)))
		if (*word)
			action = take_word(command, word, "");
	return action;
}

static enum config_action take_letter(struct config *config, char letter)
{
	for (const struct config_option *option = config_options; option->name;
	     option++)
		if (option->letter == letter)
			return config_set(option, config, NULL);
	return config_bad("unknown option '-%c'", letter);
}

/* "-f", "-fd", "-oWORDS", "-o WORDS" */
static enum config_action take_letters(struct command *command,
				       const char *letters)
{
	enum config_action action = CONFIG_RUN;

	for (; *letters && action == CONFIG_RUN; letters++) {
		if (*letters != 'o') {
			action = take_letter(command->config, *letters);
			continue;
		}
		if (letters[1])
			return take_words(command, letters + 1);
		if (command->next == command->argc)
			return config_bad("option '-o' needs a value");
		return take_words(command, command->argv[command->next++]);
	}
	return action;
}

static enum config_action take_path(struct config *config, const char *arg)
{
	char **field = config->source ? &config->mountpoint : &config->source;

	if (config->mountpoint)
		return config_bad("too many arguments: '%s'", arg);
	if (!*arg)
		return config_bad("%s is empty",
				  config->source ? "MOUNTPOINT" : "SOURCE");
	/* SOURCE shows as it was given; source_path is the resolved one. */
	*field = config->source ? config_absolute(arg) : strdup(arg);
	if (!*field)
		return config_bad("'%s': %s", arg, strerror(errno));
	return CONFIG_RUN;
}

static enum config_action take_arguments(struct command *command)
{
	enum config_action action = CONFIG_RUN;
	bool only_paths = false;

	while (action == CONFIG_RUN && command->next < command->argc) {
		const char *arg = command->argv[command->next++];

		if (only_paths || arg[0] != '-' || !arg[1])
			action = take_path(command->config, arg);
		else if (!strcmp(arg, "--"))
			only_paths = true;
		else if (arg[1] == '-')
			action = take_word(command, arg + 2, "--");
		else
			action = take_letters(command, arg + 1);
	}
	return action;
}

/* ---- the whole ---- */

static enum config_action set_defaults(struct config *config)
{
	enum config_action action = CONFIG_RUN;

	config->ready_fd = -1;
	config->mount_options = strdup("");
	if (!config->mount_options)
		return config_no_memory();
	for (const struct config_option *option = config_options;
	     option->name && action == CONFIG_RUN; option++)
		if (option->value)
			action = config_set(option, config, option->value);
	return action;
}

static enum config_action finish(struct config *config)
{
	config->foreground |= config->debug;
	if (!config->source)
		return config_bad("SOURCE and MOUNTPOINT are missing; "
				  "'pinfs --help' shows what there is");
	if (!config->mountpoint)
		return config_bad("MOUNTPOINT is missing; "
				  "'pinfs --help' shows what there is");
	if (!config->hold_max_ns)
		return config_bad("hold_max=0: nothing could be held");
	if (config->window_ns > config->hold_max_ns)
		return config_bad("window= is longer than hold_max=");
	/* Not there: a failed start, not bad usage; fs_run() says so. */
	config->source_path = realpath(config->source, NULL);
	return CONFIG_RUN;
}

enum config_action config_parse(struct config *config, int argc, char **argv)
{
	struct command command = {
		.config = config, .argc = argc, .argv = argv, .next = 1,
	};
	enum config_action action;

	memset(config, 0, sizeof(*config));
	action = set_defaults(config);
	if (action == CONFIG_RUN)
		action = take_arguments(&command);
	if (action == CONFIG_RUN)
		action = finish(config);
	return action;
}

void config_deinit(struct config *config)
{
	free(config->source);
	free(config->mountpoint);
	free(config->state);
	free(config->log);
	free(config->evidence);
	free(config->mount_options);
	free(config->source_path);
	memset(config, 0, sizeof(*config));
}

/* ---- help ---- */

static void print_option(const struct config_option *option)
{
	char left[64];

	if (option->letter)
		snprintf(left, sizeof(left), "-%c, --%s", option->letter,
			 option->name);
	else
		snprintf(left, sizeof(left), "-o %s%s%s%s%s", option->name,
			 option->bare ? "[" : "", option->arg ? "=" : "",
			 option->arg ? option->arg : "",
			 option->bare ? "]" : "");
	printf("  %-33s %s", left, option->help);
	if (option->value)
		printf(" (%s)", option->value);
	printf("\n");
}

static void print_dropped(void)
{
	int column = 0;

	for (const struct config_option *option = config_options; option->name;
	     option++) {
		if (option->kind != KIND_DROP)
			continue;
		if (!column)
			column = printf(" ");
		column += printf(" %s", option->name);
		if (column > 64)
			column = printf("\n") - 1;
	}
	printf("\n");
}

void config_print_help(void)
{
	bool fuse = false;

	printf("Usage: pinfs SOURCE MOUNTPOINT [-o NAME[=VALUE],...] [-f]\n"
	       "Mounts a directory so that pages which change while they are "
	       "written back show.\n"
	       "\n"
	       "Options; what stands behind -o can also be written "
	       "--NAME=VALUE.\n"
	       "Defaults are in parentheses, a DURATION is a number with ns, "
	       "us, ms, s, m or h.\n");
	for (const struct config_option *option = config_options; option->name;
	     option++) {
		if (option->kind == KIND_DROP || option->kind == KIND_REFUSE)
			continue;
		if (option->kind == KIND_FUSE && !fuse)
			printf("\nFUSE's own:\n");
		fuse = option->kind == KIND_FUSE;
		print_option(option);
	}
	printf("\nTolerated without effect:\n");
	print_dropped();
}
