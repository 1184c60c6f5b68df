/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A suspect's call: what of it can be said, and the saying. */
#include "daemon/suspect-tell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "common/cleanup.h"

enum { BLOCK = 4096 };	/* bytes of a file */

int suspect_tell_fd(const struct suspect_call *call)
{
	return (int)call->call.args[call->shape->file];
}

void suspect_tell_unresolved(struct suspect_search *search,
			     const struct suspect_call *call)
{
	if (call->shape->kind == CALL_OVERWRITE)
		atomic_store(&search->order->unresolved, true);
}

bool suspect_tell_gone(struct suspect_search *search,
		       const struct suspect_call *call)
{
	unsigned int fd;

	for (size_t i = 0; call->pid && i < search->nprocesses; i++)
		if (search->processes[i].pid == call->pid &&
		    (search->processes[i].is_closing ||
		     search->processes[i].running))
			return false;
	if (call->shape->kind != CALL_OVERWRITE)
		return false;
	fd = (unsigned int)suspect_tell_fd(call);
	if (search->many_open || fd >= SUSPECT_MAX_FD || search->open_as[fd]) {
		suspect_tell_unresolved(search, call);
		return false;
	}
	atomic_store(&search->order->assumed, true);
	return true;
}

int suspect_tell_look(struct suspect_search *search,
		      const struct suspect_call *call,
		      struct suspect_file *file_ret)
{
	int fd = suspect_tell_fd(call);
	int err = suspect_file_look(search, call->call.tid, fd, file_ret);

	if ((err == -ENOENT || err == -ESRCH) &&
	    suspect_tell_gone(search, call))
		return err;
	if (err)
		suspect_tell_unresolved(search, call);
	if (err == -ENOENT || err == -ESRCH)
		suspect_unknown(search, "thread %d was in %s(fd %d), which is "
				"closed now: not known which file",
				(int)call->call.tid, call->shape->name, fd);
	else if (err)
		suspect_unknown(search, "thread %d was in %s(fd %d): not known "
				"which file (%s)", (int)call->call.tid,
				call->shape->name, fd, strerror(-err));
	return err;
}

bool suspect_tell_is_in(const struct suspect_call *call)
{
	char text[PROCFS_TEXT_SIZE];
	struct procfs_call now;
	autoclose int fd = procfs_open(call->call.tid, "syscall");

	return fd >= 0 && !procfs_read(fd, text) &&
	       !procfs_parse_call(text, &now) &&
	       now.number == call->call.number &&
	       !memcmp(now.args, call->call.args, sizeof(now.args));
}

void suspect_tell_check(struct suspect_call *call)
{
	call->over = call->call.exit_ns || !suspect_tell_is_in(call);
}

/* It is of this call only if the thread is in it still. */
json_t *suspect_tell_stack(const struct suspect_call *call)
{
	json_t *stack = call->over ? NULL : suspect_file_stack(call->call.tid);

	if (stack && suspect_tell_is_in(call))
		return stack;
	json_decref(stack);
	return NULL;
}

/* The value that a pointer of the arguments points to. */
static bool read_pointed(const struct suspect_call *call, uint64_t address,
			 uint64_t *value_ret)
{
	struct iovec local = { value_ret, sizeof(*value_ret) };
	struct iovec remote = { (void *)(uintptr_t)address,
				sizeof(*value_ret) };

	return process_vm_readv(call->call.tid, &local, 1, &remote, 1, 0) ==
	       sizeof(*value_ret);
}

static bool appends(const struct suspect_call *call,
		    const struct suspect_file *file)
{
	if (call->shape->kind != CALL_OVERWRITE)
		return false;
	return (file->info.flags & O_APPEND) ||
	       (call->shape->number == SYS_pwritev2 &&
		(call->call.args[5] & RWF_APPEND));
}

