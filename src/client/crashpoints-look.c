/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns one image's way: attached, mounted, looked at, unmounted, checked.
 *
 * The checker comes last: before a log is replayed, what it finds means nothing
 * (xfs_repair -n refuses, e2fsck -fn reports errors).
 */
#include "client/crashpoints-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/offspring.h"
#include "client/stage-internal.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/tool.h"

enum {
	STATUS_NOT_FOUND = 127,
	MARK_TEXT = 300,
	LEFT_MS = 5000,		/* of processes that a check has left */
	SAID_BYTES = 8192,	/* of a checker */
};

/* ------------------------------------------------------------------ the data */

/* The last mark before the point, as $PINFS_MARK. */
static void name_mark(const struct crashpoints_case *what, char text[MARK_TEXT])
{
	struct stagemark mark;

	*text = '\0';
	if (!what->point.marks)
		return;
	stagemark_parse(crashimage_mark(what->image, what->point.marks - 1),
			&mark);
	stagemark_format(&mark, text, MARK_TEXT);
}

static NORETURN void become_check(const struct crashpoints_case *what,
				  const char *dir)
{
	char mark[MARK_TEXT], number[24];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	name_mark(what, mark);
	snprintf(number, sizeof(number), "%zu", what->n);
	/* Standard output is for what is found. */
	if (chdir(dir) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
	    setenv("PINFS_POINT", number, 1) || setenv("PINFS_MARK", mark, 1) ||
	    setenv("PINFS_KIND", crashimage_kind_name(what->kind), 1) ||
	    setenv("PINFS_STAGE", dir, 1) || unsetenv("PINFS_MNT") ||
	    setenv("PWD", dir, 1))
		_exit(STATUS_NOT_FOUND);
	execl("/bin/sh", "sh", "-c", what->plan->check, NULL);
	_exit(STATUS_NOT_FOUND);
}

/* Nothing that it leaves may keep the image mounted. */
static int run_check(struct crashpoints_case *what, const char *dir)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become_check(what, dir);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (offspring_signal(0, 0, SIGKILL))
		offspring_wait(0, false, LEFT_MS);
	if (WIFSIGNALED(status))
		crashpoints_tell(what, "--check: died of signal %d",
				 WTERMSIG(status));
	else if (WEXITSTATUS(status))
		crashpoints_tell(what, "--check: ended with %d",
				 WEXITSTATUS(status));
	return 0;
}

static int look_at_data(struct crashpoints_case *what, const char *dir)
{
	autoclose int root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = root < 0 ? -errno : crashpoints_promises(what, root);

	return err || !what->plan->check ? err : run_check(what, dir);
}

/* ------------------------------------------------------------- the filesystem */

/* Headings, which say nothing of the filesystem. */
static bool is_heading(const char *line)
{
	static const char *const begins[] = {
		"e2fsck ", "Pass ", "Phase ", " ", "\t", "[", "Opening ",
		"Checking ", "UUID", "No modify",
	};

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (strncmp(line, begins[i], strlen(begins[i])) == 0)
			return true;
	return !*line;
}

static const char *first_words(char *text)
{
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n"));)
		if (!is_heading(line))
			return line;
	return "it says no more";
}

static int check_filesystem(struct crashpoints_case *what, const char *device)
{
	const struct stage_kind *kind = what->plan->stage.kind;
	const char *argv[STAGE_ARGS + 2] = { 0 };
	autofree char *text = malloc(SAID_BYTES);
	size_t n = 0;
	int status;

	if (!text)
		return -ENOMEM;
	while (kind->check[n]) {
		argv[n] = kind->check[n];
		n++;
	}
	argv[n] = device;
	status = tool_run(argv, text, SAID_BYTES);
	if (status < 0) {
		log_err("cannot run '%s': %s", argv[0], strerror(-status));
		return status;
	}
	if (status)
		crashpoints_tell(what, "%s ended with %d: %s", argv[0], status,
				 first_words(text));
	return 0;
}

static int look_mounted(struct crashpoints_case *what, const char *dir)
{
	int err = look_at_data(what, dir);

	if (umount2(dir, UMOUNT_NOFOLLOW) < 0) {
		log_err("cannot unmount an image: %s", strerror(errno));
		return -errno;
	}
	return err;
}

int crashpoints_look(struct crashpoints_case *what, int image_fd,
		     const char *dir)
{
	char device[LOOP_PATH_SIZE], why[STAGEMOUNT_WHY_SIZE];
	autoclose int fd = stagemount_attach(image_fd, 0, device, why);
	int err;

	if (fd < 0) {
		log_err("%s", why);
		return fd;
	}
	err = stagemount_mount(&what->plan->stage, device, dir, why);
	if (err == -EIO) {
		crashpoints_tell(what, "it cannot be mounted: %s", why);
		err = 0;
	} else if (err) {
		log_err("%s", why);
	} else {
		err = look_mounted(what, dir);
		if (!err)
			err = check_filesystem(what, device);
	}
	stage_forget(what->plan->stage.kind, device);
	return err;
}
