/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What procfs says of a process's descriptors and threads. Only links and fdinfo
 * are read: a stat(2) of a link would ask the file's filesystem, which may be us.
 */
#include "daemon/suspect-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/json.h"

static int read_link(pid_t tid, int fd, char link[PATH_MAX])
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)tid, fd);
	n = readlink(path, link, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	return 0;
}

static int read_info(pid_t tid, int fd, struct procfs_file *info_ret)
{
	char text[PROCFS_TEXT_SIZE];
	char name[32];
	autoclose int info_fd = -1;
	int err;

	snprintf(name, sizeof(name), "fdinfo/%d", fd);
	info_fd = procfs_open(tid, name);
	err = info_fd < 0 ? info_fd : procfs_read(info_fd, text);
	return err ? err : procfs_parse_file(text, info_ret);
}

/* Its mount namespace may be another: pinctl exec gives its command one. */
static char *read_mounts(pid_t tid)
{
	char path[64];
	char *text = NULL;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)tid);
	return fdio_read_file(path, &text) ? NULL : text;
}

static bool is_queried(struct suspect_search *search, pid_t tid,
		       const struct procfs_file *info)
{
	autofree char *text = NULL;

	if (info->ino != search->order->query.ino)
		return false;
	if (search->known_mnt_id && info->mnt_id == search->known_mnt_id)
		return true;
	text = read_mounts(tid);
	if (!text || !procfs_find_mount(text, info->mnt_id, search->major,
					search->minor))
		return false;
	search->known_mnt_id = info->mnt_id;
	return true;
}

int suspect_file_look(struct suspect_search *search, pid_t tid, int fd,
		      struct suspect_file *file_ret)
{
	int err = read_link(tid, fd, file_ret->link);

	if (err)
		return err;
	file_ret->is_queried = false;
	file_ret->type[0] = '\0';
	if (file_ret->link[0] != '/')
		return 0;
	err = read_info(tid, fd, &file_ret->info);
	if (!err)
		file_ret->is_queried = is_queried(search, tid, &file_ret->info);
	return err;
}

void suspect_file_type(struct suspect_file *file, pid_t tid)
{
	autofree char *text = read_mounts(tid);

	if (text)
		procfs_mount_type(text, file->info.mnt_id, file->type,
				  sizeof(file->type));
}

/*
 * The name of a socket's protocol is an attribute that its link gives to whoever
 * may see the link (net/socket.c: sockfs_xattr_get(), 6.18).
 */
bool suspect_file_is_alg(const struct suspect_file *file, pid_t tid, int fd)
{
	char path[64];
	char name[32];
	ssize_t n;

	if (strncmp(file->link, "socket:", 7))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)tid, fd);
	n = getxattr(path, "system.sockprotoname", name, sizeof(name));
	return n >= 3 && strncmp(name, "ALG", 3) == 0;
}

char *suspect_file_flags(int flags)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR",
					     "O_ACCMODE" };
	static const struct {
		int flag;
		const char *name;
	} names[] = {
		{ O_PATH, "O_PATH" }, { O_APPEND, "O_APPEND" },
		{ O_DIRECT, "O_DIRECT" }, { O_SYNC, "O_SYNC" },
		{ O_DSYNC, "O_DSYNC" }, { O_NONBLOCK, "O_NONBLOCK" },
	};
	char text[128];
	size_t used;

	snprintf(text, sizeof(text), "%s", modes[flags & O_ACCMODE]);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if ((flags & names[i].flag) != names[i].flag)
			continue;
		flags &= ~names[i].flag;	/* O_SYNC has O_DSYNC in it */
		used = strlen(text);
		snprintf(text + used, sizeof(text) - used, "|%s",
			 names[i].name);
	}
	return strdup(text);
}

pid_t suspect_file_process(pid_t tid)
{
	autofree char *status = NULL;
	char path[32];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if (fdio_read_file(path, &status))
		return 0;
	at = strstr(status, "\nTgid:");
	return at ? atoi(at + strlen("\nTgid:")) : 0;
}

/* In another namespace of processes. */
bool suspect_file_is_elsewhere(pid_t tid)
{
	char path[32];
	char own[64];
	char other[64];
	ssize_t n = readlink("/proc/self/ns/pid", own, sizeof(own));

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)tid);
	return n < 0 || readlink(path, other, sizeof(other)) != n ||
	       memcmp(own, other, (size_t)n);
}

void suspect_file_comm(pid_t tid, char comm[16])
{
	char text[PROCFS_TEXT_SIZE];
	autoclose int fd = procfs_open(tid, "comm");

	comm[0] = '\0';
	if (fd < 0 || procfs_read(fd, text))
		return;
	text[strcspn(text, "\n")] = '\0';
	snprintf(comm, 16, "%.15s", text);
}

/* Lines "[<0>] function+0x1/0x2". */
json_t *suspect_file_stack(pid_t tid)
{
	autofree char *text = NULL;
	char path[32];
	char *save = NULL;
	json_t *stack;

	snprintf(path, sizeof(path), "/proc/%d/stack", (int)tid);
	if (fdio_read_file(path, &text))
		return NULL;
	stack = json_array();
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *name = strchr(line, ' ');

		json_array_append_new(stack, json_text(name ? name + 1 : line));
	}
	if (json_array_size(stack))
		return stack;
	json_decref(stack);
	return NULL;
}
