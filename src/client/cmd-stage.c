/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pinctl stage: a real filesystem whose every block is a request to a daemon.
 * One table of its parts; those that run a command are in cmd-stage-run.c.
 */
#include "client/cmd-stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cmd.h"
#include "client/stagecopy.h"
#include "client/stagemark.h"

static int snapshot(int argc, char **argv)
{
	const char *place = argc > 2 ? argv[2] : getenv("PINFS_STAGE");

	if (argc < 2 || argc > 3)
		return cmd_usage(&cmd_stage, "snapshot needs a FILE");
	if (!place)
		return cmd_usage(&cmd_stage, "outside of a stage, snapshot "
				 "needs its directory as well");
	return stagecopy_snapshot(place, argv[1]) ? CMD_UNSURE : CMD_OK;
}

static int mark(int argc, char **argv)
{
	const char *mount = getenv("PINFS_MNT");

	if (argc != 2)
		return cmd_usage(&cmd_stage, "mark needs one WORD");
	if (!mount)
		return cmd_usage(&cmd_stage, "mark is for commands on a stage");
	return stagemark_set(mount, getenv("PINFS_STAGE"), argv[1]) ?
		CMD_UNSURE : CMD_OK;
}

static const struct part {
	const char *name;
	int (*run)(int argc, char **argv);
} parts[] = {
	{ "run", cmd_stage_run },
	{ "crash-points", cmd_stage_crash_points },
	{ "snapshot", snapshot },
	{ "mark", mark },
};

static int run(int argc, char **argv)
{
	if (argc < 2)
		return cmd_usage(&cmd_stage, "it is run, crash-points, "
				 "snapshot or mark");
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (strcmp(parts[i].name, argv[1]) == 0)
			return parts[i].run(argc - 1, argv + 1);
	return cmd_usage(&cmd_stage, "'%s' is no part of it", argv[1]);
}

static void print_more(void)
{
	printf("\n"
	       "run [OPTIONS] KIND -- CMD [ARGUMENT...]\n"
	       "    run CMD on a filesystem of that KIND (ext4, xfs, btrfs), on "
	       "a loop\n"
	       "    device over a file on a mount of pinfs; the stage is its "
	       "working\n"
	       "    directory and $PINFS_STAGE, the mount is $PINFS_MNT\n"
	       "crash-points [OPTIONS] KIND -- CMD [ARGUMENT...]\n"
	       "    run CMD, then make, mount and check what a power cut would "
	       "have\n"
	       "    left at each instant of it\n"
	       "snapshot FILE [DIR]\n"
	       "    copy the image of the stage as the device has it now; DIR: "
	       "the stage,\n"
	       "    or its mount, of somebody else\n"
	       "mark WORD\n"
	       "    say in CMD what is true from now on: durable=NAME, "
	       "gone=NAME,\n"
	       "    free=NAME, or any text\n\n"
	       "  -o, --option=OPTS      -o of the daemon\n"
	       "      --size=SIZE        of the image\n"
	       "      --mkfs-opt=WORD    one more word for mkfs; may come again\n"
	       "      --mount-opt=OPTS   -o of mount(8)\n"
	       "      --kill-after=DURATION\n"
	       "                         from SIGTERM to SIGKILL, default 10s\n"
	       "run:\n"
	       "      --fail-on=CLASSES  status 1 when such events came\n"
	       "  -q, --quiet            no summary\n"
	       "crash-points:\n"
	       "      --kinds=LIST       of images: ordered, flushed, without, "
	       "subset, torn;\n"
	       "                         default ordered,flushed,subset\n"
	       "      --seeds=N          images of each of the last three, "
	       "default 1\n"
	       "      --check=LINE       for sh, in each image, must end with "
	       "0\n"
	       "      --whole=NAME       where it is, it has all its bytes\n"
	       "      --keep=DIR         images of the points that do not hold\n"
	       "      --json             findings as JSON Lines\n\n"
	       "Exit status: of run that of CMD, 1 by fail-on, 2 usage, 3 no "
	       "stage; of\ncrash-points 0 all points hold, 1 not, 2 usage, 3 it "
	       "could not be told; of\nthe others 0, 2 usage, 3 not "
	       "done.\n");
}

const struct cmd cmd_stage = {
	.name = "stage",
	.args = "run|crash-points|snapshot|mark ...",
	.help = "a filesystem whose block device is a mount, and its crashes",
	.run = run,
	.more = print_more,
};