bool suspect_tell_offset(const struct suspect_call *call,
			 const struct suspect_file *file, uint64_t *offset_ret)
{
	const struct call_shape *shape = call->shape;
	const uint64_t *args = call->call.args;

	if (appends(call, file))
		return false;
	/* preadv2(2) and pwritev2(2) with -1 are at the file's position. */
	if (shape->offset >= 0 && args[shape->offset] != UINT64_MAX) {
		*offset_ret = args[shape->offset];
		return true;
	}
	/* What is pointed to, and the position, move at the call's end. */
	if (call->over)
		return false;
	*offset_ret = file->info.pos;
	if (shape->offset_pointer >= 0 && args[shape->offset_pointer] &&
	    !read_pointed(call, args[shape->offset_pointer], offset_ret))
		return false;
	return suspect_tell_is_in(call);
}

/* ---- the saying ---- */

static json_t *number_or_null(bool known, uint64_t value)
{
	return known ? json_integer((json_int_t)MIN(value, INT64_MAX)) :
		       json_null();
}

static json_t *address_json(const struct suspect_tell *tell)
{
	char text[32];

	if (!tell->has_place)
		return json_null();
	snprintf(text, sizeof(text), "0x%llx",
		 (unsigned long long)tell->place.address);
	return json_string(text);
}

/* What is known of its times: the trace has both, procfs that it goes on. */
static void add_times(json_t *object, const struct suspect_tell *tell)
{
	const struct call *call = &tell->call->call;

	if (tell->only_means)
		return;
	if (call->enter_ns)
		json_object_set_new(object, "enter_ns",
				    json_integer((json_int_t)call->enter_ns));
	if (call->exit_ns || !tell->call->over)
		json_object_set_new(object, "exit_ns",
				    number_or_null(call->exit_ns,
						   call->exit_ns));
}

static void add_memory(json_t *object, const struct suspect_tell *tell)
{
	bool known = tell->has_place || tell->has_offset;
	uint64_t length = tell->has_place ? tell->place.length :
					    (uint64_t)tell->length;
	uint64_t block = tell->has_place ? tell->place.block :
					   tell->offset / BLOCK;

	json_object_set_new(object, "address", address_json(tell));
	json_object_set_new(object, "length",
			    number_or_null(tell->has_place || tell->length >= 0,
					   length));
	json_object_set_new(object, "block", number_or_null(known, block));
}

static void name_process(struct suspect_search *search, pid_t pid)
{
	for (size_t i = 0; i < search->nprocesses; i++)
		if (search->processes[i].pid == pid)
			search->processes[i].is_named = true;
}

void suspect_tell_call(struct suspect_search *search,
		       const struct suspect_tell *tell)
{
	const struct suspect_call *call = tell->call;
	const struct call_shape *shape = call->shape;
	bool has_fd = shape->file >= 0 && !tell->only_means;
	char comm[16];
	json_t *object;

	suspect_file_comm(call->call.tid, comm);
	object = json_pack("{s:i, s:i, s:o, s:n, s:s, s:s, s:o, s:o, s:o}",
			   "pid", (int)call->pid, "tid", (int)call->call.tid,
			   "comm", json_text(comm), "cmdline",
			   "kind", tell->kind, "call", shape->name,
			   "fd", has_fd ? json_integer(suspect_tell_fd(call)) :
					  json_null(),
			   "file", tell->file ? json_text(tell->file->link) :
						json_null(),
			   "file_offset", number_or_null(tell->has_offset,
							 tell->offset));
	add_memory(object, tell);
	if (shape->process >= 0)
		json_object_set_new(object, "process", json_integer(
			(json_int_t)suspect_memory_owner(call)));
	add_times(object, tell);
	json_object_set_new(object, "by",
			    json_string(call->traced ? "trace" : "procfs"));
	if (tell->stack)
		json_object_set(object, "stack", tell->stack);
	name_process(search, call->pid);
	suspect_tell(search, "suspect", object);
}
