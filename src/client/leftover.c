/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of a mount with a stage is locked by whoever keeps the mount: the
 * keeper, or the guard (tempmount.c). A lock goes with its last owner, however
 * that ends. So one that can be had is one that nobody keeps.
 *
 * Mounts go with the last process of their namespace, and loop devices with the
 * mounts. So it is processes that have to be ended, all that are in there: with
 * the daemon goes the connection, and whoever waits for it wakes up.
 */
#include "client/leftover.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/ctlclient.h"
#include "client/mountref.h"
#include "client/tempmount-internal.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/log.h"
#include "common/tracefs.h"

enum {
	END_MS = 10000,		/* longest end of what was killed */
	LOOK_MS = 20,
};

#define PREFIX "pinctl-"

/* ---------------------------------------------------------------- who serves */

static int name_note(const char *dir, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/socket", dir) < PATH_MAX ?
		0 : -ENAMETOOLONG;
}

int leftover_note(const char *dir, const char *mountpoint)
{
	struct mountref ref;
	char path[PATH_MAX];
	autoclose int fd = -1;
	int err = name_note(dir, path);

	if (!err)
		err = mountref_look(mountpoint, &ref);
	if (err)
		return err;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : !ref.socket ? -ENOENT :
		fdio_write(fd, ref.socket, strlen(ref.socket));
	mountref_deinit(&ref);
	return err;
}

int leftover_connect(const char *dir, struct ctlclient **client_ret)
{
	autofree char *socket = NULL;
	char path[PATH_MAX];
	int err = name_note(dir, path);

	if (!err)
		err = fdio_read_file(path, &socket);
	return err ? err : ctlclient_open_socket(socket, client_ret);
}

/* One that was killed has left it; one that lives has another number's. */
static void remove_socket(const char *dir)
{
	autofree char *socket = NULL;
	struct ctlclient *client;
	char path[PATH_MAX];

	if (name_note(dir, path) || fdio_read_file(path, &socket))
		return;
	if (ctlclient_open_socket(socket, &client) == 0)
		ctlclient_close(client);
	else
		unlink(socket);
}

/* ---------------------------------------------------------------- processes */

/* Is something mounted below @dir where that process is? */
static bool sees_mounts(const char *pid, const char *dir)
{
	autofree char *text = NULL, *wanted = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.20s/mountinfo", pid);
	return asprintf(&wanted, " %s/", dir) >= 0 &&
	       fdio_read_file(path, &text) == 0 && strstr(text, wanted);
}

/*
 * Whoever is in the mount namespace of a run that nobody keeps: its command,
 * what that has started, the daemon. Return: how many they are.
 */
static unsigned int kill_processes(const char *dir)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	unsigned int n = 0;

	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)*entry->d_name) ||
		    !sees_mounts(entry->d_name, dir))
			continue;
		kill((pid_t)atoi(entry->d_name), SIGKILL);
		n++;
	}
	if (proc)
		closedir(proc);
	return n;
}

/* Return: nobody is there any more. */
static bool end_processes(const char *dir)
{
	uint64_t deadline_ns = clock_deadline_ns(END_MS * CLOCK_NS_PER_MS);

	/* Mounted where we are: somebody else's doing, and to undo. */
	if (sees_mounts("self", dir)) {
		log_err("something is mounted below '%s', which a run that was "
			"killed has left: unmount it", dir);
		return false;
	}
	while (kill_processes(dir)) {
		if (clock_now_ns() >= deadline_ns) {
			log_err("processes of a run that was killed do not end; "
				"they are those with '%s' in their "
				"/proc/PID/mountinfo", dir);
			return false;
		}
		clock_sleep_ns(LOOK_MS * CLOCK_NS_PER_MS);
	}
	return true;
}

/* -------------------------------------------------------------- directories */

/* Return: its lock, if nobody keeps it and it is ours to remove; -1. */
static int lock_dir(const char *dir)
{
	autoclose int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
				O_CLOEXEC);
	struct stat attr;

	if (fd < 0 || fstat(fd, &attr) < 0 || attr.st_uid != geteuid() ||
	    fstatat(fd, TEMPMOUNT_STAGE, &attr, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(attr.st_mode) || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -1;
	return steal_fd(&fd);
}

/* Return: false: it is still there. */
static bool remove_dir(char *dir)
{
	autofree char *point = NULL;
	struct tempmount mount = { .dir = dir };

	if (!end_processes(dir) ||
	    asprintf(&point, "%s/" TEMPMOUNT_POINT, dir) < 0)
		return false;
	mount.point = point;
	remove_socket(dir);
	tempmount_remove_dir(&mount);
	if (access(dir, F_OK) == 0)
		return false;
	log_warn("removed '%s', which a run that was killed has left", dir);
	return true;
}

/* Those of daemons that were killed together with their supervisors. */
static void remove_records(void)
{
	size_t count = tracefs_sweep();

	if (count)
		log_warn("removed %zu instance%s of tracefs that daemons which "
			 "are gone have left", count, count == 1 ? "" : "s");
}

unsigned int leftover_remove(void)
{
	autofree char *real = realpath(tempmount_base(), NULL);
	DIR *base = real ? opendir(real) : NULL;
	unsigned int left = 0;
	struct dirent *entry;

	while (base && (entry = readdir(base))) {
		autofree char *path = NULL;
		autoclose int lock = -1;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) ||
		    asprintf(&path, "%s/%s", real, entry->d_name) < 0)
			continue;
		lock = lock_dir(path);
		if (lock >= 0 && !remove_dir(path))
			left++;
	}
	if (base)
		closedir(base);
	remove_records();
	return left;
}
