/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several commands need. */
#include "client/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/ctlclient.h"
#include "common/clock.h"
#include "common/log.h"

int cmd_usage(const struct cmd *cmd, const char *fmt, ...)
{
	char reason[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	log_err("%s; usage: pinctl %s %s", reason, cmd->name, cmd->args);
	return CMD_USAGE;
}

int cmd_bad_option(const struct cmd *cmd, int c, const char *option)
{
	return cmd_usage(cmd, c == ':' ? "'%s' needs a value" :
			 "'%s' is not understood", option);
}

bool cmd_output_lost(void)
{
	return fflush(stdout) || ferror(stdout);
}

int cmd_call(const char *mountpoint, uint64_t timeout_ns, json_t **reply_ret,
	     const char *request)
{
	struct ctlclient *client;
	json_t *reply;
	int err = ctlclient_open(mountpoint, &client);

	if (err)
		return CMD_UNSURE;
	err = ctlclient_call(client, clock_deadline_ns(timeout_ns), &reply,
			     "%s", request);
	ctlclient_close(client);
	if (err) {
		log_err("no reply from the daemon of '%s': %s", mountpoint,
			strerror(-err));
		return CMD_UNSURE;
	}
	*reply_ret = reply;
	return ctlclient_reply_error(reply) ? CMD_FOUND : CMD_OK;
}

void cmd_log_reply(const json_t *reply)
{
	const char *error = json_string_value(json_object_get(reply, "error"));
	const char *text = json_string_value(json_object_get(reply, "message"));

	log_err("%s (%s)", text ? text : "the daemon gave no reason",
		error ? error : "no error");
}
