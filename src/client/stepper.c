/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parent's side of a test client, and the child that it forks.
 *
 * The two talk over a socket pair: lines down, answers up. The child's first
 * line answers step 0, its start. Answers of started steps come when they come;
 * those that nobody waits for yet are kept in a list.
 *
 * The child closes every descriptor that it inherits but its socket and stderr:
 * a control connection or the log's descriptor in a client that sleeps for ever
 * would stay open with it. It dies with the thread that forked it.
 */
#include "client/stepper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/errname.h"
#include "client/stepper-answer.h"
#include "client/steps.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/list.h"
#include "common/log.h"
#include "common/mountinfo.h"
#include "common/unixsock.h"

#define SPAWN_NS (10 * CLOCK_NS_PER_SEC)
#define GRACE_NS (200 * CLOCK_NS_PER_MS)

enum { ANSWER_MAX = 64 << 10 };	/* bytes in an answer's line */

struct stepper {
	char *name;
	pid_t pid;
	int pidfd;		/* readable when the whole process has ended */
	int sock;
	unsigned int sent;	/* lines sent = number of the last one */
	struct unixsock_reader reader;
	struct list answers;	/* kept ones, in the order of their coming */
	void (*trace)(const char *name, const char *line, void *arg);
	void *trace_arg;
};

/* ---------------------------------------------------------------- the child */

/* Only stderr, the socket as stdin and stdout, and nothing else. */
static void take_socket(int sock)
{
	if (dup2(sock, STDIN_FILENO) < 0 || dup2(sock, STDOUT_FILENO) < 0)
		_exit(3);
	fdio_close_from(STDERR_FILENO + 1, -1);
}

