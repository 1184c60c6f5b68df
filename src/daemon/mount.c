/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the mount. What is known about the mount afterwards (its st_dev) comes
 * from /proc/self/mountinfo: a stat(2) of it would wait for ourselves.
 */
#include "daemon/mount.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/mountinfo.h"
#include "daemon/fs.h"
#include "daemon/loopdev.h"
#include "daemon/ops.h"
#include "daemon/supervisor.h"

static bool is_fuse(const char *fstype)
{
	return !strcmp(fstype, "fuse") || !strcmp(fstype, "fuseblk") ||
	       !strncmp(fstype, "fuse.", 5) || !strncmp(fstype, "fuseblk.", 8);
}

static int check_not_busy(const char *path)
{
	struct mountinfo info;
	int err = mountinfo_find(path, &info);

	if (err)
		return err == -ENOENT ? 0 : err;
	if (is_fuse(info.fstype)) {
		log_err("mount point '%s' is busy: '%s' is mounted on it (%s)",
			path, info.source, info.fstype);
		err = -EBUSY;
	}
	mountinfo_deinit(&info);
	return err;
}

/* Is @path the same as @dir or below it? Both absolute and resolved. */
static bool is_inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (!strcmp(dir, "/"))
		return true;
	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

static int check_apart(const char *source, const char *path)
{
	if (is_inside(path, source)) {
		log_err("mount point '%s' is inside SOURCE '%s'", path, source);
		return -ELOOP;
	}
	if (is_inside(source, path)) {
		log_err("mount point '%s' would hide SOURCE '%s'", path, source);
		return -ELOOP;
	}
	return 0;
}

int mount_check(const char *source, const char *mountpoint, char **path_ret)
{
	autofree char *absolute = NULL;
	autofree char *resolved = NULL;
	struct stat attr;
	int err = mountinfo_absolute(mountpoint, &absolute);

	/* Before anything touches it: a mount that hangs may be there. */
	if (!err)
		err = check_not_busy(absolute);
	if (err == -EBUSY)
		return err;
	if (!err) {
		resolved = realpath(absolute, NULL);
		err = !resolved || stat(resolved, &attr) ? -errno : 0;
	}
	if (err) {
		log_err("cannot use mount point '%s': %s", mountpoint,
			strerror(-err));
		return err;
	}
	if (!S_ISDIR(attr.st_mode)) {
		log_err("mount point '%s' is not a directory", mountpoint);
		return -ENOTDIR;
	}
	err = check_not_busy(resolved);
	if (!err)
		err = check_apart(source, resolved);
	if (!err)
		*path_ret = steal_ptr(resolved);
	return err;
}

static int add_option(char **options, const char *name, const char *value)
{
	autofree char *text = NULL;

	if (asprintf(&text, "%s%s", name, value) < 0)
		return -ENOMEM;
	return fuse_opt_add_opt_escaped(options, text) ? -ENOMEM : 0;
}

const char *mount_source(const struct fs *fs)
{
	return fs->loop ? loopdev_path(fs->loop) : fs->config->source;
}

/*
 * Blocks as large as pages: with smaller ones a page that is partly written is
 * not up to date, and what FUSE reads then covers what was written (Linux 6.17,
 * until commit bd24d2108e9c).
 */
static int add_block_device(char **options)
{
	char size[16];

	snprintf(size, sizeof(size), "%ld", sysconf(_SC_PAGESIZE));
	return fuse_opt_add_opt(options, "blkdev") ||
	       add_option(options, "blksize=", size);
}

static int make_args(const struct fs *fs, struct fuse_args *args)
{
	const struct config *config = fs->config;
	autofree char *options = NULL;

	if (add_option(&options, "fsname=", mount_source(fs)) ||
	    (fs->loop && add_block_device(&options)) ||
	    (!config->nosubtype && add_option(&options, "subtype=", "pinfs")) ||
	    /* We serve as root, so the kernel has to ask for permission. */
	    fuse_opt_add_opt(&options, "default_permissions") ||
	    (config->mount_options[0] &&
	     fuse_opt_add_opt(&options, config->mount_options)))
		return -ENOMEM;
	if (fuse_opt_add_arg(args, "pinfs") || fuse_opt_add_arg(args, "-o") ||
	    fuse_opt_add_arg(args, options))
		return -ENOMEM;
	return 0;
}

