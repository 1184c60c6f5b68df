/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of a search, the calls that their threads are in, and their
 * descriptors. Nothing here asks for a lock of an address space: only
 * /proc/PID/syscall waits for one, while its process is in execve(2)
 * (fs/proc/base.c: lock_trace(), fs/exec.c: exec_mmap(), 6.18).
 */
#include "daemon/suspect-internal.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/json.h"

static DIR *open_dir(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return opendir(path);
}

/* The next entry that is a number; -1 at the end. */
static int next_number(DIR *dir)
{
	struct dirent *entry;

	while ((entry = readdir(dir)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			return atoi(entry->d_name);
	return -1;
}

/* ---- processes ---- */

/* PF_KTHREAD in the flags, field 9 (fs/proc/array.c: do_task_stat(), 6.18). */
static bool is_kernel_thread(pid_t pid)
{
	enum { PF_KTHREAD = 0x00200000 };
	autofree char *stat = NULL;
	char path[32];
	unsigned int flags = 0;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fdio_read_file(path, &stat))
		return true;
	at = strrchr(stat, ')');
	return !at ||
	       sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) != 1 ||
	       (flags & PF_KTHREAD);
}

static void add_process(struct suspect_search *search, pid_t pid)
{
	const struct suspect_order *order = search->order;
	struct suspect_process *process;

	if (pid == order->daemon || pid == getpid() || pid == getppid() ||
	    is_kernel_thread(pid))
		return;
	process = &search->processes[search->nprocesses];
	*process = (struct suspect_process){ .pid = pid };
	if (pid == order->query.pid)
		process->likely = SUSPECT_IS_HINT;
	suspect_file_comm(pid, process->comm);
	search->nprocesses++;
}

static void add_call(struct suspect_search *search, const struct call *call,
		     pid_t pid, bool traced)
{
	const struct call_shape *shape = call_shape(call->number);

	if (!shape)
		return;
	if (search->ncalls == ARRAY_SIZE(search->calls)) {
		suspect_unknown(search, "more threads are in calls than can be "
				"looked at, such as thread %d in %s",
				(int)call->tid, shape->name);
		return;
	}
	search->calls[search->ncalls++] = (struct suspect_call){
		.call = *call, .shape = shape, .pid = pid, .traced = traced,
	};
}

/* Those that are no business of the window's, or ours, are not asked for. */
static void add_traced(struct suspect_search *search)
{
	const struct suspect_order *order = search->order;
	const struct suspect_query *query = &order->query;

	for (size_t i = 0; i < order->ncalls; i++) {
		const struct call *call = &order->calls[i];
		pid_t pid = suspect_file_process(call->tid);

		if (pid == order->daemon || (call->exit_ns && call->exit_ns < query->from_ns) ||
		    (query->to_ns && call->enter_ns > query->to_ns))
			continue;
		add_call(search, call, pid, true);
	}
	search->ntraced = search->ncalls;
}

bool suspect_list_processes(struct suspect_search *search, size_t index)
{
	DIR *dir;
	pid_t pid;

	if (index)
		return false;
	suspect_doing(search, "the list of processes");
	add_traced(search);
	dir = opendir("/proc");
	if (!dir) {
		suspect_unknown(search, "/proc cannot be read: %s",
				strerror(errno));
		return false;
	}
	while ((pid = next_number(dir)) > 0 &&
	       search->nprocesses < SUSPECT_MAX_PROCESSES)
		add_process(search, pid);
	closedir(dir);
	search->many_open |= pid > 0;
	if (pid > 0)
		suspect_unknown(search, "there are more than %d processes: not "
				"all have been looked at",
				SUSPECT_MAX_PROCESSES);
	return true;
}

/* ---- calls ---- */

static bool is_traced(const struct suspect_search *search,
		      const struct call *call)
{
	for (size_t i = 0; i < search->ntraced; i++) {
		const struct suspect_call *other = &search->calls[i];

		if (other->call.tid == call->tid &&
		    other->call.number == call->number &&
		    !other->call.exit_ns &&
		    !memcmp(other->call.args, call->args, sizeof(call->args)))
			return true;
	}
	return false;
}

