/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pinctl pause, pinctl resume: whether a mount receives requests. */
#include <stdio.h>

#include "client/cmd.h"
#include "common/clock.h"

#define REPLY_NS (30 * CLOCK_NS_PER_SEC)

/* @reply_ret: valid unless CMD_UNSURE or CMD_USAGE is returned. */
static int call(const struct cmd *cmd, int argc, char **argv,
		json_t **reply_ret)
{
	int status;

	if (argc != 2 || argv[1][0] == '-')
		return cmd_usage(cmd, "one MNT is needed");
	status = cmd_call(argv[1], REPLY_NS, reply_ret, cmd->name);
	if (status == CMD_FOUND)
		cmd_log_reply(*reply_ret);
	return status;
}

static int run_pause(int argc, char **argv)
{
	json_t *reply = NULL;
	int status = call(&cmd_pause, argc, argv, &reply);

	if (status == CMD_OK)
		printf("paused, %lld requests wait in the kernel\n", (long long)
		       json_integer_value(json_object_get(reply, "waiting")));
	json_decref(reply);
	return status;
}

static int run_resume(int argc, char **argv)
{
	json_t *reply = NULL;
	int status = call(&cmd_resume, argc, argv, &reply);

	json_decref(reply);
	return status;
}

const struct cmd cmd_pause = {
	.name = "pause",
	.args = "MNT",
	.help = "stop receiving requests; the kernel keeps them",
	.run = run_pause,
};

const struct cmd cmd_resume = {
	.name = "resume",
	.args = "MNT",
	.help = "receive requests again",
	.run = run_resume,
};
