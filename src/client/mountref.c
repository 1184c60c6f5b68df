/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a mount point to the pinfs mount on it and its control socket. */
#include "client/mountref.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinfs/control.h>

#include "common/log.h"

/* NULL only without memory or, for those who are not root, without a place. */
static char *socket_path(unsigned int major, unsigned int minor)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char *path = NULL;
	int len;

	if (geteuid() == 0)
		len = asprintf(&path, "%s/%u:%u.sock",
			       PINFS_CONTROL_RUNTIME_ROOT, major, minor);
	else if (runtime && *runtime)
		len = asprintf(&path, "%s/pinfs/%u:%u.sock", runtime, major,
			       minor);
	else
		return NULL;
	return len < 0 ? NULL : path;
}

static bool is_socket(const char *path)
{
	struct stat st;

	return path && lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Is this type ours? "fuse" alone only with the socket to prove it. */
static int judge_type(struct mountref *ref)
{
	const char *type = ref->info.fstype;

	if (strcmp(type, "fuse.pinfs") == 0 ||
	    strcmp(type, "fuseblk.pinfs") == 0)
		return 0;
	if (strcmp(type, "fuse") != 0 && strcmp(type, "fuseblk") != 0)
		return -EMEDIUMTYPE;
	ref->plain = true;
	return is_socket(ref->socket) ? 0 : -EMEDIUMTYPE;
}

/* @ref: to be given back also after -EMEDIUMTYPE. */
static int look(const char *mountpoint, struct mountref *ref)
{
	int err = mountinfo_find(mountpoint, &ref->info);

	if (err)
		return err;
	ref->socket = socket_path(ref->info.major, ref->info.minor);
	return judge_type(ref);
}

int mountref_look(const char *mountpoint, struct mountref *ref_ret)
{
	struct mountref ref = { 0 };
	int err = look(mountpoint, &ref);

	if (err)
		mountref_deinit(&ref);
	else
		*ref_ret = ref;
	return err;
}

int mountref_find(const char *mountpoint, struct mountref *ref_ret)
{
	struct mountref ref = { 0 };
	int err = look(mountpoint, &ref);

	if (!err) {
		*ref_ret = ref;
		return 0;
	}
	if (err == -ENOENT)
		log_err("'%s' is not a mount point", mountpoint);
	else if (err == -EMEDIUMTYPE)
		log_err("'%s' is a mount of type %s, not of pinfs", mountpoint,
			ref.info.fstype);
	else
		log_err("cannot find the mount of '%s': %s", mountpoint,
			strerror(-err));
	mountref_deinit(&ref);
	return err;
}

void mountref_deinit(struct mountref *ref)
{
	mountinfo_deinit(&ref->info);
	free(ref->socket);
	memset(ref, 0, sizeof(*ref));
}
