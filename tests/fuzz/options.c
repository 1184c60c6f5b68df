/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: the daemon's command line. Each line of an input is an argument.
 * What the program says goes nowhere; that it says so, once, is checked.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/config-options.h"
#include "daemon/config.h"

#include "fuzz.h"

enum { ARGS_MAX = 64 };

/* ---- instead of log.c ---- */

static unsigned int messages;

void log_err(const char *fmt, ...)
{
	char text[4096];
	va_list args;

	va_start(args, fmt);
	assert(vsnprintf(text, sizeof(text), fmt, args) > 0);
	va_end(args);
	messages++;
}

/* ---- what must be true ---- */

static bool is_absolute(const char *path)
{
	return path[0] == '/';
}

/* Each word that an option has now is one of those in its row. */
static void check_choices(const struct config *config)
{
	for (const struct config_option *option = config_options; option->name;
	     option++) {
		const char *word, *found;

		if (option->kind != KIND_CHOICE)
			continue;
		word = config_word(config, option->name);
		found = strstr(option->arg, word);
		assert(*word && found &&
		       strchr("|", found[strlen(word)]));
	}
}

static void check_config(const struct config *config)
{
	assert(config->source && *config->source && config->mountpoint);
	assert(is_absolute(config->mountpoint));
	assert(!config->state || is_absolute(config->state));
	assert(!config->log || is_absolute(config->log));
	assert(!config->evidence || !*config->evidence ||
	       is_absolute(config->evidence));
	assert(!config->source_path || is_absolute(config->source_path));
	assert(config->hold_max_ns && config->window_ns <= config->hold_max_ns);
	assert(config->threads <= 256 && config->ready_fd >= -1);
	assert(config->foreground || !config->debug);
	assert(config->mount_options);
	check_choices(config);
}

/* libfuse's words, given to us again, are the same words. */
static void check_mount_options(const struct config *config)
{
	char *argv[] = { "pinfs", "/", "/mnt", "-o", config->mount_options };
	struct config again;
	enum config_action action = config_parse(&again, 5, argv);

	assert(action == CONFIG_RUN);
	assert(!strcmp(again.mount_options, config->mount_options));
	assert(again.read_only == config->read_only);
	config_deinit(&again);
}

static void parse(int argc, char **argv)
{
	static const struct config nothing;
	struct config config;
	enum config_action action;

	messages = 0;
	action = config_parse(&config, argc, argv);
	assert(action >= CONFIG_RUN && action <= CONFIG_BAD);
	assert(messages == (action == CONFIG_BAD));
	if (action == CONFIG_RUN) {
		check_config(&config);
		check_mount_options(&config);
	}
	config_deinit(&config);
	assert(!memcmp(&config, &nothing, sizeof(config)));
}

/* ---- an input ---- */

struct args {
	int argc;
	char *argv[ARGS_MAX];
};

static void take_line(char *line, void *context)
{
	struct args *args = context;

	if (args->argc == ARGS_MAX)
		return;
	args->argv[args->argc] = strdup(line);
	assert(args->argv[args->argc]);
	args->argc++;
}

int LLVMFuzzerInitialize(UNUSED int *argc, UNUSED char ***argv)
{
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct args args = { .argc = 1, .argv = { "pinfs" } };

	fuzz_lines(data, size, take_line, &args);
	parse(args.argc, args.argv);
	for (int i = 1; i < args.argc; i++)
		free(args.argv[i]);
	return 0;
}
