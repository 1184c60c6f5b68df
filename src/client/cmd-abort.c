/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl abort: end a mount that does not answer, without its daemon: every
 * request of it ends with an error, and the mount point is free again. Mounts
 * that are not of pinfs are refused.
 */
#include <stdio.h>

#include "client/cmd.h"
#include "client/mountref.h"
#include "common/log.h"
#include "rescue/rescue.h"

static int end_mount(const struct mountref *ref)
{
	uint32_t connection = rescue_connection(ref->info.major,
						ref->info.minor);

	if (rescue_free(ref->info.mountpoint, ref->info.major, ref->info.minor))
		return CMD_UNSURE;
	printf("aborted connection %u, unmounted %s\n", connection,
	       ref->info.mountpoint);
	return CMD_OK;
}

static int run(int argc, char **argv)
{
	struct mountref ref;
	int status;

	if (argc != 2 || argv[1][0] == '-')
		return cmd_usage(&cmd_abort, "one MNT is needed");
	if (mountref_find(argv[1], &ref))
		return CMD_USAGE;
	if (ref.plain)
		log_info("'%s' is a plain %s mount, of pinfs by its control "
			 "socket %s", argv[1], ref.info.fstype, ref.socket);
	status = end_mount(&ref);
	mountref_deinit(&ref);
	return status;
}

const struct cmd cmd_abort = {
	.name = "abort",
	.args = "MNT",
	.help = "end a mount that does not answer, without its daemon",
	.run = run,
};
