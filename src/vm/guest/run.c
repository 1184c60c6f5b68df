/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns "pinctl run" and what it says. Each line of its stdout is a result, sent
 * as it comes; its stderr tells which scenario it is in, and goes to the host as
 * it is. It may die: then what it has left in its pipes is still taken. Whoever
 * it leaves running becomes a child of this process, and is reaped.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "vm/guest/guest.h"
#include "vm/guest/kernel.h"

enum {
	READ_BYTES = 1 << 16,
	LINE_BYTES = 8 << 20,	/* longest line of a result */
	STATUS_SIGNAL = 128,
	STATUS_NOT_FOUND = 127,
	QUIET_MS = 300,		/* a report is over when nothing more comes */
};

/* One of the pipes, and what has come of a line that is not whole. */
struct stream {
	int fd;
	char *bytes;
	size_t used;
	size_t size;
};

struct running {
	struct guest *guest;
	struct guest_kernel *kernel;
	struct stream results;
	struct stream messages;
	int signals;
	pid_t pid;
	bool ended;
	int status;		/* when it has ended */
};

/* ------------------------------------------------------------------ its lines */

static void take_result(struct running *running, const char *line, size_t len)
{
	struct guest *guest = running->guest;
	json_t *object, *summary;

	guest_send(guest, VM_FRAME_RESULT, line, len);
	object = json_loadb(line, len, 0, NULL);
	summary = json_object_get(object, "summary");
	if (summary) {
		json_decref(guest->kept);
		guest->kept = json_incref(json_object_get(summary, "kept"));
	}
	json_decref(object);
}

static void read_results(struct running *running);

/* Of --verbose: the scenario that begins. The result of the one before it has
 * been written already, and is to be sent before. */
static void look_for_scenario(struct running *running, const char *line,
			      size_t len)
{
	static const char words[] = "# scenario: ";
	struct guest *guest = running->guest;
	char stage[GUEST_SCENARIO_SIZE + 16];

	if (len <= strlen(words) || memcmp(line, words, strlen(words)) != 0)
		return;
	read_results(running);
	snprintf(guest->scenario, sizeof(guest->scenario), "%.*s",
		 (int)(len - strlen(words)), line + strlen(words));
	snprintf(stage, sizeof(stage), "scenario %s", guest->scenario);
	guest_send_stage(guest, stage);
}

/* All lines that are whole, one after the other. */
static size_t each_line(struct running *running, const struct stream *stream,
			void (*take)(struct running *running, const char *line,
				     size_t len))
{
	const char *at = stream->bytes;
	const char *end = at + stream->used;
	const char *newline;

	while (at < end && (newline = memchr(at, '\n', (size_t)(end - at)))) {
		take(running, at, (size_t)(newline - at));
		at = newline + 1;
	}
	return (size_t)(at - stream->bytes);
}

static void consume(struct stream *stream, size_t len)
{
	memmove(stream->bytes, stream->bytes + len, stream->used - len);
	stream->used -= len;
}

/* Return: false: no more is there now, or ever. */
static bool read_more(struct stream *stream)
{
	ssize_t n;

	if (stream->size - stream->used < READ_BYTES) {
		size_t size = 2 * stream->size + READ_BYTES;
		char *larger = realloc(stream->bytes, size);

		if (!larger)
			return false;
		stream->bytes = larger;
		stream->size = size;
	}
	do {
		n = read(stream->fd, stream->bytes + stream->used, READ_BYTES);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		stream->used += (size_t)n;
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		close(stream->fd);
		stream->fd = -1;
	}
	return n > 0;
}

/* A line without an end is no result, but somebody may want to see it. */
static void give_up_line(struct running *running, struct stream *stream)
{
	if (stream->used > 0)
		guest_send(running->guest, VM_FRAME_MESSAGE, stream->bytes,
			   MIN(stream->used, (size_t)READ_BYTES));
	stream->used = 0;
}

static void read_results(struct running *running)
{
	struct stream *stream = &running->results;

	while (stream->fd >= 0 && read_more(stream))
		consume(stream, each_line(running, stream, take_result));
	if (stream->used > LINE_BYTES)
		give_up_line(running, stream);
}

