/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the signal handler. What it reads is written by the only thread of this
 * process, in an order in which a signal between two writes does no harm.
 */
#include "client/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/compiler.h"

static volatile pid_t owner;
static volatile pid_t children[INTERRUPT_CHILDREN];
static struct {
	volatile pid_t pid;	/* 0: none */
	volatile int fd;
} guards[INTERRUPT_GUARDS];
static const char *volatile files[2];
static struct sockaddr_un daemon_address;
static socklen_t daemon_address_len;
static const char *volatile request;

enum { REPLY_MS = 2000 };

static void kill_children(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		if (children[i] > 0)
			kill(children[i], SIGKILL);
}

/* Done when the reply is there; a daemon that gives none is not waited for. */
static void send_request(void)
{
	struct pollfd pfd = { .events = POLLIN };

	if (!request)
		return;
	pfd.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (pfd.fd < 0)
		return;
	if (connect(pfd.fd, (struct sockaddr *)&daemon_address,
		    daemon_address_len) == 0 &&
	    write(pfd.fd, request, strlen(request)) > 0)
		poll(&pfd, 1, REPLY_MS);
	close(pfd.fd);
}

/* All are told before one is waited for. */
static void end_guards(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(guards); i++) {
		ssize_t n;

		if (guards[i].pid <= 0)
			continue;
		n = write(guards[i].fd, "", 1);
		(void)n;	/* when it does not take it, it is ending */
		close(guards[i].fd);
	}
	for (size_t i = 0; i < ARRAY_SIZE(guards); i++)
		while (guards[i].pid > 0 &&
		       waitpid(guards[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
}

static void remove_files(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i])
			unlink(files[i]);
}

static void on_signal(int number)
{
	if (getpid() == owner) {
		kill_children();
		send_request();
		end_guards();
		remove_files();
	}
	/* SA_RESETHAND: this one ends the process, once the handler is left. */
	raise(number);
}

void interrupt_setup(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = (int)SA_RESETHAND };
	struct sigaction old;

	owner = getpid();
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(&action.sa_mask, numbers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (sigaction(numbers[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
}

static void replace_child(pid_t old, pid_t new)
{
	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		if (children[i] == old) {
			children[i] = new;
			return;
		}
	}
}

void interrupt_add_child(pid_t pid)
{
	replace_child(0, pid);
}

void interrupt_remove_child(pid_t pid)
{
	replace_child(pid, 0);
}

void interrupt_add_guard(pid_t guard, int fd)
{
	for (size_t i = 0; i < ARRAY_SIZE(guards); i++) {
		if (guards[i].pid == 0) {
			guards[i].fd = fd;
			guards[i].pid = guard;
			return;
		}
	}
}

void interrupt_remove_guard(pid_t guard)
{
	for (size_t i = 0; i < ARRAY_SIZE(guards); i++)
		if (guards[i].pid == guard)
			guards[i].pid = 0;
}

void interrupt_set_files(const char *first, const char *second)
{
	files[0] = first;
	files[1] = second;
}

int interrupt_set_request(int fd, const char *text)
{
	socklen_t len = sizeof(daemon_address);

	request = NULL;
	if (!text)
		return 0;
	if (getpeername(fd, (struct sockaddr *)&daemon_address, &len))
		return -errno;
	daemon_address_len = len;
	request = text;
	return 0;
}
