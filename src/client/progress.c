/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the line that says how far a run is.
 *
 * A thread draws it: the scenario that one wants to know about is the one that
 * does not come to its end, and while it is waited for nobody else is there to
 * draw. The thread takes no signal, so that the handler of interrupt.c finds
 * but one thread that matters. For a second after each erasure it draws
 * nothing, so it does not come between the erasure and what is written then.
 */
#include "client/progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "client/statusline.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mutex.h"

#define PATIENCE_NS CLOCK_NS_PER_SEC
#define REDRAW_NS (100 * CLOCK_NS_PER_MS)

enum { TEXT_SIZE = 80 };

static struct {
	struct mutex lock;
	struct cond ended;
	pthread_t thread;
	bool running;			/* the thread is there; main's */
	bool over GUARDED_BY(lock);
	struct statusline line GUARDED_BY(lock);
	uint64_t next_ns GUARDED_BY(lock);	/* when it may be drawn */
	uint64_t number GUARDED_BY(lock);	/* 0: nothing runs yet */
	uint64_t total GUARDED_BY(lock);
	const char *name GUARDED_BY(lock);
} state = { .lock = MUTEX_INIT };

static void draw_locked(void) REQUIRES(state.lock)
{
	char text[TEXT_SIZE];
	char of[TEXT_SIZE] = "";

	if (!state.number)
		return;
	if (state.total)
		snprintf(of, sizeof(of), " of %llu",
			 (unsigned long long)state.total);
	snprintf(text, sizeof(text), "%llu%s, %s",
		 (unsigned long long)state.number, of, state.name);
	statusline_draw(&state.line, text);
}

static void *draw_main(void *arg)
{
	mutex_lock(&state.lock);
	while (!state.over) {
		if (clock_now_ns() >= state.next_ns) {
			draw_locked();
			state.next_ns = clock_deadline_ns(REDRAW_NS);
		}
		mutex_cond_wait_until(&state.ended, &state.lock,
				      state.next_ns);
	}
	mutex_unlock(&state.lock);
	return arg;
}

/* Without a thread there is no line, and nothing else is missing. */
static bool start_thread(void)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&state.thread, NULL, draw_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err == 0;
}

void progress_begin(void)
{
	bool shown;

	mutex_lock(&state.lock);
	statusline_begin(&state.line);
	shown = state.line.shown;
	state.over = false;
	state.number = 0;
	state.next_ns = clock_deadline_ns(PATIENCE_NS);
	mutex_unlock(&state.lock);
	if (!shown)
		return;
	mutex_cond_init(&state.ended);
	state.running = start_thread();
	log_before(progress_erase);
}

void progress_at(uint64_t number, uint64_t total, const char *name)
{
	mutex_lock(&state.lock);
	state.number = number;
	state.total = total;
	state.name = name;
	mutex_unlock(&state.lock);
}

void progress_erase(void)
{
	mutex_lock(&state.lock);
	if (state.line.drawn) {
		statusline_erase(&state.line);
		state.next_ns = clock_deadline_ns(PATIENCE_NS);
	}
	mutex_unlock(&state.lock);
}

void progress_end(void)
{
	if (!state.running)
		return;
	mutex_lock(&state.lock);
	state.over = true;
	mutex_cond_signal(&state.ended);
	mutex_unlock(&state.lock);
	pthread_join(state.thread, NULL);
	state.running = false;
	log_before(NULL);
	progress_erase();
}
