/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One test client: a process of its own that runs steps (steps.h) on a mount
 * and answers each. The same interpreter serves "pinctl client", where lines
 * come from standard input, and the scenarios, where they come from here. A
 * client that touches a held page sleeps uninterruptibly: so the side that
 * drives it never waits without a deadline, and never reads its memory.
 */
#ifndef PIN_STEPPER_H
#define PIN_STEPPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/compiler.h"

struct stepper;

/* What a step answered. */
struct stepper_result {
	bool ok;		/* the call succeeded */
	long ret;		/* its return value (bytes, mismatches, ...) */
	int err;		/* errno when not ok, else 0 */
	uint64_t start_ns;	/* CLOCK_MONOTONIC around the system call */
	uint64_t end_ns;
	char text[256];		/* the answer's other key=value words */
};

/**
 * stepper_spawn() - fork a client whose working directory is @dir
 * @name: for messages ("a")
 * @dir:  also what "mark" takes for the mount point
 *
 * Context: the client dies with the thread that calls this. A stepper is used
 * by one thread at a time.
 * Return: 0; -ETIMEDOUT, -errno of chdir(2) or fork(2). A message was logged.
 */
int stepper_spawn(const char *name, const char *dir,
		  struct stepper **stepper_ret) MUST_CHECK;
/**
 * stepper_destroy() - close its input, give it a moment to end, kill it
 * @deadline_ns: longest wait for its end (it may sleep in D state until
 *               everything held has been released)
 * Return: 0; -ETIMEDOUT it is still there (it has SIGKILL pending). @stepper
 * is freed in either case; NULL is allowed.
 */
int stepper_destroy(struct stepper *stepper, uint64_t deadline_ns);
pid_t stepper_pid(const struct stepper *stepper);
/* Has the process ended, with all its threads? It may be unreaped. */
bool stepper_has_ended(const struct stepper *stepper);

/**
 * stepper_do() - run one step to its end
 * Return: 0 answered (look at @result->ok); -ETIMEDOUT; -EINVAL the client did
 * not understand the line (result->text has its message); -EPIPE it has died.
 */
int stepper_do(struct stepper *stepper, uint64_t deadline_ns,
	       struct stepper_result *result_ret, const char *fmt, ...)
	PRINTF(4, 5) MUST_CHECK;
/* Send a step that is not answered: "exit". Return: 0, -ETIMEDOUT, -EPIPE. */
int stepper_send(struct stepper *stepper, uint64_t deadline_ns, const char *fmt,
		 ...) PRINTF(3, 4) MUST_CHECK;
/**
 * stepper_start() - begin a step in a thread of the client ("... &")
 * @step_ret: its number, for stepper_wait()
 * @tid_ret:  the thread that runs it, for /proc/PID/task/TID
 */
int stepper_start(struct stepper *stepper, uint64_t deadline_ns,
		  unsigned int *step_ret, pid_t *tid_ret, const char *fmt, ...)
	PRINTF(5, 6) MUST_CHECK;
/* Wait for a started step. Return: as stepper_do(). */
int stepper_wait(struct stepper *stepper, unsigned int step,
		 uint64_t deadline_ns, struct stepper_result *result_ret)
	MUST_CHECK;
/* Every line sent and answer received is also given to @trace (NULL: off). */
void stepper_trace(struct stepper *stepper,
		   void (*trace)(const char *name, const char *line, void *arg),
		   void *arg);

#endif
