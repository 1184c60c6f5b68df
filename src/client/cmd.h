/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pinctl's commands: one file each, one row each in the table of main.c. */
#ifndef PIN_CMD_H
#define PIN_CMD_H

/* Exit statuses; cmd_exit_status() maps them for --exit-scheme. */
enum {
	CMD_OK = 0,		/* as expected */
	CMD_FOUND = 1,		/* found what must not be */
	CMD_USAGE = 2,
	CMD_UNSURE = 3,		/* could not tell */
	CMD_SKIP = 4,		/* everything skipped */
};

struct cmd {
	const char *name;
	const char *args;	/* synopsis after the name */
	const char *help;	/* one line */
	/* argv[0] is the command's name. Return: a CMD_ status. */
	int (*run)(int argc, char **argv);
};

extern const struct cmd cmd_client;
extern const struct cmd cmd_status;
extern const struct cmd cmd_events;
extern const struct cmd cmd_gate;
extern const struct cmd cmd_pause;
extern const struct cmd cmd_resume;
extern const struct cmd cmd_abort;
extern const struct cmd cmd_list;
extern const struct cmd cmd_run;
extern const struct cmd cmd_doctor;

#endif
