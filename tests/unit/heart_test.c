/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heart and the supervisor's watchdog. A child of the test plays the daemon;
 * it has no mount, so all that the watchdog can do is to kill it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/config.h"
#include "daemon/fs.h"
#include "daemon/gate.h"
#include "daemon/heart.h"
#include "daemon/hold.h"
#include "daemon/supervisor.h"

#include <cmocka.h>	/* last: its macros take common names */

#define SEC CLOCK_NS_PER_SEC

enum { LIVED = 42 };	/* exit status of a daemon that nobody killed */

struct daemon {
	struct config config;
	struct fs fs;
	struct hold hold;
	pid_t supervisor;
};

static void resume(UNUSED struct hold *hold)
{
}

/* The youngest child of this process: the supervisor, just forked. */
static pid_t child_of_ours(void)
{
	char path[64];
	int pid = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "r");
	while (file && fscanf(file, "%d", &pid) == 1)
		;
	if (file)
		fclose(file);
	return pid;
}

static void daemon_begin(struct daemon *daemon, uint64_t watchdog_ns)
{
	struct fs *fs = &daemon->fs;

	memset(daemon, 0, sizeof(*daemon));
	daemon->config.watchdog_ns = watchdog_ns;
	daemon->config.hold_max_ns = 60 * SEC;
	daemon->hold.gate_id = 1;
	daemon->hold.deadline_ns = clock_deadline_ns(60 * SEC);
	daemon->hold.resume = resume;
	fs->config = &daemon->config;
	if (supervisor_create(watchdog_ns, &fs->supervisor))
		_exit(1);
	daemon->supervisor = child_of_ours();
	if (hold_queue_create(&fs->holds) || gate_set_create(fs, &fs->gates))
		_exit(1);
	hold_park(fs->holds, &daemon->hold);
	if (heart_create(fs, &fs->heart))
		_exit(1);
}

/* ---- what a daemon goes through ---- */

static void live(UNUSED struct daemon *daemon)
{
	clock_sleep_ns(5 * SEC / 2);
}

static void stop(UNUSED struct daemon *daemon)
{
	raise(SIGSTOP);
}

static NORETURN bool never_return(UNUSED const struct hold *hold, UNUSED void *context)
{
	for (;;)
		pause();
}

/* Every thread but this one sleeps, as in a deadlock around this lock. */
static void keep_the_hold_lock(struct daemon *daemon)
{
	hold_each(daemon->fs.holds, never_return, NULL);
}

static void *arm_a_gate(void *arg)
{
	struct daemon *daemon = arg;

	/* Takes the gates' lock, then waits for the queue's. */
	gate_list(daemon->fs.gates);
	return NULL;
}

static void deadlock_gate_and_hold(struct daemon *daemon)
{
	struct gate_rule rule = { .ops = 1 << 15, .deadline_ns = SEC };
	pthread_t thread;
	uint64_t id;

	if (gate_arm(daemon->fs.gates, &rule, &id) ||
	    pthread_create(&thread, NULL, arm_a_gate, daemon))
		_exit(1);
	keep_the_hold_lock(daemon);
}

/* The supervisor does not run, and so cannot have seen a silence. */
static void stop_the_supervisor(struct daemon *daemon)
{
	kill(daemon->supervisor, SIGSTOP);
	clock_sleep_ns(5 * SEC / 2);
	kill(daemon->supervisor, SIGCONT);
	clock_sleep_ns(SEC / 2);
}

/*
 * Neither of them runs, and no beat waits in the socket when the supervisor
 * does: it has been silent for long, by the clock.
 */
static void stop_both(struct daemon *daemon)
{
	pid_t self = getpid();

	if (!fork()) {
		kill(self, SIGSTOP);
		clock_sleep_ns(SEC / 4);
		kill(daemon->supervisor, SIGSTOP);
		clock_sleep_ns(5 * SEC / 2);
		kill(daemon->supervisor, SIGCONT);
		clock_sleep_ns(SEC / 4);
		kill(self, SIGCONT);
		_exit(0);
	}
	clock_sleep_ns(4 * SEC);
}

static void lose_its_locks(struct daemon *daemon)
{
	heart_forget_locks(daemon->fs.heart);
	clock_sleep_ns(5 * SEC / 2);
}

struct life {
	const char *name;
	uint64_t watchdog_ns;
	void (*go)(struct daemon *daemon);
	bool killed;
};

static const struct life lives[] = {
	{ "a daemon that does nothing lives", SEC, live, false },
	{ "one that is stopped is killed", SEC, stop, true },
	{ "one that keeps the hold queue's lock is", SEC,
	  keep_the_hold_lock, true },
	{ "so is one that keeps the gates', too", SEC,
	  deadlock_gate_and_hold, true },
	{ "with a supervisor that was stopped it lives", SEC,
	  stop_the_supervisor, false },
	{ "when both were, too", SEC, stop_both, false },
	{ "on its way down, without gates and holds, it lives", SEC,
	  lose_its_locks, false },
};

/* Return: its wait status; it gets ten seconds. */
static int wait_for(pid_t pid)
{
	uint64_t deadline_ns = clock_deadline_ns(10 * SEC);
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_now_ns() > deadline_ns) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		clock_sleep_ns(CLOCK_NS_PER_MS);
	}
	return status;
}

static void live_and_die(void **state)
{
	const struct life *life = *state;
	pid_t pid = fork();
	int status;

	if (!pid) {
		static struct daemon daemon;

		daemon_begin(&daemon, life->watchdog_ns);
		life->go(&daemon);
		heart_destroy(daemon.fs.heart);
		supervisor_destroy(daemon.fs.supervisor);
		_exit(LIVED);
	}
	status = wait_for(pid);
	if (life->killed)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == LIVED);
}

static void off_has_no_heart(UNUSED void **state)
{
	struct config config = { .watchdog_ns = 0 };
	struct fs fs = { .config = &config };
	struct heart *heart = (struct heart *)&fs;

	assert_int_equal(heart_create(&fs, &heart), 0);
	assert_null(heart);
	heart_forget_locks(heart);
	heart_destroy(heart);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(lives) + 1];
	size_t n = 0;

	log_setup("heart_test", LOG_SINK_STDERR, false);
	for (; n < ARRAY_SIZE(lives); n++)
		tests[n] = (struct CMUnitTest){
			.name = lives[n].name,
			.test_func = live_and_die,
			.initial_state = (void *)(uintptr_t)&lives[n],
		};
	tests[n] = (struct CMUnitTest)cmocka_unit_test(off_has_no_heart);
	return cmocka_run_group_tests_name("heart", tests, NULL, NULL);
}
