/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signals come in the thread that made the access (they are synchronous),
 * so a place to jump to per thread is enough. The jump restores the signal
 * mask: in a handler its signal is blocked, and the next would kill.
 */
#include "client/faultguard.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>

static __thread sigjmp_buf escape;
static __thread volatile sig_atomic_t armed;

static void on_fault(int number)
{
	if (armed) {
		armed = 0;
		siglongjmp(escape, number);
	}
	/* Not ours: returning repeats the access, which then kills. */
	signal(number, SIG_DFL);
}

void faultguard_setup(void)
{
	struct sigaction action = { .sa_handler = on_fault };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

int faultguard_call(void (*fn)(void *arg), void *arg)
{
	int number = sigsetjmp(escape, 1);

	if (number)
		return number;
	armed = 1;
	fn(arg);
	armed = 0;
	return 0;
}

struct copy {
	void *to;
	const void *from;
	size_t len;
};

static void do_copy(void *arg)
{
	const struct copy *copy = arg;

	memcpy(copy->to, copy->from, copy->len);
}

int faultguard_copy(void *to, const void *from, size_t len)
{
	struct copy copy = { to, from, len };

	return faultguard_call(do_copy, &copy);
}