/* The parent may handle signals in its own way; a client does not. */
static void reset_signals(void)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGTERM, SIGCHLD };
	sigset_t none;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		signal(numbers[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Say how the start went, as step 0. */
static void greet(int err)
{
	char line[64];
	int len = err ? snprintf(line, sizeof(line), "0 spawn fail errno=%s "
				 "us=0 start=0 end=0\n", errname_from(err)) :
			snprintf(line, sizeof(line),
				 "0 spawn ok ret=0 us=0 start=0 end=0\n");

	if (fdio_write(STDOUT_FILENO, line, (size_t)len) || err)
		_exit(3);
}

static void NORETURN child(int sock, const char *dir, pid_t parent)
{
	struct steps_config config = { .out = STDOUT_FILENO };
	struct steps *steps = NULL;
	FILE *in;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(3);
	reset_signals();
	take_socket(sock);
	config.mountpoint = dir;
	if (chdir(dir))
		greet(errno);
	if (steps_create(&config, &steps))
		greet(ENOMEM);
	in = fdopen(STDIN_FILENO, "r");
	if (!in)
		greet(errno);
	greet(0);
	_exit(steps_stream(steps, in) ? 3 : 0);
}

/* --------------------------------------------------------------- the parent */

static void trace(const struct stepper *stepper, const char *line)
{
	if (stepper->trace)
		stepper->trace(stepper->name, line, stepper->trace_arg);
}

/* The next answer, whatever it is to; caller frees. */
static int receive(struct stepper *stepper, uint64_t deadline_ns,
		   struct stepper_answer **answer_ret)
{
	autofree char *line = NULL;
	int err = unixsock_read_line(&stepper->reader, deadline_ns, &line);

	if (err)
		return err;
	trace(stepper, line);
	return stepper_answer_parse(line, answer_ret);
}

/* Take a kept answer to @step: the first, or the first that is final. */
static struct stepper_answer *take_kept(struct stepper *stepper,
					unsigned int step, bool final)
{
	list_for_each(node, &stepper->answers) {
		struct stepper_answer *answer;

		answer = list_entry(node, struct stepper_answer, node);
		if (answer->step != step ||
		    (final && answer->kind == STEPPER_STARTED))
			continue;
		list_remove(node);
		return answer;
	}
	return NULL;
}

/* The answer to @step; what comes for others meanwhile is kept. */
static int await(struct stepper *stepper, unsigned int step, bool final,
		 uint64_t deadline_ns, struct stepper_answer **answer_ret)
{
	struct stepper_answer *answer;

	while (!(answer = take_kept(stepper, step, final))) {
		int err = receive(stepper, deadline_ns, &answer);

		if (err)
			return err;
		list_append(&stepper->answers, &answer->node);
	}
	*answer_ret = answer;
	return 0;
}

/* A step's end as the callers see it. */
static int finish(struct stepper *stepper, unsigned int step,
		  uint64_t deadline_ns, struct stepper_result *result_ret)
{
	struct stepper_answer *answer;
	int err = await(stepper, step, true, deadline_ns, &answer);

	if (err)
		return err;
	*result_ret = answer->result;
	err = answer->kind == STEPPER_BAD ? -EINVAL : 0;
	free(answer);
	return err;
}

/* A client that does not read must not hang us. */
static int send_line(struct stepper *stepper, const char *line, size_t len,
		     uint64_t deadline_ns)
{
	while (len > 0) {
		struct pollfd pfd = { .fd = stepper->sock, .events = POLLOUT };
		ssize_t n = send(stepper->sock, line, len,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			line += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (clock_now_ns() >= deadline_ns)
				return -ETIMEDOUT;
			poll(&pfd, 1, 1);
		} else if (errno != EINTR) {
			return errno == ECONNRESET ? -EPIPE : -errno;
		}
	}
	return 0;
}

static int PRINTF(4, 0) send_step(struct stepper *stepper, uint64_t deadline_ns,
				  const char *suffix, const char *fmt,
				  va_list args)
{
	autofree char *text = NULL, *line = NULL;
	int len, err;

	if (vasprintf(&text, fmt, args) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	len = asprintf(&line, "%s%s\n", text, suffix);
	if (len < 0) {
		line = NULL;
		return -ENOMEM;
	}
	/* One step is one line that counts: see steps.h. */
	if (strchr(text, '\n') || !text[strspn(text, " \t")] ||
	    text[strspn(text, " \t")] == '#')
		return -EINVAL;
	err = send_line(stepper, line, (size_t)len, deadline_ns);
	if (err)
		return err;
	stepper->sent++;
	line[len - 1] = '\0';
	trace(stepper, line);
	return 0;
}

int stepper_do(struct stepper *stepper, uint64_t deadline_ns,
	       struct stepper_result *result_ret, const char *fmt, ...)
{
	va_list args;
	int err;

	va_start(args, fmt);
	err = send_step(stepper, deadline_ns, "", fmt, args);
	va_end(args);
	return err ? err : finish(stepper, stepper->sent, deadline_ns,
				  result_ret);
}

int stepper_send(struct stepper *stepper, uint64_t deadline_ns, const char *fmt,
		 ...)
{
	va_list args;
	int err;

	va_start(args, fmt);
	err = send_step(stepper, deadline_ns, "", fmt, args);
	va_end(args);
	return err;
}

int stepper_start(struct stepper *stepper, uint64_t deadline_ns,
		  unsigned int *step_ret, pid_t *tid_ret, const char *fmt, ...)
{
	struct stepper_answer *answer;
	va_list args;
	int err;

	va_start(args, fmt);
	err = send_step(stepper, deadline_ns, " &", fmt, args);
	va_end(args);
	if (!err)
		err = await(stepper, stepper->sent, false, deadline_ns,
			    &answer);
	if (err)
		return err;
	if (answer->kind == STEPPER_STARTED) {
		*step_ret = answer->step;
		*tid_ret = answer->tid;
	} else {
		log_err("client %s did not start step %u: %s", stepper->name,
			answer->step, answer->result.text);
		err = answer->kind == STEPPER_BAD ? -EINVAL :
			answer->result.err ? -answer->result.err : -EPROTO;
	}
	free(answer);
	return err;
}

int stepper_wait(struct stepper *stepper, unsigned int step,
		 uint64_t deadline_ns, struct stepper_result *result_ret)
{
	return finish(stepper, step, deadline_ns, result_ret);
}

void stepper_trace(struct stepper *stepper,
		   void (*fn)(const char *name, const char *line, void *arg),
		   void *arg)
{
	stepper->trace = fn;
	stepper->trace_arg = arg;
}

pid_t stepper_pid(const struct stepper *stepper)
{
	return stepper->pid;
}

bool stepper_has_ended(const struct stepper *stepper)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)stepper->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

/* ------------------------------------------------------------ start and end */

/* Fork; the child never returns. */
static int start_child(struct stepper *stepper, const char *dir)
{
	pid_t parent = getpid();
	int socks[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks))
		return -errno;
	stepper->pid = fork();
	if (stepper->pid < 0) {
		int err = -errno;

		close(socks[0]);
		close(socks[1]);
		return err;
	}
	if (stepper->pid == 0)
		child(socks[1], dir, parent);
	close(socks[1]);
	stepper->sock = socks[0];
	unixsock_reader_init(&stepper->reader, socks[0], ANSWER_MAX);
	stepper->pidfd = (int)syscall(SYS_pidfd_open, stepper->pid, 0);
	return stepper->pidfd < 0 ? -errno : 0;
}

static int await_greeting(struct stepper *stepper, const char *dir)
{
	struct stepper_result result;
	int err = finish(stepper, 0, clock_deadline_ns(SPAWN_NS), &result);

	if (!err && !result.ok)
		err = -result.err;
	if (err)
		log_err("client %s cannot start in '%s': %s", stepper->name,
			dir, strerror(-err));
	return err;
}

int stepper_spawn(const char *name, const char *dir,
		  struct stepper **stepper_ret)
{
	struct stepper *stepper = calloc(1, sizeof(*stepper));
	autofree char *absolute = NULL;
	int err;

	if (!stepper)
		return -ENOMEM;
	stepper->pid = -1;
	stepper->pidfd = -1;
	stepper->sock = -1;
	list_init(&stepper->answers);
	stepper->name = strdup(name);
	err = stepper->name ? mountinfo_absolute(dir, &absolute) : -ENOMEM;
	if (!err)
		err = start_child(stepper, absolute);
	if (!err)
		err = await_greeting(stepper, dir);
	if (err) {
		stepper_destroy(stepper, clock_deadline_ns(GRACE_NS));
		return err;
	}
	*stepper_ret = stepper;
	return 0;
}

/* Until the process has ended. Return: has it? Then it is reaped. */
static bool reap(struct stepper *stepper, uint64_t deadline_ns)
{
	for (;;) {
		struct pollfd pfd = { .fd = stepper->pidfd, .events = POLLIN };
		uint64_t now_ns = clock_now_ns();

		if (waitpid(stepper->pid, NULL, WNOHANG) == stepper->pid)
			return true;
		if (now_ns >= deadline_ns)
			return false;
		/* Without a pidfd (-1 is skipped): look every millisecond. */
		poll(&pfd, 1, stepper->pidfd < 0 ? 1 :
		     (int)MIN((deadline_ns - now_ns) / CLOCK_NS_PER_MS + 1,
			      UINT64_C(1000)));
	}
}

/* Ask by the end of input, then by SIGKILL. */
static int end_child(struct stepper *stepper, uint64_t deadline_ns)
{
	uint64_t grace_ns = clock_deadline_ns(GRACE_NS);

	if (stepper->pid < 0)
		return 0;
	if (stepper->sock >= 0)
		shutdown(stepper->sock, SHUT_WR);
	if (reap(stepper, MIN(grace_ns, deadline_ns)))
		return 0;
	kill(stepper->pid, SIGKILL);
	return reap(stepper, deadline_ns) ? 0 : -ETIMEDOUT;
}

int stepper_destroy(struct stepper *stepper, uint64_t deadline_ns)
{
	int err;

	if (!stepper)
		return 0;
	err = end_child(stepper, deadline_ns);
	list_for_each_safe(node, &stepper->answers)
		free(list_entry(node, struct stepper_answer, node));
	if (stepper->sock >= 0) {
		unixsock_reader_deinit(&stepper->reader);
		close(stepper->sock);
	}
	if (stepper->pidfd >= 0)
		close(stepper->pidfd);
	free(stepper->name);
	free(stepper);
	return err;
}
