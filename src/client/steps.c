/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core of the step interpreter: from a line to a call, and a call to its
 * end in this thread or in another. Everything that a step may sleep in is a
 * system call made without a lock.
 */
#include "client/steps.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/faultguard.h"
#include "client/steps-call.h"
#include "common/log.h"

/*
 * A thread that sleeps in a page fault may hold the lock of the address space
 * (mm/memory.c: lock_mm_and_find_vma(), all faults on files before v6.7), and
 * brk(2), mmap(2) and munmap(2) of the other threads wait for it. So memory for
 * buffers and messages comes from a heap that has grown before, not from the
 * kernel.
 */
static void grow_heap(void)
{
	enum { HEAP = 8 << 20, MMAP_FROM = 32 << 20 };

	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, MMAP_FROM);
	mallopt(M_TRIM_THRESHOLD, 4 * MMAP_FROM);
	mallopt(M_TOP_PAD, HEAP);
	free(malloc(HEAP));
}

int steps_create(const struct steps_config *config, struct steps **steps_ret)
{
	struct steps *steps = calloc(1, sizeof(*steps));
	int err;

	if (!steps)
		return -ENOMEM;
	grow_heap();
	faultguard_setup();
	signal(SIGPIPE, SIG_IGN);
	steps->config = *config;
	mutex_init(&steps->lock);
	mutex_init(&steps->out_lock);
	mutex_cond_init(&steps->changed);
	list_init(&steps->jobs);
	list_init(&steps->files);
	list_init(&steps->mems);
	list_init(&steps->paths);
	err = steps_pool_create(&steps->pool);
	if (err) {
		steps_destroy(steps);
		return err;
	}
	*steps_ret = steps;
	return 0;
}

void steps_destroy(struct steps *steps)
{
	if (!steps)
		return;
	steps_pool_destroy(steps->pool);
	steps_drop_objects(steps);
	list_for_each_safe(node, &steps->jobs)
		free(list_entry(node, struct steps_job, node));
	mutex_cond_deinit(&steps->changed);
	mutex_deinit(&steps->out_lock);
	mutex_deinit(&steps->lock);
	free(steps);
}

/* ------------------------------------------------------------ a call's life */

static struct steps_call *call_create(struct steps *steps)
{
	struct steps_call *call = calloc(1, sizeof(*call));

	if (call) {
		call->steps = steps;
		call->number = steps->number;
	}
	return call;
}

void steps_call_destroy(struct steps_call *call)
{
	parse_line_deinit(&call->line);
	free(call);
}

/* Cut the line; what is wrong with it is noted as bad. */
static void read_line(struct steps_call *call, const char *line, size_t len)
{
	int err = strlen(line) == len ? parse_line_init(&call->line, line) :
					-EILSEQ;

	if (err == -EILSEQ)
		steps_bad(call, "the line holds a NUL byte");
	else if (err == -E2BIG)
		steps_bad(call, "more than %d words", PARSE_MAX_WORDS);
	else if (err == -EINVAL)
		steps_bad(call, "unbalanced quotes, an empty key, or a control "
			  "character");
	else if (err)
		call->err = -err;
	if (err || !call->line.verb)
		return;
	call->verb = steps_find_verb(call->line.verb);
	if (!call->verb)
		steps_bad(call, "'%s' is not a step", call->line.verb);
}

/* Is the last word '&'? */
static bool take_ampersand(struct steps_call *call)
{
	size_t n = call->line.nwords;

	if (n == 0 || call->line.words[n - 1].value ||
	    strcmp(call->line.words[n - 1].key, "&") != 0)
		return false;
	call->line.words[n - 1].used = true;
	return true;
}

static bool is_understood(const struct steps_call *call)
{
	return !call->bad[0] && !call->err;
}

bool steps_check(struct steps_call *call)
{
	const char *word = parse_line_unused(&call->line);

	if (word)
		steps_bad(call, "word '%s' is not known to %s", word,
			  call->verb->name);
	return is_understood(call);
}

static void set_state(struct steps_call *call, enum steps_state state)
{
	mutex_lock(&call->steps->lock);
	call->job->state = state;
	mutex_cond_broadcast(&call->steps->changed);
	mutex_unlock(&call->steps->lock);
}

