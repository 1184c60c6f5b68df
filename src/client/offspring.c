/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the search through /proc for those below this process.
 *
 * A process that forks while it is looked for is found the next time; whoever
 * ends them all asks again until there are none.
 */
#include "client/offspring.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fdio.h"

enum { LOOK_MS = 10 };	/* between two looks */

struct table {
	struct offspring *list;
	size_t count;
	size_t room;
};

/*
 * PID (NAME) STATE PPID PGRP ... NUM_THREADS, proc_pid_stat(5). A name may hold
 * brackets and spaces. One whose main thread has ended is a zombie by its state,
 * and lives on while there are other threads.
 */
static bool parse_stat(const char *text, struct offspring *process)
{
	const char *open = strchr(text, '(');
	const char *close = strrchr(text, ')');
	long threads;
	char state;

	if (!open || !close || close < open)
		return false;
	if (sscanf(close + 1, " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %*u "
		   "%*u %*d %*d %*d %*d %ld", &state, &process->parent,
		   &process->group, &threads) != 4)
		return false;
	snprintf(process->name, sizeof(process->name), "%.*s",
		 (int)(close - open - 1), open + 1);
	process->ended = state == 'X' || (state == 'Z' && threads <= 1);
	return true;
}

static int add(struct table *table, pid_t pid)
{
	struct offspring process = { .pid = pid };
	autofree char *text = NULL;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (fdio_read_file(path, &text) || !parse_stat(text, &process))
		return 0;	/* has gone */
	if (table->count == table->room) {
		size_t room = table->room ? 2 * table->room : 256;
		struct offspring *list = realloc(table->list,
						 room * sizeof(*list));

		if (!list)
			return -ENOMEM;
		table->list = list;
		table->room = room;
	}
	table->list[table->count++] = process;
	return 0;
}

static int read_table(struct table *table)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int err = dir ? 0 : -errno;

	while (!err && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			err = add(table, (pid_t)atoi(entry->d_name));
	if (dir)
		closedir(dir);
	return err;
}

static bool is_watcher(const struct offspring *process)
{
	return strcmp(process->name, "pinctl-guard") == 0 ||
	       strcmp(process->name, "pinfs-superv") == 0;
}

static int compare(const void *key, const void *member)
{
	pid_t pid = *(const pid_t *)key;
	pid_t other = ((const struct offspring *)member)->pid;

	return pid < other ? -1 : pid > other;
}

/* /proc lists them in ascending order (fs/proc/base.c: next_tgid(), 6.18). */
static const struct offspring *parent_of(const struct table *table,
					 const struct offspring *process)
{
	return bsearch(&process->parent, table->list, table->count,
		       sizeof(*table->list), compare);
}

/* Parents come before or behind their children: until nothing changes. */
static void mark(struct table *table, pid_t spare)
{
	pid_t self = getpid();
	bool changed = true;

	while (changed) {
		changed = false;
		for (size_t i = 0; i < table->count; i++) {
			struct offspring *process = &table->list[i];
			const struct offspring *parent =
				parent_of(table, process);
			bool ours = process->parent == self ||
				    (parent && parent->ours);
			bool spared = ours &&
				      (process->pid == spare ||
				       is_watcher(process) ||
				       (parent && parent->spared));

			changed |= ours != process->ours ||
				   spared != process->spared;
			process->ours = ours;
			process->spared = spared;
		}
	}
}

ssize_t offspring_find(pid_t spare, struct offspring **list_ret)
{
	struct table table = { 0 };
	size_t count = 0;
	int err = read_table(&table);

	if (err) {
		free(table.list);
		return err;
	}
	mark(&table, spare);
	for (size_t i = 0; i < table.count; i++)
		if (table.list[i].ours && !table.list[i].ended)
			table.list[count++] = table.list[i];
	*list_ret = table.list;
	return (ssize_t)count;
}

size_t offspring_signal(pid_t spare, pid_t group, int number)
{
	autofree struct offspring *list = NULL;
	ssize_t n = offspring_find(spare, &list);
	size_t sent = 0;

	for (ssize_t i = 0; i < n; i++) {
		if (list[i].spared || (group && list[i].group != group))
			continue;
		kill(list[i].pid, number);
		sent++;
	}
	return sent;
}

static bool any(pid_t spare, bool all)
{
	autofree struct offspring *list = NULL;
	ssize_t n = offspring_find(spare, &list);

	for (ssize_t i = 0; i < n; i++)
		if (all || !list[i].spared)
			return true;
	return false;
}

bool offspring_wait(pid_t spare, bool all, int timeout_ms)
{
	uint64_t deadline_ns = clock_deadline_ns((uint64_t)timeout_ms *
						 CLOCK_NS_PER_MS);

	for (;;) {
		if (!any(spare, all))
			return true;
		if (clock_now_ns() >= deadline_ns)
			return false;
		clock_sleep_ns(LOOK_MS * CLOCK_NS_PER_MS);
	}
}
