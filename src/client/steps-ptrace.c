/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The step that writes into memory as a debugger does: PTRACE_POKEDATA, word by
 * word, into a child that has the same shared mapping.
 *
 * The child has an address space of its own, but no descriptors of its own, so
 * that its end flushes no file. It only waits, is stopped before the first
 * word, and dies with the thread that made it, however that ends. Its end still
 * writes back what it had mapped and waits for that (fs/fuse/file.c:
 * fuse_vma_close(), 6.1 to 6.18): with such a WRITE held it cannot be waited
 * for. So all waiting for it has an end; what is left then goes with the WRITE.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/steps-call.h"
#include "common/cleanup.h"

enum {
	CHILD_STACK = 64 << 10,		/* bytes */
	LOOK_NS = 200000,		/* between two looks at the child */
};

#define STOP_NS (5 * CLOCK_NS_PER_SEC)	/* longest wait for its stop */
#define END_NS (1 * CLOCK_NS_PER_SEC)	/* ... and for its end */

/* ---------------------------------------------------------------- the child */

/* Nothing that takes a lock: another thread may have held it at the clone. */
static int child_main(void *arg)
{
	const pid_t *parent = arg;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == *parent)
		pause();
	_exit(0);
}

/* Return: its pid, or -errno. */
static pid_t make_child(char *stack)
{
	pid_t parent = getpid(), pid;

	pid = clone(child_main, stack + CHILD_STACK, CLONE_FILES | SIGCHLD,
		    &parent);
	return pid < 0 ? -errno : pid;
}

/* Until it has stopped or ended. Return: 0; -ETIMEDOUT; -errno. */
static int wait_child(pid_t child, uint64_t deadline_ns, int *status_ret)
{
	pid_t pid;

	while ((pid = waitpid(child, status_ret, WNOHANG | __WALL)) == 0) {
		if (clock_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
		clock_sleep_ns(LOOK_NS);
	}
	return pid < 0 ? -errno : 0;
}

/* Return: 0: it is ours, and stopped; -errno. */
static int stop_child(pid_t child)
{
	int status = 0, err;

	if (ptrace(PTRACE_SEIZE, child, NULL, (void *)PTRACE_O_EXITKILL) ||
	    ptrace(PTRACE_INTERRUPT, child, NULL, NULL))
		return -errno;
	err = wait_child(child, clock_deadline_ns(STOP_NS), &status);
	return err ? err : WIFSTOPPED(status) ? 0 : -ESRCH;
}

/* A stop may still be on its way to us; what comes last is the end. */
static void end_child(struct steps_call *call, pid_t child)
{
	uint64_t deadline_ns = clock_deadline_ns(END_NS);
	int status = 0, err;

	kill(child, SIGKILL);
	do
		err = wait_child(child, deadline_ns, &status);
	while (!err && WIFSTOPPED(status));
	if (err)
		steps_say(call, "left", "%d", child);
}

/* ----------------------------------------------------------------- the step */

/* For STEPS_TIMED(). */
static long poke(pid_t child, char *to, const char *from, size_t len)
{
	for (size_t i = 0; i < len; i += sizeof(long)) {
		long word;

		memcpy(&word, from + i, sizeof(word));
		if (ptrace(PTRACE_POKEDATA, child, to + i, word))
			return -1;
	}
	return (long)len;
}

static long poke_child(struct steps_call *call, struct steps_mem mem,
		       const char *buf)
{
	autofree char *stack = malloc(CHILD_STACK);
	pid_t child;
	long ret;

	if (!stack)
		return -ENOMEM;
	child = make_child(stack);
	if (child < 0)
		return child;
	ret = stop_child(child);
	if (ret)
		steps_say(call, "refused", "ptrace");
	else
		ret = STEPS_TIMED(call, poke(child, mem.addr, buf, mem.len));
	end_child(call, child);
	return ret;
}

long steps_do_ptrace_poke(struct steps_call *call)
{
	uint64_t at = steps_size_or(call, "at", 0);
	size_t len = steps_len(call);
	struct steps_mem mem = steps_mem(call, "into", at, len);
	autofree char *buf = steps_filled(call, len, mem.file, mem.off);

	if (at % sizeof(long) || len % sizeof(long))
		steps_bad(call, "at= and len= must be multiples of %zu",
			  sizeof(long));
	if (!steps_begin(call))
		return 0;
	return poke_child(call, mem, buf);
}