bool steps_begin(struct steps_call *call)
{
	if (!steps_check(call))
		return false;
	if (!call->job)
		return true;
	call->job->tid = gettid();
	/* When nobody reads any more, writing the last answer says so. */
	(void)!steps_answer(call, STEPS_SAY_STARTED, 0);
	set_state(call, STEPS_RUNNING);
	return true;
}

/* After the answer: who waits for a state has seen the answer before. */
static void count(struct steps_call *call, bool ok)
{
	struct steps *steps = call->steps;

	mutex_lock(&steps->lock);
	if (call->bad[0])
		steps->totals.bad++;
	else if (ok)
		steps->totals.ok++;
	else
		steps->totals.failed++;
	if (call->job) {
		call->job->state = ok ? STEPS_OK : STEPS_FAILED;
		mutex_cond_broadcast(&steps->changed);
	}
	mutex_unlock(&steps->lock);
}

int steps_run(struct steps_call *call)
{
	long ret = 0;
	bool ok;
	int err;

	if (is_understood(call))
		ret = call->verb->run(call);
	if (call->err)
		ret = -(long)call->err;
	ok = !call->bad[0] && ret >= 0;
	err = steps_answer(call, call->bad[0] ? STEPS_SAY_BAD : STEPS_SAY_DONE,
			   ret);
	count(call, ok);
	return err;
}

/* ------------------------------------------------------------ started steps */

/* Until the call has said "started", or has ended before it could. */
static void wait_begun(struct steps *steps, const struct steps_job *job)
{
	mutex_lock(&steps->lock);
	while (job->state == STEPS_PREPARING)
		mutex_cond_wait(&steps->changed, &steps->lock);
	mutex_unlock(&steps->lock);
}

static int start(struct steps_call *call)
{
	struct steps *steps = call->steps;
	struct steps_job *job = calloc(1, sizeof(*job));
	int err = job ? 0 : -ENOMEM;

	if (!err) {
		job->number = call->number;
		job->verb = call->verb->name;
		call->job = job;
		mutex_lock(&steps->lock);
		list_append(&steps->jobs, &job->node);
		mutex_unlock(&steps->lock);
		err = steps_pool_run(steps->pool, call);
	}
	if (err) {
		call->err = -err;
		err = steps_run(call);
		steps_call_destroy(call);
		return err;
	}
	wait_begun(steps, job);
	return 0;
}

int steps_line(struct steps *steps, const char *line, size_t len)
{
	struct steps_call *call = call_create(steps);
	int err;

	if (!call)
		return -ENOMEM;
	read_line(call, line, len);
	if (is_understood(call) && !call->line.verb) {
		steps_call_destroy(call);
		return 0;
	}
	call->number = ++steps->number;
	if (is_understood(call) && take_ampersand(call))
		return start(call);
	err = steps_run(call);
	steps_call_destroy(call);
	return err;
}

int steps_stream(struct steps *steps, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len = 0;
	int err = 0;

	while (!err && (len = getline(&line, &size, in)) >= 0)
		err = steps_line(steps, line, (size_t)len);
	if (!err && ferror(in))
		err = errno ? -errno : -EIO;
	free(line);
	return err;
}

static bool is_running(const struct steps_job *job)
{
	return job->state == STEPS_PREPARING || job->state == STEPS_RUNNING;
}

static unsigned int running_locked(struct steps *steps) REQUIRES(steps->lock)
{
	unsigned int running = 0;

	list_for_each(node, &steps->jobs)
		running += is_running(list_entry(node, struct steps_job, node));
	return running;
}

unsigned int steps_wait(struct steps *steps, uint64_t deadline_ns)
{
	unsigned int running;

	mutex_lock(&steps->lock);
	while ((running = running_locked(steps)) > 0 &&
	       clock_now_ns() < deadline_ns)
		mutex_cond_wait_until(&steps->changed, &steps->lock,
				      deadline_ns);
	mutex_unlock(&steps->lock);
	return running;
}

void steps_log_running(struct steps *steps)
{
	mutex_lock(&steps->lock);
	list_for_each(node, &steps->jobs) {
		struct steps_job *job;

		job = list_entry(node, struct steps_job, node);
		if (is_running(job))
			log_err("step %u (%s) is still running in thread %d",
				job->number, job->verb, job->tid);
	}
	mutex_unlock(&steps->lock);
}

struct steps_totals steps_totals(struct steps *steps)
{
	struct steps_totals totals;

	mutex_lock(&steps->lock);
	totals = steps->totals;
	mutex_unlock(&steps->lock);
	return totals;
}
