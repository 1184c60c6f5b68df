/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side of pinctl: starts the processes of stages, waits for what they
 * report, never without a deadline, and ends them.
 */
#include "client/stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/interrupt.h"
#include "client/site.h"
#include "client/stage-internal.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"

#define END_NS (5 * CLOCK_NS_PER_SEC)	/* longest end with nothing held */
#define KILLED_NS CLOCK_NS_PER_SEC	/* the same after SIGKILL */

struct stage {
	struct stage *next;
	const struct stage_kind *kind;
	enum stage_use use;
	pid_t pid;		/* 0: it has none (any more) */
	int pidfd;
	int sock;		/* the process ends when this is closed */
	struct stage_report report;	/* err: what stage_get() returns */
};

static bool wait_readable(int fd, uint64_t deadline_ns)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n;

	do {
		n = poll(&pfd, 1, clock_left_ms(deadline_ns));
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* ---------------------------------------------------------------------- end */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool has_ended(const struct stage *stage, uint64_t timeout_ns)
{
	return stage->pidfd >= 0 &&
	       wait_readable(stage->pidfd, clock_deadline_ns(timeout_ns));
}

/*
 * By the end of its socket, by SIGKILL when that does not help.
 * Return: 0; -ETIMEDOUT: it is still there, and may be asked about again.
 */
static int end_process(struct stage *stage)
{
	bool in_time = stage->report.err != -ETIMEDOUT;

	close_fd(&stage->sock);
	if (stage->pid <= 0)
		return 0;
	if (!in_time || !has_ended(stage, END_NS))
		kill(stage->pid, SIGKILL);
	if (stage->pidfd >= 0 && !has_ended(stage, KILLED_NS))
		return -ETIMEDOUT;
	waitpid(stage->pid, NULL, 0);
	interrupt_remove_child(stage->pid);
	close_fd(&stage->pidfd);
	stage->pid = 0;
	return 0;
}

int stage_destroy_all(struct stage *first)
{
	int err = 0;

	while (first) {
		struct stage *stage = first;
		int other = end_process(stage);

		err = err ? err : other;
		first = stage->next;
		if (other)
			interrupt_remove_child(stage->pid);
		close_fd(&stage->pidfd);
		free(stage);
	}
	return err;
}

/* -------------------------------------------------------------------- start */

/* What ends pinctl ends it as well: nothing has to be put right then. */
static NORETURN void child(const struct stage *stage, const struct site *site,
			   int sock, pid_t parent)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGTERM, SIGCHLD };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		signal(numbers[i], SIG_DFL);
	/* A control connection must not stay open with a process that hangs. */
	if (dup2(sock, STDIN_FILENO) < 0 || dup2(sock, STDOUT_FILENO) < 0)
		_exit(1);
	fdio_close_from(STDERR_FILENO + 1, -1);
	stage_main(stage->kind, stage->use, site->mountpoint, site->daemon,
		   STDIN_FILENO);
}

static int start(struct stage *stage, const struct site *site)
{
	pid_t parent = getpid();
	int socks[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) < 0)
		return -errno;
	stage->sock = socks[0];
	fflush(NULL);
	stage->pid = fork();
	if (stage->pid == 0)
		child(stage, site, socks[1], parent);
	close(socks[1]);
	if (stage->pid < 0)
		return -EAGAIN;
	interrupt_add_child(stage->pid);
	stage->pidfd = (int)syscall(SYS_pidfd_open, stage->pid, 0);
	return stage->pidfd < 0 ? -errno : 0;
}

static int await_report(struct stage *stage, uint64_t deadline_ns)
{
	struct stage_report *report = &stage->report;

	if (!wait_readable(stage->sock, deadline_ns))
		return stage_fail(report, -ETIMEDOUT, "%s on a loop device was "
				  "not ready in time", stage->kind->name);
	if (fdio_read(stage->sock, report, sizeof(*report)) !=
	    (ssize_t)sizeof(*report))
		return stage_fail(report, -EPIPE, "the process of %s on a loop "
				  "device has died", stage->kind->name);
	return report->err;
}

/**
 * ask() - have the process do something and answer with that many bytes
 * A failure is one of the stage: it is not asked again.
 */