/* Calls that close descriptors, of which the file system does not know yet. */
static bool is_closing(int number)
{
	switch (number) {
	case SYS_close:
	case SYS_close_range:
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
	case SYS_execve:
	case SYS_execveat:
	case SYS_exit:
	case SYS_exit_group:
		return true;
	default:
		return false;
	}
}

/* Return: 0; 1: it is closing something; -EAGAIN it is running; -errno. */
static int look_at_thread(struct suspect_search *search, pid_t pid, pid_t tid)
{
	char text[PROCFS_TEXT_SIZE];
	struct procfs_call now;
	struct call call = { .tid = tid };
	autoclose int fd = procfs_open(tid, "syscall");
	int err = fd < 0 ? fd : procfs_read(fd, text);

	if (!err)
		err = procfs_parse_call(text, &now);
	if (err)
		return err;
	call.number = now.number;
	memcpy(call.args, now.args, sizeof(call.args));
	if (!is_traced(search, &call))
		add_call(search, &call, pid, false);
	return is_closing(call.number);
}

bool suspect_list_calls(struct suspect_search *search, size_t index)
{
	struct suspect_process *process = &search->processes[index];
	size_t ncalls = search->ncalls;
	bool denied = false;
	DIR *dir;
	pid_t tid;

	if (index >= search->nprocesses)
		return false;
	suspect_doing(search, "the system calls of process %d (%s)",
		      (int)process->pid, process->comm);
	dir = open_dir(process->pid, "task");
	if (!dir)
		return true;
	while ((tid = next_number(dir)) > 0) {
		int err = look_at_thread(search, process->pid, tid);

		process->running += err == -EAGAIN;
		process->is_closing |= err == 1;
		denied |= err == -EACCES || err == -EPERM;
	}
	closedir(dir);
	process->is_denied |= denied;
	if (search->ncalls > ncalls)
		process->likely |= SUSPECT_IS_IN_CALL;
	return true;
}

/* ---- descriptors ---- */

static void tell_opener(struct suspect_search *search,
			const struct suspect_process *process, int fd,
			const struct suspect_file *file)
{
	autofree char *flags = suspect_file_flags(file->info.flags);

	suspect_tell(search, "opener",
		     json_pack("{s:i, s:o, s:i, s:s?}", "pid",
			       (int)process->pid, "comm",
			       json_text(process->comm), "fd", fd, "flags",
			       flags));
}

static void look_at_descriptor(struct suspect_search *search,
			       struct suspect_process *process, int fd)
{
	struct suspect_file file;

	if (suspect_file_look(search, process->pid, fd, &file))
		return;
	if (strcmp(file.link, "anon_inode:[io_uring]") == 0)
		process->has_uring = true;
	if (!file.is_queried)
		return;
	process->likely |= SUSPECT_HAS_FILE;
	if (fd < SUSPECT_MAX_FD)
		search->open_as[fd] = true;
	else
		search->many_open = true;
	tell_opener(search, process, fd, &file);
}

bool suspect_list_files(struct suspect_search *search, size_t index)
{
	struct suspect_process *process = &search->processes[index];
	DIR *dir;
	int fd;

	if (index >= search->nprocesses)
		return false;
	suspect_doing(search, "the descriptors of process %d (%s)",
		      (int)process->pid, process->comm);
	dir = open_dir(process->pid, "fd");
	if (!dir) {
		process->is_denied |= errno == EACCES;
		return true;
	}
	while ((fd = next_number(dir)) >= 0) {
		look_at_descriptor(search, process, fd);
		atomic_fetch_add(&search->progress, 1);
	}
	closedir(dir);
	return true;
}

/* ---- order ---- */

static int compare(const void *a, const void *b)
{
	const struct suspect_process *one = a;
	const struct suspect_process *other = b;

	if (one->likely != other->likely)
		return one->likely > other->likely ? -1 : 1;
	return one->pid < other->pid ? -1 : one->pid > other->pid;
}

bool suspect_list_sort(struct suspect_search *search, size_t index)
{
	if (index)
		return false;
	for (size_t i = 0; i < search->ntraced; i++)
		for (size_t j = 0; j < search->nprocesses; j++)
			if (search->processes[j].pid == search->calls[i].pid)
				search->processes[j].likely |=
					SUSPECT_IS_IN_CALL;
	qsort(search->processes, search->nprocesses,
	      sizeof(search->processes[0]), compare);
	return true;
}
