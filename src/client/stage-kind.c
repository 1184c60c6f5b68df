/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns the table of the kinds of stages, and what each needs of the machine. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/stage-internal.h"
#include "common/loop.h"
#include "common/tool.h"

#define MIB (UINT64_C(1) << 20)
#define MKFS_BTRFS \
	{ "mkfs.btrfs", "-q", "-f", "-K", "-m", "single", "-d", "single" }
#define CHECK_BTRFS { "btrfs", "check", "--readonly" }

/*
 * As small as each program will have it: mkfs.xfs wants 300 MiB, and writes 64
 * of them, its log. One copy of everything: what is to be read must lie in one
 * place. Nothing is discarded: the image is empty as it is. ext4 leaves nothing
 * to be initialised later, by a thread in the background.
 */
static const struct stage_kind kinds[] = {
	{ .name = "bdev", .image_bytes = 4 * MIB },
	{ .name = "ext4", .type = "ext4", .image_bytes = 16 * MIB,
	  .mkfs = { "mkfs.ext4", "-q", "-F", "-b", "4096", "-E",
		    "nodiscard,lazy_itable_init=0,lazy_journal_init=0" },
	  .check = { "e2fsck", "-fn" },
	  .ro_option = "noload" },
	{ .name = "xfs", .type = "xfs", .image_bytes = 300 * MIB,
	  .mkfs = { "mkfs.xfs", "-q", "-f", "-K" },
	  .check = { "xfs_repair", "-n" },
	  .ro_option = "norecovery", .copy_option = "nouuid" },
	{ .name = "btrfs", .type = "btrfs", .image_bytes = 128 * MIB,
	  .mkfs = MKFS_BTRFS, .check = CHECK_BTRFS },
	{ .name = "btrfs-nodatasum", .type = "btrfs", .image_bytes = 128 * MIB,
	  .mkfs = MKFS_BTRFS, .check = CHECK_BTRFS, .option = "nodatasum" },
	/* No checksum says which copy is the right one. */
	{ .name = "btrfs-raid1", .type = "btrfs", .image_bytes = 128 * MIB,
	  .mirrored = true, .option = "nodatasum",
	  .mkfs = { "mkfs.btrfs", "-q", "-f", "-K", "-m", "raid1", "-d",
		    "raid1" } },
	{ 0 },
};

const struct stage_kind *stage_kind(const char *name)
{
	for (const struct stage_kind *kind = kinds; kind->name; kind++)
		if (strcmp(kind->name, name) == 0)
			return kind;
	return NULL;
}

int stage_fail(struct stage_report *report, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(report->why, sizeof(report->why), fmt, args);
	va_end(args);
	report->err = err;
	return err;
}

void stage_name_fd(char *path, size_t size, int fd)
{
	snprintf(path, size, "/proc/%d/fd/%d", (int)getpid(), fd);
}

static int lack_of_filesystem(const struct stage_kind *kind, char *why)
{
	char path[PATH_MAX];
	int err;

	if (!kind->type)
		return 0;
	if (!tool_find(kind->mkfs[0], path)) {
		snprintf(why, STAGE_WHY_SIZE, "there is no program '%s'",
			 kind->mkfs[0]);
		return -EOPNOTSUPP;
	}
	err = stage_probe_type(kind->type);
	if (!err)
		return 0;
	if (err == -ENODEV)
		snprintf(why, STAGE_WHY_SIZE, "this kernel has no %s",
			 kind->type);
	else
		snprintf(why, STAGE_WHY_SIZE, "cannot mount %s: fsopen(2): %s",
			 kind->type, strerror(-err));
	return -EOPNOTSUPP;
}

int stage_lack(const char *name, char why_ret[STAGE_WHY_SIZE])
{
	const struct stage_kind *kind = stage_kind(name);

	if (!kind)
		snprintf(why_ret, STAGE_WHY_SIZE, "no stage is of the kind "
			 "'%s'", name);
	else if (geteuid() != 0)
		snprintf(why_ret, STAGE_WHY_SIZE, "a loop device needs root");
	else if (access(LOOP_CONTROL, R_OK | W_OK) < 0)
		snprintf(why_ret, STAGE_WHY_SIZE, "it needs loop devices: "
			 "there is no " LOOP_CONTROL);
	else
		return lack_of_filesystem(kind, why_ret);
	return -EOPNOTSUPP;
}
