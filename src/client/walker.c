/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side of a walker that never touches the mount: starts the process, asks
 * it one thing at a time, and leaves it when an answer does not come. Killed, it
 * goes as soon as what it sleeps for has come or the mount has ended.
 */
#include "client/walker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/walker-internal.h"
#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/unixsock.h"

struct walker {
	pid_t pid;
	int sock;
	struct unixsock_reader reader;
	char why[512];
};

void walker_file_deinit(struct walker_file *file)
{
	free(file->path);
	file->path = NULL;
}

const char *walker_why(const struct walker *walker)
{
	return walker->why;
}

static void NORETURN run_child(int sock, const char *mountpoint,
			       char *const paths[], pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (dup2(sock, STDIN_FILENO) < 0)
		_exit(1);
	/* A walker that sleeps for good must not keep anything open. */
	fdio_close_from(STDERR_FILENO + 1, -1);
	walker_child(STDIN_FILENO, mountpoint, paths);
}

int walker_create(const char *mountpoint, char *const paths[],
		  struct walker **walker_ret)
{
	struct walker *walker = calloc(1, sizeof(*walker));
	pid_t parent = getpid();
	int socks[2];

	if (!walker)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks)) {
		free(walker);
		return -errno;
	}
	walker->pid = fork();
	if (!walker->pid)
		run_child(socks[1], mountpoint, paths, parent);
	close(socks[1]);
	walker->sock = socks[0];
	unixsock_reader_init(&walker->reader, walker->sock, WALKER_LINE_MAX);
	if (walker->pid < 0) {
		walker_destroy(walker);
		return -EAGAIN;
	}
	*walker_ret = walker;
	return 0;
}

void walker_destroy(struct walker *walker)
{
	if (!walker)
		return;
	if (walker->pid > 0) {
		kill(walker->pid, SIGKILL);
		waitpid(walker->pid, NULL, WNOHANG);
	}
	unixsock_reader_deinit(&walker->reader);
	close(walker->sock);
	free(walker);
}

/* What an answer says of failure. */
static int answer_error(struct walker *walker, const json_t *answer)
{
	const char *why = json_string_value(json_object_get(answer, "why"));

	if (json_is_true(json_object_get(answer, "end")))
		return -ENOENT;
	if (!why)
		return 0;
	snprintf(walker->why, sizeof(walker->why), "%s", why);
	return -EIO;
}

/* A process that has died must not take us with it (SIGPIPE). */
static int send_question(struct walker *walker, const json_t *question)
{
	autofree char *text = json_dumps(question, JSON_COMPACT);
	size_t len;

	if (!text)
		return -ENOMEM;
	len = strlen(text);
	text[len++] = '\n';	/* in the place of the NUL */
	if (send(walker->sock, text, len, MSG_NOSIGNAL) == (ssize_t)len)
		return 0;
	return -EPIPE;
}

/* @question: the reference is taken. @answer_ret: a new one, when 0. */
static int ask(struct walker *walker, uint64_t deadline_ns, json_t *question,
	       json_t **answer_ret)
{
	autofree char *line = NULL;
	json_t *answer;
	int err = question ? send_question(walker, question) : -ENOMEM;

	json_decref(question);
	walker->why[0] = '\0';
	if (!err)
		err = unixsock_read_line(&walker->reader, deadline_ns, &line);
	if (err)
		return err;
	answer = json_loads(line, 0, NULL);
	err = answer ? answer_error(walker, answer) : -EPROTO;
	if (err)
		json_decref(answer);
	else
		*answer_ret = answer;
	return err;
}

static uint64_t number(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

int walker_next(struct walker *walker, uint64_t deadline_ns,
		struct walker_file *file_ret)
{
	json_t *answer;
	const char *path;
	int err = ask(walker, deadline_ns, json_pack("{s:b}", "next", 1),
		      &answer);

	if (err)
		return err;
	path = json_string_value(json_object_get(answer, "path"));
	file_ret->path = strdup(path ? path : "");
	file_ret->ino = number(answer, "ino");
	json_decref(answer);
	return file_ret->path ? 0 : -ENOMEM;
}

int walker_cached(struct walker *walker, uint64_t deadline_ns, uint64_t off,
		  uint64_t *off_ret, uint64_t *len_ret)
{
	json_t *answer;
	int err = ask(walker, deadline_ns,
		      json_pack("{s:I}", "cached", (json_int_t)off), &answer);

	if (err)
		return err;
	*off_ret = number(answer, "off");
	*len_ret = number(answer, "len");
	json_decref(answer);
	return 0;
}

int walker_settle(struct walker *walker, uint64_t deadline_ns,
		  const json_t *offsets)
{
	json_t *answer = NULL;
	json_t *question = offsets ?
		json_pack("{s:O}", "settle", offsets) :
		json_pack("{s:[]}", "settle");
	int err = ask(walker, deadline_ns, question, &answer);

	json_decref(answer);
	return err;
}
