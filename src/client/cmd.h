/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pinctl's commands: one file each, one row each in the table of main.c. */
#ifndef PIN_CMD_H
#define PIN_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/json.h"

/* Exit statuses; exitscheme.h maps those of "run" for --exit-scheme. */
enum {
	CMD_OK = 0,		/* as expected */
	CMD_FOUND = 1,		/* found what must not be */
	CMD_USAGE = 2,
	CMD_UNSURE = 3,		/* could not tell */
	CMD_SKIP = 4,		/* everything skipped */
	CMD_UNTOLD = 125,	/* CMD_UNSURE for git bisect run */
};

struct cmd {
	const char *name;
	const char *args;	/* synopsis after the name */
	const char *help;	/* one line */
	/* argv[0] is the command's name. Return: a CMD_ status. */
	int (*run)(int argc, char **argv);
	void (*more)(void);	/* prints the rest of its help; NULL: none */
};

/**
 * cmd_usage() - one line on stderr: what is wrong, and how the command is used
 * Return: CMD_USAGE.
 */
int cmd_usage(const struct cmd *cmd, const char *fmt, ...) PRINTF(2, 3);
/* The same for what getopt(3) returned @c for, ':' or '?'. */
int cmd_bad_option(const struct cmd *cmd, int c, const char *option);
/**
 * cmd_output_lost() - can what was printed so far not be written?
 * main() asks as well, and makes CMD_UNSURE of any status but CMD_UNTOLD.
 */
bool cmd_output_lost(void);

/**
 * cmd_call() - one control request to the daemon of a mount
 * @reply_ret: a new reference
 * Return: CMD_OK; CMD_FOUND the reply is not ok; CMD_UNSURE there is none
 * (a message was logged, and nothing is returned).
 */
int cmd_call(const char *mountpoint, uint64_t timeout_ns, json_t **reply_ret,
	     const char *request) MUST_CHECK;
/* The message of a reply that is not ok, on stderr. */
void cmd_log_reply(const json_t *reply);

extern const struct cmd cmd_client;
extern const struct cmd cmd_scrub;
extern const struct cmd cmd_status;
extern const struct cmd cmd_events;
extern const struct cmd cmd_gate;
extern const struct cmd cmd_pause;
extern const struct cmd cmd_resume;
extern const struct cmd cmd_abort;
extern const struct cmd cmd_audit;
extern const struct cmd cmd_list;
extern const struct cmd cmd_run;
extern const struct cmd cmd_exec;
extern const struct cmd cmd_stage;
extern const struct cmd cmd_replay;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_policies;
extern const struct cmd cmd_report;
extern const struct cmd cmd_sweep;
extern const struct cmd cmd_bisect_packages;

#endif
