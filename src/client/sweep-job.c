/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the process of a kernel, from outside. It is believed nothing but how far
 * it is: what has become of its kernel is in result.json, and where there is
 * none, because it could not write one or has crashed, one is made here that
 * says so.
 */
#include "client/sweep-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"

static NORETURN void become_child(const struct sweep *sweep, const char *spec,
				  pid_t parent, int talk, int messages)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* What a terminal sends is for who ends the others, and says so. */
	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent ||
	    null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(messages, STDERR_FILENO) < 0)
		_exit(EXIT_FAILURE);
	log_before(NULL);
	sweep_child(sweep, spec, talk);
}

/* [0] is ours, and is not waited at; [1] the child's. */
static int make_pair(int pair[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	return fcntl(pair[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

int sweep_job_start(struct sweep *sweep, struct sweep_job *job, size_t index)
{
	const char *spec = sweep->options->specs[index];
	int talk[2] = { -1, -1 }, messages[2] = { -1, -1 };
	pid_t parent = getpid(), pid = -1;
	int err = make_pair(talk);

	if (!err)
		err = make_pair(messages);
	if (!err) {
		pid = fork();
		err = pid < 0 ? -errno : 0;
	}
	if (pid == 0)
		become_child(sweep, spec, parent, talk[1], messages[1]);
	cleanup_close(&talk[1]);
	cleanup_close(&messages[1]);
	if (err) {
		cleanup_close(&talk[0]);
		cleanup_close(&messages[0]);
		log_err("cannot start a process for '%s': %s", spec,
			strerror(-err));
		return err;
	}
	*job = (struct sweep_job){
		.index = index, .spec = spec, .pid = pid, .talk = talk[0],
		.messages = messages[0], .stage = "start",
		.started_ns = clock_now_ns(),
	};
	return 0;
}

/* ---------------------------------------------------------------- what it says */

typedef void line_fn(struct sweep *sweep, struct sweep_job *job, char *line);

static void give_place(struct sweep *sweep, struct sweep_job *job,
		       const char *wish)
{
	char line[SWEEPDIR_NAME_SIZE + 1];

	if (*job->name || sweepdir_take(sweep->dir, wish, job->name)) {
		*job->name = '\0';
		snprintf(job->last, sizeof(job->last), "there is no place for "
			 "the results of %.200s", wish);
	}
	snprintf(line, sizeof(line), "%s\n", job->name);
	/* To a socket that nothing has been written to, so it has room. */
	if (send(job->talk, line, strlen(line), MSG_NOSIGNAL) < 0)
		kill(job->pid, SIGKILL);	/* it has gone, or is of no use */
}

/*
 * Whether KVM works is tried for each kernel, at the cost of a boot, unless one
 * before it has found out. One that was not heard of may have failed for reasons of
 * its own.
 */
static void learn_accel(struct sweep *sweep, const char *accel)
{
	snprintf(sweep->accel, sizeof(sweep->accel), "%s", accel);
}

static void on_talk(struct sweep *sweep, struct sweep_job *job, char *line)
{
	char *rest = strchr(line, ' ');

	if (!rest)
		return;
	*rest++ = '\0';
	if (strcmp(line, "place") == 0) {
		give_place(sweep, job, rest);
	} else if (strcmp(line, "accel") == 0) {
		learn_accel(sweep, rest);
	} else if (strcmp(line, "threads") == 0) {
		sweep->threads = (unsigned int)strtoul(rest, NULL, 10);
	} else if (strcmp(line, "results") == 0) {
		job->results = (unsigned int)strtoul(rest, NULL, 10);
	} else if (strcmp(line, "stage") == 0 &&
		   strcmp(job->stage, rest) != 0) {
		snprintf(job->stage, sizeof(job->stage), "%s", rest);
		sweep_tell_stage(sweep, job);
	}
}

static void on_message(struct sweep *sweep, struct sweep_job *job, char *line)
{
	static const char prefix[] = "pinctl: ";

	if (strncmp(line, prefix, strlen(prefix)) == 0)
		line += strlen(prefix);
	if (!*line)
		return;
	snprintf(job->last, sizeof(job->last), "%s", line);
	sweep_tell_message(sweep, job, line);
}

/* Whole lines, and what is too long for one in pieces. */
static void take_lines(struct sweep *sweep, struct sweep_job *job,
		       struct sweep_text *text, line_fn *on_line)
{
	char *begin = text->bytes, *end;

	text->bytes[text->length] = '\0';
	while ((end = strchr(begin, '\n'))) {
		*end = '\0';
		on_line(sweep, job, begin);
		begin = end + 1;
	}
	text->length = strlen(begin);
	if (text->length == sizeof(text->bytes) - 1) {
		on_line(sweep, job, begin);
		text->length = 0;
	}
	memmove(text->bytes, begin, text->length);
}

/* Return: false: nothing comes any more. */
static bool drain(struct sweep *sweep, struct sweep_job *job, int fd,
		  struct sweep_text *text, line_fn *on_line)
{
	for (;;) {
		ssize_t n = read(fd, text->bytes + text->length,
				 sizeof(text->bytes) - 1 - text->length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN;
		text->length += (size_t)n;
		take_lines(sweep, job, text, on_line);
	}
}

bool sweep_job_listen(struct sweep *sweep, struct sweep_job *job)
{
	if (!drain(sweep, job, job->messages, &job->message_text,
		   on_message)) {
		cleanup_close(&job->messages);
		job->messages = -1;
	}
	return drain(sweep, job, job->talk, &job->talk_text, on_talk);
}

/* -------------------------------------------------------------------- its end */

/* Why it has left no result.json. */
static void describe(const struct sweep_job *job, int status, const char *why,
		     char text[SWEEP_LINE_SIZE])
{
	if (why)
		snprintf(text, SWEEP_LINE_SIZE, "%s", why);
	else if (WIFSIGNALED(status))
		snprintf(text, SWEEP_LINE_SIZE, "its process was ended by "
			 "signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, SWEEP_LINE_SIZE, "%s", *job->last ? job->last :
			 "its process gave no reason");
}

const char *sweep_job_called(const char *spec)
{
	const char *slash = strrchr(spec, '/');

	return slash && slash[1] ? slash + 1 : spec;
}

static void complete(struct sweep *sweep, struct sweep_job *job, int status,
		     const char *why)
{
	char dir[PATH_MAX], path[PATH_MAX], reason[SWEEP_LINE_SIZE];
	json_t *result;
	int err = 0;

	if (!*job->name && sweepdir_take(sweep->dir,
					 sweep_job_called(job->spec),
					 job->name))
		return;
	sweepdir_path(sweep->dir, job->name, NULL, dir);
	sweepdir_path(sweep->dir, job->name, "result.json", path);
	if (access(path, F_OK)) {
		sweepdir_clear(sweep->dir, job->name);
		describe(job, status, why, reason);
		err = sweep_write_failure(path, job->spec, job->name, reason);
	}
	if (err)
		log_err("cannot write '%s': %s", path, strerror(-err));
	/* A place without a result is one that says so, if it can be told. */
	sweepdir_path(sweep->dir, job->name, err ? "console.log" :
		      "result.json", path);
	if (access(path, F_OK))
		return;
	sweep->dirs[job->index] = strdup(dir);
	if (err)
		return;
	result = json_load_file(path, 0, NULL);
	sweep_tell_end(sweep, job, result);
	json_decref(result);
}

void sweep_job_end(struct sweep *sweep, struct sweep_job *job, const char *why)
{
	int status = 0;

	if (why)
		kill(job->pid, SIGKILL);
	while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (job->messages >= 0)
		drain(sweep, job, job->messages, &job->message_text,
		      on_message);
	complete(sweep, job, status, why);
	cleanup_close(&job->talk);
	cleanup_close(&job->messages);
	job->pid = 0;
	sweep->running--;
	sweep->ended++;
}