static int ask(struct stage *stage, char word, void *answer, size_t len,
	       uint64_t deadline_ns)
{
	struct stage_report *report = &stage->report;

	if (report->err)
		return report->err;
	if (send(stage->sock, &word, 1, MSG_NOSIGNAL) == 1) {
		if (!wait_readable(stage->sock, deadline_ns))
			return stage_fail(report, -ETIMEDOUT, "the process of "
					  "%s on a loop device does not answer",
					  stage->kind->name);
		if (fdio_read(stage->sock, answer, len) == (ssize_t)len)
			return 0;
	}
	return stage_fail(report, -EPIPE, "the process of %s on a loop device "
			  "has died", stage->kind->name);
}

/* Have the process drop what is cached; it is used again. */
static int drop_caches(struct stage *stage, uint64_t deadline_ns)
{
	char word;

	return ask(stage, STAGE_ASK_DROP, &word, 1, deadline_ns);
}

/* However it ends, it is said in the report. */
static void make(struct stage *stage, const struct site *site)
{
	int err = stage_lack(stage->kind->name, stage->report.why);

	if (err) {
		stage->report.err = err;
		return;
	}
	err = start(stage, site);
	if (err)
		stage_fail(&stage->report, err, "cannot start the process of "
			   "%s on a loop device: %s", stage->kind->name,
			   strerror(-err));
	else
		err = await_report(stage,
				   clock_deadline_ns(site->step_ns));
	if (err)
		end_process(stage);
}

static struct stage *find(struct stage *first, const struct stage_kind *kind,
			  enum stage_use use)
{
	while (first && (first->kind != kind || first->use != use))
		first = first->next;
	return first;
}

int stage_get(struct site *site, const char *name, enum stage_use use,
	      const struct stage_source **source_ret, const char **why_ret)
{
	const struct stage_kind *kind = stage_kind(name);
	struct stage *stage = kind ? find(site->stages, kind, use) : NULL;

	*why_ret = "there is no such stage";
	if (!kind)
		return -EINVAL;
	if (!stage) {
		stage = calloc(1, sizeof(*stage));
		*why_ret = "no memory";
		if (!stage)
			return -ENOMEM;
		stage->kind = kind;
		stage->use = use;
		stage->pidfd = stage->sock = -1;
		make(stage, site);
		stage->next = site->stages;
		site->stages = stage;
	}
	if (!stage->report.err && use == STAGE_TO_READ)
		(void)drop_caches(stage, clock_deadline_ns(site->step_ns));
	*source_ret = &stage->report.source;
	*why_ret = stage->report.why;
	return stage->report.err;
}

/* --------------------------------------------------------------------- copy */

static struct stage *stage_of(struct site *site,
			      const struct stage_source *source)
{
	struct stage *stage = site->stages;

	while (stage && &stage->report.source != source)
		stage = stage->next;
	return stage;
}

/*
 * btrfs knows its devices by an id that is in them: a second one with the same
 * is refused, until 6.7 gave it another for the time that it is mounted
 * (fs/btrfs/volumes.c: device_list_add()).
 */
#define TEMP_FSID "/sys/fs/btrfs/features/temp_fsid"

int stage_lack_of_copy(struct site *site, const struct stage_source *source,
		       const char **why_ret)
{
	const struct stage *stage = stage_of(site, source);

	if (!stage || strcmp(stage->kind->type, "btrfs") != 0 ||
	    access(TEMP_FSID, F_OK) == 0)
		return 0;
	*why_ret = "this kernel's btrfs cannot mount a copy beside its "
		   "original (temp_fsid)";
	return -EOPNOTSUPP;
}

int stage_copy(struct site *site, const struct stage_source *source,
	       struct stage_copy *copy_ret, const char **why_ret)
{
	struct stage *stage = stage_of(site, source);
	static struct stage_copy_report made;
	int err;

	*why_ret = "there is no such stage";
	if (!stage)
		return -EINVAL;
	*why_ret = stage->report.why;
	err = ask(stage, STAGE_ASK_COPY, &made, sizeof(made),
		  clock_deadline_ns(site->step_ns));
	if (err)
		return err;
	*why_ret = made.report.why;
	*copy_ret = made.copy;
	return made.report.err;
}

int stage_drop_copy(struct site *site, const struct stage_source *source,
		    const char **why_ret)
{
	struct stage *stage = stage_of(site, source);
	char word;

	*why_ret = "there is no such stage";
	if (!stage)
		return -EINVAL;
	*why_ret = stage->report.why;
	return ask(stage, STAGE_ASK_FORGET, &word, 1,
		   clock_deadline_ns(site->step_ns));
}
