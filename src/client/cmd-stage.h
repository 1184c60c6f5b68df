/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of "pinctl stage" that run a command. */
#ifndef PIN_CMD_STAGE_H
#define PIN_CMD_STAGE_H

/* Arguments behind the part's name, argv[0]. Return: the exit status. */
int cmd_stage_run(int argc, char **argv);
int cmd_stage_crash_points(int argc, char **argv);

#endif