static int find_device(struct fs *fs, const char *mountpoint)
{
	struct mountinfo info;
	int err = mountinfo_find(mountpoint, &info);

	if (err) {
		log_err("'%s' does not show in /proc/self/mountinfo: %s",
			mountpoint, strerror(-err));
		return err;
	}
	fs->dev = makedev(info.major, info.minor);
	mountinfo_deinit(&info);
	return 0;
}

static int check_device_file(void)
{
	if (!access("/dev/fuse", R_OK | W_OK))
		return 0;
	if (errno == EACCES && !access("/dev/fuse", F_OK))
		log_err("no permission to open /dev/fuse");
	else
		log_err("cannot open /dev/fuse: %s (is FUSE in this kernel, "
			"or its module loaded?)", strerror(errno));
	return -ENODEV;
}

/* What libfuse has to say, in our place and form. */
static void PRINTF(2, 0) log_fuse(enum fuse_log_level level, const char *fmt,
				  va_list args)
{
	char line[512];

	vsnprintf(line, sizeof(line), fmt, args);
	line[strcspn(line, "\n")] = '\0';
	if (level <= FUSE_LOG_ERR)
		log_err("%s", line);
	else if (level <= FUSE_LOG_INFO)
		log_warn("%s", line);
	else
		log_debug("%s", line);
}

static int make_device(struct fs *fs)
{
	if (!fs->config->pins_only)
		return 0;
	return loopdev_create(fs->config->source_path, &fs->loop);
}

/* libfuse, or fusermount3, says what it does not like. */
static int attach(struct fs *fs, struct fuse_session *fuse,
		  const char *mountpoint)
{
	struct supervisor_mount mount = {
		.mountpoint = mountpoint, .source = mount_source(fs),
	};
	int err = supervisor_expect(fs->supervisor, &mount);

	if (err) {
		log_err("nobody would watch the mount on '%s': %s", mountpoint,
			strerror(-err));
		return err;
	}
	err = fuse_session_mount(fuse, mountpoint);
	loopdev_settle(fs->loop);
	if (!err)
		return 0;
	supervisor_ended(fs->supervisor);
	log_err("cannot mount on '%s'%s", mountpoint,
		geteuid() ? " through fusermount3" : "");
	return -EIO;
}

int mount_fuse(struct fs *fs, const char *mountpoint,
	       struct fuse_session **fuse_ret)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_session *fuse = NULL;
	int err = make_device(fs);

	fuse_set_log_func(log_fuse);
	if (!err)
		err = check_device_file();
	if (!err)
		err = make_args(fs, &args);
	if (!err) {
		fuse = fuse_session_new(&args, &ops_table, sizeof(ops_table), fs);
		err = fuse ? 0 : -EINVAL;
	}
	fuse_opt_free_args(&args);
	if (err)
		return err;
	err = attach(fs, fuse, mountpoint);
	if (err) {
		fuse_session_destroy(fuse);
		return err;
	}
	err = find_device(fs, mountpoint);
	if (err) {
		fuse_session_unmount(fuse);
		fuse_session_destroy(fuse);
		return err;
	}
	*fuse_ret = fuse;
	return 0;
}

static int lift(const struct fs *fs, const char *attribute, const char *value)
{
	char path[128];
	int err;

	/* The suffix: fs/fuse/inode.c, fuse_bdi_init() (6.18). */
	snprintf(path, sizeof(path), "/sys/class/bdi/%u:%u%s/%s",
		 major(fs->dev), minor(fs->dev), fs->loop ? "-fuseblk" : "",
		 attribute);
	err = fdio_write_file(path, value);
	if (err)
		log_debug("%s: %s", path, strerror(-err));
	return err;
}

/*
 * Before 6.2 the strict limit stays: it is a share of the machine's by what a mount
 * has written lately, which for a new one is nothing, so that its first dirty page
 * wakes the flusher (mm/page-writeback.c: balance_dirty_pages(), 6.1).
 */
void mount_lift_limits(const struct fs *fs)
{
	int err = lift(fs, "strict_limit", "0");

	lift(fs, "max_ratio", "100");
	if (err)
		lift(fs, "min_ratio", "5");
}