static void read_messages(struct running *running)
{
	struct stream *stream = &running->messages;

	while (stream->fd >= 0 && read_more(stream)) {
		size_t len = each_line(running, stream,
				       look_for_scenario);

		if (len == 0 && stream->used < READ_BYTES)
			continue;
		len = len ? len : stream->used;
		guest_send(running->guest, VM_FRAME_MESSAGE, stream->bytes,
			   len);
		consume(stream, len);
	}
}

/* ------------------------------------------------------------------- its life */

static NORETURN void become_pinctl(const struct guest *guest, int out, int err)
{
	/* An emulated processor makes an xfs in more than the usual 10 s when
	 * others are at work; 20 s are two thirds of hold_max. */
	static const char *const first[] = {
		"pinctl", "run", "--json", "--keep", "--verbose",
		"--timeout=20s",
	};
	const char **argv;
	size_t n = 0, words = 0;
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	while (guest->job.run[words])
		words++;
	argv = calloc(ARRAY_SIZE(first) + words + 1, sizeof(*argv));
	if (!argv)
		_exit(STATUS_NOT_FOUND);
	for (; n < ARRAY_SIZE(first); n++)
		argv[n] = first[n];
	for (size_t i = 0; i < words; i++)
		argv[n++] = guest->job.run[i];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(err, STDERR_FILENO) < 0)
		_exit(STATUS_NOT_FOUND);
	execvp(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "cannot start pinctl: %s\n", strerror(errno));
	_exit(STATUS_NOT_FOUND);
}

static int start(struct running *running)
{
	int out[2] = { -1, -1 };
	int err[2] = { -1, -1 };
	int ret = 0;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		ret = -errno;
	if (!ret)
		running->pid = fork();
	if (!ret && running->pid < 0)
		ret = -errno;
	if (!ret && running->pid == 0)
		become_pinctl(running->guest, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	running->results.fd = out[0];
	running->messages.fd = err[0];
	if (!ret && (fcntl(out[0], F_SETFL, O_NONBLOCK) < 0 ||
		     fcntl(err[0], F_SETFL, O_NONBLOCK) < 0))
		ret = -errno;
	return ret;
}

static void reap(struct running *running)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(running->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != running->pid)
			continue;
		running->ended = true;
		running->status = WIFEXITED(status) ? WEXITSTATUS(status) :
			STATUS_SIGNAL + WTERMSIG(status);
	}
}

/* Its last words are in the pipes when it has ended. */
static void watch(struct running *running)
{
	while (!running->ended) {
		struct pollfd pollers[] = {
			{ .fd = running->signals, .events = POLLIN },
			{ .fd = running->results.fd, .events = POLLIN },
			{ .fd = running->messages.fd, .events = POLLIN },
			{ .fd = guest_kernel_fd(running->kernel),
			  .events = POLLIN },
		};
		bool open = guest_kernel_is_open(running->kernel);
		int n = poll(pollers, ARRAY_SIZE(pollers),
			     open ? QUIET_MS : -1);

		reap(running);
		read_messages(running);
		guest_kernel_read(running->kernel);
		read_results(running);
		if (n == 0)
			guest_kernel_flush(running->kernel);
	}
	read_messages(running);
	read_results(running);
	give_up_line(running, &running->messages);
	give_up_line(running, &running->results);
}

int guest_run(struct guest *guest)
{
	struct running running = { .guest = guest, .status = STATUS_NOT_FOUND };
	uint64_t tainted = guest_tainted();
	sigset_t child;
	int err;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	running.signals = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
	running.kernel = guest_kernel_open(guest);
	guest_kernel_read(running.kernel);
	err = running.signals < 0 ? -errno : start(&running);
	if (err)
		log_err("cannot start pinctl: %s", strerror(-err));
	else
		watch(&running);
	*guest->scenario = '\0';
	guest_kernel_close(running.kernel, tainted);
	free(running.results.bytes);
	free(running.messages.bytes);
	return running.status;
}
