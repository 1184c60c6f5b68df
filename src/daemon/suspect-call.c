/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which calls are suspects: each of the table's by its kind, and those that start
 * work in the background, of which the kernel does not say what memory it is
 * about. vmsplice(2) is none: it copies out of a pipe (fs/splice.c:
 * vmsplice_to_user(), 6.18), or has the pipe refer to memory that it does not
 * write.
 */
#include <string.h>
#include <sys/syscall.h>

#include "daemon/suspect-tell.h"

/* ---- what goes on in the background ---- */

static void say_asynchronous(struct suspect_search *search, const char *who,
			     pid_t id, const char *how)
{
	suspect_unknown(search, "a read that %s %d has submitted by %s may write "
			"into the page: the kernel does not say which", who,
			(int)id, how);
}

static const char *background(int number)
{
	switch (number) {
	case SYS_io_submit:
		return "Linux AIO";
	case SYS_io_uring_enter:
	case SYS_io_uring_register:
		return "io_uring";
	default:
		return NULL;
	}
}

static void look_at_asynchronous(struct suspect_search *search,
				 struct suspect_call *call)
{
	static struct suspect_file file;
	struct suspect_tell tell = {
		.call = call, .kind = SUSPECT_ASYNCHRONOUS, .length = -1,
	};
	const char *how = background(call->shape->number);
	pid_t tid = call->call.tid;

	if (call->shape->number == SYS_vmsplice ||
	    !suspect_memory_is_mapper(search, call->pid))
		return;
	if (call->shape->number == SYS_recvmsg) {
		suspect_pin_look(search, call);
		return;
	}
	suspect_tell_check(call);
	if (call->shape->file >= 0 && !suspect_tell_look(search, call, &file))
		tell.file = &file;
	if (how)
		say_asynchronous(search, "thread", tid, how);
	tell.stack = suspect_tell_stack(call);
	suspect_tell_call(search, &tell);
	json_decref(tell.stack);
}

static bool is_told(const struct suspect_search *search, pid_t pid,
		    const char *how)
{
	for (size_t i = 0; i < search->ncalls; i++) {
		const char *other = background(search->calls[i].shape->number);

		if (search->calls[i].pid == pid && other &&
		    strcmp(other, how) == 0)
			return true;
	}
	return false;
}

/* Who only has the means, and is in no such call now. */
static void look_at_means(struct suspect_search *search,
			  struct suspect_process *process, int number)
{
	const struct suspect_call call = {
		.call = { .tid = process->pid, .number = number },
		.shape = call_shape(number),
		.pid = process->pid,
	};
	const struct suspect_tell tell = {
		.call = &call, .kind = SUSPECT_ASYNCHRONOUS, .length = -1,
		.only_means = true,
	};

	if (is_told(search, process->pid, background(number)))
		return;
	say_asynchronous(search, "process", process->pid, background(number));
	suspect_tell_call(search, &tell);
}

/* A write(2) by such means does not need to be in any call. */
static void say_written(struct suspect_search *search,
			const struct suspect_process *process)
{
	if ((process->likely & SUSPECT_HAS_FILE) &&
	    (process->has_uring || process->has_aio))
		suspect_unknown(search, "process %d (%s) has the file open, and "
				"may write into it by %s: the kernel does not "
				"say whether", (int)process->pid, process->comm,
				process->has_uring ? "io_uring" : "Linux AIO");
}

bool suspect_call_async(struct suspect_search *search, size_t index)
{
	struct suspect_process *process = &search->processes[index];

	if (index >= search->nprocesses)
		return false;
	say_written(search, process);
	if (!suspect_memory_is_mapper(search, process->pid))
		return true;
	suspect_doing(search, "the means of process %d (%s)",
		      (int)process->pid, process->comm);
	if (process->has_uring)
		look_at_means(search, process, SYS_io_uring_enter);
	if (process->has_aio)
		look_at_means(search, process, SYS_io_submit);
	if (process->running)
		suspect_unknown(search, "%u threads of process %d (%s), which "
				"maps the block, were running: it is not known "
				"in which calls", process->running,
				(int)process->pid, process->comm);
	return true;
}

/* ---- a call ---- */

static void say_gone(struct suspect_search *search,
		     const struct suspect_call *call)
{
	if (suspect_tell_gone(search, call))
		return;
	if (call->shape->file < 0)
		suspect_unknown(search, "thread %d (gone) was in %s: not known "
				"with which memory", (int)call->call.tid,
				call->shape->name);
	else
		suspect_unknown(search, "thread %d (gone) was in %s(fd %d): not "
				"known which file", (int)call->call.tid,
				call->shape->name, suspect_tell_fd(call));
}

bool suspect_call_done(struct suspect_search *search, size_t index)
{
	(void)index;
	atomic_store(&search->order->resolved, true);
	return false;
}

bool suspect_call_resolve(struct suspect_search *search, size_t index)
{
	struct suspect_call *call = &search->calls[index];

	if (index >= search->ncalls)
		return false;
	suspect_doing(search, "the %s of thread %d", call->shape->name,
		      (int)call->call.tid);
	if (!call->pid)
		say_gone(search, call);
	else if (call->shape->kind == CALL_PIN)
		suspect_pin_look(search, call);
	else if (call->shape->kind == CALL_OVERWRITE)
		suspect_overwrite_look(search, call);
	else if (call->shape->kind == CALL_ASYNCHRONOUS)
		look_at_asynchronous(search, call);
	return true;
}
