/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A search for suspects, in a helper process: phases of steps, which its children
 * make, one child as long as all goes well. A child that does not get on and is
 * not running has met a lock that is held for as long as a request is; it is
 * killed, and another goes on behind that step. Most such waits end with the kill
 * (mm/process_vm_access.c and fs/proc/task_mmu.c take mmap_lock in a killable way,
 * 6.1 to 6.18); a child that stays is counted until it is gone.
 *
 * What has been killed does not write any more: it would have to return to its
 * program.
 */
#include "daemon/suspect-internal.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"
#include "common/json.h"

enum {
	STALL_MS = 60,		/* asleep in one step, at least: a lock's holder
				 * may be waiting for a processor */
	STALL_PART = 4,		/* and that part of the time that is left */
	KILL_MS = 20,		/* for a killed child to be gone */
	MAX_HUNG = 16,		/* children that stay */
};

/* What cannot block comes first, then what can, by how much it says. */
static suspect_step *const phases[] = {
	suspect_list_processes,
	suspect_list_calls,
	suspect_list_files,
	suspect_list_sort,
	suspect_maps_read,
	suspect_call_resolve,
	suspect_call_done,
	suspect_call_async,
	suspect_maps_page,
	suspect_maps_commands,
};

/* ---- answers ---- */

void suspect_tell(struct suspect_search *search, const char *key,
		  json_t *value)
{
	struct suspect_order *order = search->order;
	json_t *object = json_pack("{s:o}", key, value);
	size_t used = atomic_load(&order->used);
	size_t len = 0;
	autofree char *line = object ? json_line(object, &len) : NULL;

	json_decref(object);
	if (!line || len > sizeof(order->text) - used) {
		atomic_store(&order->full, true);
		return;
	}
	memcpy(order->text + used, line, len);
	atomic_store(&order->used, used + len);
}

void suspect_unknown(struct suspect_search *search, const char *fmt, ...)
{
	char text[PATH_MAX + 256];
	va_list args;

	if (search->nunknown > SUSPECT_MAX_UNKNOWN)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (search->nunknown++ == SUSPECT_MAX_UNKNOWN)
		snprintf(text, sizeof(text), "and more that could not be found "
			 "out");
	suspect_tell(search, "unknown", json_text(text));
}

void suspect_doing(struct suspect_search *search, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(search->doing, sizeof(search->doing), fmt, args);
	va_end(args);
	atomic_fetch_add(&search->progress, 1);
}

/* ---- a child ---- */

static NORETURN void child_main(struct suspect_search *search)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (; search->phase < ARRAY_SIZE(phases); search->phase++) {
		while (phases[search->phase](search, search->index)) {
			search->index++;
			atomic_fetch_add(&search->progress, 1);
		}
		search->index = 0;
	}
	_exit(0);
}

/* Has it a processor, or does it wait for one? */
static bool is_running(pid_t pid)
{
	autofree char *stat = NULL;
	char path[32];
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fdio_read_file(path, &stat))
		return true;
	at = strrchr(stat, ')');
	return at && strncmp(at, ") R", 3) == 0;
}

static bool has_ended(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) != 0;
}

static uint64_t stall_ns(const struct suspect_search *search)
{
	uint64_t now_ns = clock_now_ns();
	uint64_t deadline_ns = search->order->deadline_ns;
	uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;

	return MAX(left_ns / STALL_PART, STALL_MS * CLOCK_NS_PER_MS);
}

/* Return: true when it has ended; false: it sleeps in a step, or time is up. */
static bool watch(const struct suspect_search *search, pid_t pid)
{
	uint64_t asleep_since_ns = clock_now_ns();
	uint64_t limit_ns = stall_ns(search);
	unsigned int progress = atomic_load(&search->progress);

	while (!has_ended(pid)) {
		unsigned int now = atomic_load(&search->progress);
		uint64_t now_ns = clock_now_ns();

		if (now != progress || is_running(pid))
			asleep_since_ns = now_ns;
		progress = now;
		if (now_ns - asleep_since_ns > limit_ns ||
		    now_ns > search->order->deadline_ns)
			return false;
		clock_sleep_ns(CLOCK_NS_PER_MS / 2);
	}
	return true;
}

/* ---- the helper ---- */

static size_t hung;	/* children that have been killed and are not gone */

static void reap_hung(void)
{
	while (hung && waitpid(-1, NULL, WNOHANG) > 0)
		hung--;
}

static void give_up(pid_t pid)
{
	uint64_t deadline_ns = clock_deadline_ns(KILL_MS * CLOCK_NS_PER_MS);

	kill(pid, SIGKILL);
	while (!has_ended(pid)) {
		if (clock_now_ns() > deadline_ns) {
			hung++;
			return;
		}
		clock_sleep_ns(CLOCK_NS_PER_MS / 2);
	}
}

/* Can a call that writes into the file go unseen where this is given up? */
static bool is_about_writers(size_t phase)
{
	return phase < ARRAY_SIZE(phases) &&
	       (phases[phase] == suspect_list_processes ||
		phases[phase] == suspect_list_calls ||
		phases[phase] == suspect_list_files ||
		phases[phase] == suspect_call_resolve);
}

/* Return: whether all has been done. */
static bool advance(struct suspect_search *search)
{
	pid_t pid;

	reap_hung();
	pid = hung < MAX_HUNG ? fork() : -1;
	if (!pid)
		child_main(search);
	if (pid < 0) {
		suspect_unknown(search, "no process could be had that looks "
				"further");
		return true;
	}
	if (watch(search, pid)) {
		if (search->phase < ARRAY_SIZE(phases))
			suspect_unknown(search, "the search ended at: %s",
					search->doing);
		return true;
	}
	give_up(pid);
	if (is_about_writers(search->phase))
		atomic_store(&search->order->unresolved, true);
	if (clock_now_ns() > search->order->deadline_ns) {
		suspect_unknown(search, "the time was up at: %s; what comes "
				"after it was not looked at", search->doing);
		return true;
	}
	suspect_unknown(search, "%s could not be read in time", search->doing);
	search->index++;
	return false;
}

static void begin(struct suspect_search *search, struct suspect_order *order)
{
	search->order = order;
	search->major = major(order->query.dev);
	search->minor = minor(order->query.dev);
	search->phase = search->index = 0;
	search->nunknown = search->nprocesses = search->nranges = 0;
	search->ncalls = search->ntraced = 0;
	search->known_mnt_id = 0;
	search->many_open = false;
	memset(search->open_as, 0, sizeof(search->open_as));
	search->doing[0] = '\0';
}

static void say_denied(struct suspect_search *search)
{
	const struct suspect_process *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < search->nprocesses; i++) {
		const struct suspect_process *process = &search->processes[i];

		if (!process->is_denied)
			continue;
		if (!count++)
			first = process;
	}
	if (first)
		suspect_unknown(search, "%zu processes could not be looked at "
				"wholly (not permitted), such as process %d (%s)",
				count, (int)first->pid, first->comm);
}

void suspect_work(void *order)
{
	static struct suspect_search *search;

	if (!search) {
		void *memory = mmap(NULL, sizeof(*search),
				    PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			_exit(1);
		search = memory;
	}
	begin(search, order);
	while (!advance(search))
		;
	say_denied(search);
}
