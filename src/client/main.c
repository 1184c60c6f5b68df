/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pinctl: one table of commands, each in a file of its own. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/cmd.h"
#include "common/fdio.h"
#include "common/log.h"

static const struct cmd *const commands[] = {
	&cmd_doctor, &cmd_policies,
	&cmd_list,
	&cmd_run,
	&cmd_exec,
	&cmd_stage,
	&cmd_replay,
	&cmd_sweep,
	&cmd_bisect_packages,
	&cmd_client,
	&cmd_scrub,
	&cmd_status,
	&cmd_events,
	&cmd_report,
	&cmd_gate,
	&cmd_pause,
	&cmd_resume,
	&cmd_audit,
	&cmd_abort,
};

static const struct cmd *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	log_err("'%s' is not a command; see 'pinctl --help'", name);
	return CMD_USAGE;
}

static int print_help(void)
{
	printf("usage: pinctl COMMAND [ARGUMENTS]\n"
	       "Test clients, scenarios and control of pinfs mounts.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-15s %s\n", commands[i]->name, commands[i]->help);
	printf("\n'pinctl help COMMAND' says more. pinctl --version.\n");
	return CMD_OK;
}

static int print_command_help(const struct cmd *cmd)
{
	printf("usage: pinctl %s%s%s\n%s\n", cmd->name, *cmd->args ? " " : "",
	       cmd->args, cmd->help);
	if (cmd->more)
		cmd->more();
	return CMD_OK;
}

static int help(int argc, char **argv)
{
	const struct cmd *cmd;

	if (argc < 2)
		return print_help();
	cmd = find_command(argv[1]);
	return cmd ? print_command_help(cmd) : unknown_command(argv[1]);
}

/* "--help" among the arguments, before any "--". */
static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

static int run_command(int argc, char **argv)
{
	const struct cmd *cmd = find_command(argv[0]);

	if (!cmd)
		return unknown_command(argv[0]);
	return wants_help(argc, argv) ? print_command_help(cmd) :
					cmd->run(argc, argv);
}

static int run_program(int argc, char **argv)
{
	if (argc < 2) {
		log_err("a command is missing; see 'pinctl --help'");
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("pinctl %s\n", PACKAGE_VERSION);
		return CMD_OK;
	}
	if (strcmp(argv[1], "--help") == 0)
		return print_help();
	if (strcmp(argv[1], "help") == 0)
		return help(argc - 1, argv + 1);
	return run_command(argc - 1, argv + 1);
}

/* A result that could not be written is none. */
static int close_output(int status)
{
	if (!cmd_output_lost())
		return status;
	log_err("cannot write the output: %s", strerror(errno));
	return status == CMD_UNTOLD ? status : CMD_UNSURE;
}

int main(int argc, char **argv)
{
	log_setup("pinctl", LOG_SINK_STDERR, false);
	if (fdio_open_standard()) {
		log_err("cannot open /dev/null: %s", strerror(errno));
		return CMD_UNSURE;
	}
	return close_output(run_program(argc, argv));
}
