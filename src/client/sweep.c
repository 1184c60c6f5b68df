/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the order of a sweep: kernels are started as they were named, as many at
 * once as there is room for, and each is waited for.
 *
 * Signals are let in only while this process waits for its children, so that
 * none comes between two steps.
 */
#include "client/sweep-internal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/log.h"

enum {
	JOBS_MAX = 64,		/* pollfds, and more than any memory holds */
	LOOK_MS = 500,		/* between two looks at the time and memory */
	REAP_S = 10,		/* longest for what was killed */
};

static volatile sig_atomic_t came;

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

static void on_signal(int number)
{
	came = number;
}

/* What was there before, to be put back. */
struct signals {
	struct sigaction old[ARRAY_SIZE(numbers)];
	sigset_t mask;		/* with which this process waits */
};

/* A signal that is ignored (nohup) stays ignored. */
static void catch_signals(struct signals *signals)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t ours;

	came = 0;
	sigemptyset(&ours);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(&ours, numbers[i]);
	sigprocmask(SIG_BLOCK, &ours, &signals->mask);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		sigaction(numbers[i], NULL, &signals->old[i]);
		if (signals->old[i].sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
}

static void leave_signals(const struct signals *signals)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaction(numbers[i], &signals->old[i], NULL);
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

/* ------------------------------------------------------------------ its steps */

static struct sweep_job *free_job(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->job_count; i++)
		if (!sweep->jobs[i].pid)
			return &sweep->jobs[i];
	return NULL;
}

/* Return: 0 or -errno: no process can be had. */
static int start_more(struct sweep *sweep)
{
	struct sweep_job *job;

	while (sweep->next < sweep->options->count &&
	       (job = free_job(sweep)) && sweep_room_for_one(sweep)) {
		int err = sweep_job_start(sweep, job, sweep->next);

		if (err)	/* later, when others have ended */
			return sweep->running ? 0 : err;
		sweep->next++;
		sweep->running++;
	}
	return 0;
}

/* Until somebody says something, a signal comes, or it is time for a look. */
static void wait_for_some(struct sweep *sweep, const struct signals *signals)
{
	struct timespec look = { .tv_nsec = LOOK_MS * CLOCK_NS_PER_MS };
	struct pollfd fds[2 * JOBS_MAX];
	nfds_t count = 0;

	for (size_t i = 0; i < sweep->job_count; i++) {
		const struct sweep_job *job = &sweep->jobs[i];

		if (!job->pid)
			continue;
		fds[count++] = (struct pollfd){ .fd = job->talk,
						.events = POLLIN };
		fds[count++] = (struct pollfd){ .fd = job->messages,
						.events = POLLIN };
	}
	ppoll(fds, count, &look, &signals->mask);
}

static void listen_to_all(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->job_count; i++) {
		struct sweep_job *job = &sweep->jobs[i];

		if (job->pid && !sweep_job_listen(sweep, job))
			sweep_job_end(sweep, job, NULL);
	}
}

static void end_all(struct sweep *sweep, const char *why)
{
	for (size_t i = 0; i < sweep->job_count; i++)
		if (sweep->jobs[i].pid)
			sweep_job_end(sweep, &sweep->jobs[i], why);
}

/*
 * The children of processes that were killed, which have become ours: a QEMU is
 * killed by its keeper at once, and has ended when pinctl has.
 */
static void reap_orphans(void)
{
	uint64_t deadline_ns = clock_deadline_ns(REAP_S * CLOCK_NS_PER_SEC);
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0 &&
	       clock_now_ns() < deadline_ns)
		if (pid == 0)
			clock_sleep_ns(CLOCK_NS_PER_MS);
}

static int go(struct sweep *sweep, const struct signals *signals)
{
	int err = 0;

	sweep_tell_begin(sweep);
	while (!came && !err) {
		err = start_more(sweep);
		if (!sweep->running)
			break;
		sweep_tell_now(sweep);
		wait_for_some(sweep, signals);
		listen_to_all(sweep);
	}
	sweep->signal = came;
	if (came)
		end_all(sweep, "the sweep was stopped by a signal");
	sweep_tell_finish();
	return err;
}

/* ------------------------------------------------------------------- the whole */

static int prepare(struct sweep *sweep)
{
	const struct sweep_options *options = sweep->options;
	size_t jobs = options->jobs ? options->jobs : JOBS_MAX;

	sweep->job_count = MIN(MIN(jobs, options->count), JOBS_MAX);
	sweep->processors = options->jobs ? SIZE_MAX : sweep_room_processors();
	sweep->memory_mib = sweep_room_memory();
	sweep->jobs = calloc(sweep->job_count, sizeof(*sweep->jobs));
	sweep->dirs = calloc(options->count, sizeof(*sweep->dirs));
	if (!sweep->jobs || !sweep->dirs) {
		log_err("cannot begin a sweep: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	return sweepdir_open(options->out, options->keep, &sweep->dir);
}

/* Of those that have one, in the order in which they were named. */
static void hand_over(struct sweep *sweep, struct sweep_done *done)
{
	size_t count = 0;

	for (size_t i = 0; i < sweep->options->count; i++)
		if (sweep->dirs[i])
			sweep->dirs[count++] = sweep->dirs[i];
	done->dirs = steal_ptr(sweep->dirs);
	done->count = count;
	done->signal = sweep->signal;
}

int sweep_run(const struct sweep_options *options, struct sweep_done *done_ret)
{
	struct sweep sweep = { .options = options };
	struct signals signals;
	int err = prepare(&sweep);

	if (!err) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		catch_signals(&signals);
		err = go(&sweep, &signals);
		reap_orphans();
		leave_signals(&signals);
		prctl(PR_SET_CHILD_SUBREAPER, 0);
		hand_over(&sweep, done_ret);
		if (err)
			sweep_done_release(done_ret);
	}
	sweepdir_close(sweep.dir);
	free(sweep.dirs);
	free(sweep.jobs);
	return err;
}

void sweep_done_release(struct sweep_done *done)
{
	for (size_t i = 0; i < done->count; i++)
		free(done->dirs[i]);
	free(done->dirs);
	*done = (struct sweep_done){ 0 };
}
