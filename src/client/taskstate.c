/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the looks at where a thread sleeps.
 *
 * That a call is blocked cannot be seen by waiting some time: a loaded machine
 * is slow for longer than anybody wants to wait. It is seen by the thread: in
 * D state, in the same function, and with the same count of context switches,
 * so that it has not run since the look before.
 *
 * A thread that waits for memory, or is throttled because there is too much
 * dirty memory, looks the same and goes on by itself after some time: those
 * functions never count.
 */
#include "client/taskstate.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/fdio.h"

enum {
	LOOKS_AT_PAGE_WAIT = 10,	/* in a function that waits for a page */
	LOOKS_ELSEWHERE = 30,
};

static int read_entry(pid_t pid, pid_t tid, const char *name, char **text_ret)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
	err = fdio_read_file(path, text_ret);
	return err == -ENOENT ? -ESRCH : err;
}

/* The number after @key in /proc/.../status; 0 when it is not there. */
static uint64_t status_number(const char *status, const char *key)
{
	const char *at = strstr(status, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

int taskstate_look(pid_t pid, pid_t tid, struct taskstate *state_ret)
{
	autofree char *status = NULL;
	autofree char *place = NULL;
	const char *state;
	int err = read_entry(pid, tid, "status", &status);

	if (err)
		return err;
	state = strstr(status, "\nState:\t");
	if (!state)
		return -EIO;
	state_ret->state = state[strlen("\nState:\t")];
	state_ret->switches =
		status_number(status, "\nvoluntary_ctxt_switches:") +
		status_number(status, "\nnonvoluntary_ctxt_switches:");
	/* "0" is a thread that runs, or a kernel that does not tell. */
	if (read_entry(pid, tid, "wchan", &place) || strcmp(place, "0") == 0)
		state_ret->place[0] = '\0';
	else
		snprintf(state_ret->place, sizeof(state_ret->place), "%s",
			 place);
	return 0;
}

/* The number after @key in hexadecimal; 0 when it is not there. */
static uint64_t status_set(const char *status, const char *key)
{
	const char *at = strstr(status, key);

	return at ? strtoull(at + strlen(key), NULL, 16) : 0;
}

/* PF_EXITING in the flags, field 9 (fs/proc/array.c: do_task_stat(), 6.18). */
static bool is_exiting(pid_t pid, pid_t tid)
{
	enum { PF_EXITING = 4 };
	autofree char *stat = NULL;
	unsigned int flags = 0;
	const char *at;

	if (read_entry(pid, tid, "stat", &stat))
		return true;
	at = strrchr(stat, ')');
	return at && sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       (flags & PF_EXITING);
}

/* Return: whether a thread will not come back to its program. */
static bool thread_is_dying(pid_t pid, pid_t tid)
{
	const uint64_t killed = UINT64_C(1) << (SIGKILL - 1);
	autofree char *status = NULL;

	if (read_entry(pid, tid, "status", &status))
		return true;
	return (status_set(status, "\nSigPnd:\t") & killed) ||
	       (status_set(status, "\nShdPnd:\t") & killed) ||
	       is_exiting(pid, tid);
}

/* Note its state if it is the first that sleeps. */
static void note_sleep(pid_t pid, pid_t tid, struct taskstate *asleep)
{
	struct taskstate look;

	if (!asleep->state && taskstate_look(pid, tid, &look) == 0 &&
	    look.state == 'D')
		*asleep = look;
}

int taskstate_dying(pid_t pid, struct taskstate *asleep_ret)
{
	char path[64];
	struct dirent *entry;
	bool dying = true;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	*asleep_ret = (struct taskstate){ 0 };
	while (dying && (entry = readdir(dir))) {
		pid_t tid = atoi(entry->d_name);

		if (!tid)	/* "." and ".." */
			continue;
		dying = thread_is_dying(pid, tid);
		note_sleep(pid, tid, asleep_ret);
	}
	closedir(dir);
	return dying;
}

/*
 * folio_wait_writeback(), folio_wait_stable() and what they call
 * (mm/page-writeback.c, mm/filemap.c: 6.1 to 6.18), and FUSE's own wait up to
 * 6.15 (fs/fuse/file.c: fuse_wait_on_page_writeback(), 6.1).
 */
bool taskstate_waits_for_page(const struct taskstate *state)
{
	return strstr(state->place, "folio_wait") ||
	       strstr(state->place, "wait_on_page") ||
	       strstr(state->place, "writeback");
}

/*
 * Sleeps that end by time, or by what others do with memory (6.1 to 6.18):
 * balance_dirty_pages() (mm/page-writeback.c) for up to 200 ms;
 * reclaim_throttle() and throttle_direct_reclaim() (mm/vmscan.c);
 * mem_cgroup_handle_over_high() (mm/memcontrol.c); the retries of
 * __alloc_pages_slowpath() (mm/page_alloc.c) and mempool_alloc()
 * (mm/mempool.c). Names may have ".constprop" and the like behind them.
 */
static bool waits_for_memory(const struct taskstate *state)
{
	static const char *const functions[] = {
		"balance_dirty_pages", "reclaim", "handle_over_high",
		"alloc_pages", "mempool_alloc",
	};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strstr(state->place, functions[i]))
			return true;
	return false;
}

static bool same_sleep(const struct taskstate *a, const struct taskstate *b)
{
	return a->state == 'D' && b->state == 'D' &&
	       a->switches == b->switches && strcmp(a->place, b->place) == 0;
}

bool taskstate_stuck(struct taskstate_watch *watch,
		     const struct taskstate *state)
{
	watch->same = same_sleep(&watch->last, state) &&
		      !waits_for_memory(state) ? watch->same + 1 : 0;
	watch->last = *state;
	return watch->same >= (taskstate_waits_for_page(state) ? LOOKS_AT_PAGE_WAIT :
						       LOOKS_ELSEWHERE);
}
