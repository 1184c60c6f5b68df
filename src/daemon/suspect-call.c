/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which calls write into the block's page behind its owner's back. suspect.c says
 * what counts as one; what cannot be told is said.
 *
 * Not every call of the table does: process_vm_readv(2) copies to its caller's
 * memory through the page table (mm/process_vm_access.c: process_vm_rw_pages(),
 * 6.18), as receiving from a socket does, but for AF_ALG's (crypto/af_alg.c:
 * af_alg_get_rsgl()); vmsplice(2) copies out of a pipe (fs/splice.c:
 * vmsplice_to_user()), or lets the pipe refer to memory that it does not write.
 */
#include "daemon/suspect-internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "common/json.h"
#include "daemon/suspect-tell.h"

enum { BLOCK = 4096 };	/* bytes of a file */

/* ---- what a thread sleeps in ---- */

static bool stack_has(const json_t *stack, const char *const *names)
{
	size_t i;
	const json_t *line;

	json_array_foreach(stack, i, line)
		for (const char *const *name = names; *name; name++)
			if (strstr(json_string_value(line), *name))
				return true;
	return false;
}

/*
 * It makes a page writable, or waits until one has been written: it has not
 * pinned that page yet (mm/memory.c: do_page_mkwrite(), fs/fuse/file.c:
 * fuse_page_mkwrite(), mm/page-writeback.c: folio_wait_writeback(), 6.1 to 6.18).
 */
static bool waits_for_page(const json_t *stack)
{
	static const char *const names[] = {
		"page_mkwrite", "wp_page", "folio_wait_writeback",
		"folio_wait_stable", "wait_on_page_writeback", NULL,
	};

	return stack_has(stack, names);
}

/* ---- pins ---- */

/* A read that may or may not go past the page cache, whatever its flags are. */
static bool may_be_direct(const char *type)
{
	static const char *const types[] = {
		"fuse", "virtiofs", "9p", "cifs", "smb3", NULL,
	};

	for (const char *const *name = types; *name; name++)
		if (strncmp(type, *name, strlen(*name)) == 0)
			return true;
	return false;
}

/* As struct suspect_tell's kind; NULL: it copies. */
static const char *read_kind(struct suspect_search *search,
			     const struct suspect_call *call,
			     struct suspect_file *file, const json_t *stack)
{
	static const char *const direct[] = { "direct", "zero_copy", NULL };
	pid_t tid = call->call.tid;

	if (file->link[0] != '/')
		return suspect_file_is_alg(file, tid, suspect_tell_fd(call)) ?
			SUSPECT_PIN : NULL;
	if (file->info.flags & O_DIRECT)
		return SUSPECT_PIN;
	suspect_file_type(file, tid);
	if (!may_be_direct(file->type))
		return NULL;
	if (stack)
		return stack_has(stack, direct) ? SUSPECT_PIN : NULL;
	suspect_unknown(search, "thread %d was reading %s, of a filesystem "
			"(%s) where it is not known whether that goes past the "
			"page cache", (int)tid, file->link, file->type);
	return SUSPECT_ASYNCHRONOUS;
}

/* Has it got as far as to the block's page? */
static const char *kind_while_waiting(struct suspect_search *search,
				      const struct suspect_call *call,
				      const struct suspect_place *place)
{
	if (!place->before && place->length <= BLOCK)
		return NULL;
	suspect_unknown(search, "thread %d waits for a page of its buffer: it "
			"is not known which ones its %s has pinned before",
			(int)call->call.tid, call->shape->name);
	return SUSPECT_ASYNCHRONOUS;
}

static const char *pin_kind(struct suspect_search *search,
			    struct suspect_tell *tell,
			    struct suspect_file *file)
{
	const struct suspect_call *call = tell->call;
	const char *kind = SUSPECT_PIN;

	if (call->shape->file >= 0) {
		int err = suspect_tell_look(search, call, file);

		if (err)
			return SUSPECT_ASYNCHRONOUS;	/* it has been said why */
		tell->file = file;
		kind = read_kind(search, call, file, tell->stack);
	}
	if (kind && waits_for_page(tell->stack))
		return kind_while_waiting(search, call, &tell->place);
	return kind;
}

/* Where in the file the bytes come from that go to the place. */
static void note_source(struct suspect_tell *tell)
{
	uint64_t off;

	if (!tell->file || tell->file->link[0] != '/' ||
	    !suspect_tell_offset(tell->call, tell->file, &off))
		return;
	tell->has_offset = true;
	tell->offset = off + tell->place.before;
}

static bool find_place(struct suspect_search *search,
		       const struct suspect_call *call,
		       struct suspect_place *place_ret)
{
	static struct suspect_memory memory;
	const struct call *what = &call->call;
	uint64_t limit = what->exit_ns && what->result >= 0 ?
		(uint64_t)what->result : UINT64_MAX;
	int err = suspect_memory_read(search, call, &memory);

	if (err)
		suspect_unknown(search, "thread %d was in %s: its buffers "
				"cannot be read (%s)", (int)what->tid,
				call->shape->name, strerror(-err));
	return !err && suspect_memory_find(search, &memory, limit, place_ret);
}

static void look_at_pin(struct suspect_search *search,
			const struct suspect_call *call)
{
	static struct suspect_file file;
	struct suspect_tell tell = { .call = call, .has_place = true };
	pid_t owner = call->shape->process < 0 ? call->pid :
		(pid_t)call->call.args[call->shape->process];

	if (call->shape->number == SYS_process_vm_readv ||
	    !suspect_memory_is_mapper(search, owner, false) ||
	    !find_place(search, call, &tell.place))
		return;
	tell.stack = call->call.exit_ns ? NULL :
					  suspect_file_stack(call->call.tid);
	tell.kind = pin_kind(search, &tell, &file);
	note_source(&tell);
	if (tell.kind)
		suspect_tell_call(search, &tell);
	json_decref(tell.stack);
}

/* ---- overwrites ---- */

/* -1: it is not known. */
static int64_t written_bytes(struct suspect_search *search,
			     const struct suspect_call *call)
{
	static struct suspect_memory memory;
	const struct call_shape *shape = call->shape;
	const struct call *what = &call->call;
	uint64_t total = 0;

	if (what->exit_ns && shape->number != SYS_fallocate)
		return what->result;
	if (!shape->vector)
		return (int64_t)what->args[shape->length];
	if (suspect_memory_read(search, call, &memory))
		return -1;
	for (size_t i = 0; i < memory.nparts; i++)
		total += memory.parts[i].iov_len;
	return (int64_t)total;
}

/* A write(2) to /proc/PID/mem goes to that process's page, past its table. */
static void look_at_foreign_memory(struct suspect_search *search,
				   const struct suspect_call *call,
				   const struct suspect_file *file)
{
	static struct suspect_memory memory;
	struct suspect_tell tell = {
		.call = call, .kind = SUSPECT_PIN, .file = file,
		.has_place = true,
	};
	uint64_t address;
	int64_t len = written_bytes(search, call);

	memory.pid = atoi(file->link + strlen("/proc/"));
	if (len <= 0 || !suspect_tell_offset(call, file, &address))
		return;
	memory.nparts = 1;
	memory.parts[0] = (struct iovec){ (void *)(uintptr_t)address,
					  (size_t)len };
	if (!suspect_memory_find(search, &memory, UINT64_MAX, &tell.place))
		return;
	tell.stack = call->call.exit_ns ? NULL :
					  suspect_file_stack(call->call.tid);
	if (!waits_for_page(tell.stack))
		suspect_tell_call(search, &tell);
	json_decref(tell.stack);
}

static bool is_foreign_memory(const char *link)
{
	const char *slash = strrchr(link, '/');

	return strncmp(link, "/proc/", 6) == 0 && strcmp(slash, "/mem") == 0;
}

static bool has_failed(const struct suspect_call *call)
{
	const struct call *what = &call->call;

	return what->exit_ns && (call->shape->number == SYS_fallocate ?
				 what->result < 0 : what->result <= 0);
}

static void look_at_overwrite(struct suspect_search *search,
			      const struct suspect_call *call)
{
	static struct suspect_file file;
	const struct suspect_query *query = &search->order->query;
	struct suspect_tell tell = {
		.call = call, .kind = SUSPECT_OVERWRITE, .file = &file,
	};

	if (has_failed(call) || suspect_tell_look(search, call, &file))
		return;
	if (is_foreign_memory(file.link)) {
		look_at_foreign_memory(search, call, &file);
		return;
	}
	if (!file.is_queried)
		return;
	tell.length = written_bytes(search, call);
	tell.has_offset = suspect_tell_offset(call, &file, &tell.offset);
	if (tell.has_offset && tell.length >= 0 &&
	    (tell.offset >= query->off + query->len ||
	     tell.offset + (uint64_t)tell.length <= query->off))
		return;
	if (!tell.has_offset)
		suspect_unknown(search, "thread %d was in %s to the file: it "
				"is not known where in it",
				(int)call->call.tid, call->shape->name);
	tell.stack = call->call.exit_ns ? NULL :
					  suspect_file_stack(call->call.tid);
	suspect_tell_call(search, &tell);
	json_decref(tell.stack);
}

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
				 const struct suspect_call *call)
{
	static struct suspect_file file;
	struct suspect_tell tell = {
		.call = call, .kind = SUSPECT_ASYNCHRONOUS, .length = -1,
	};
	const char *how = background(call->shape->number);
	pid_t tid = call->call.tid;

	if (call->shape->number == SYS_vmsplice ||
	    !suspect_memory_is_mapper(search, call->pid, false))
		return;
	if (call->shape->number == SYS_recvmsg) {
		look_at_pin(search, call);
		return;
	}
	if (call->shape->file >= 0 && !suspect_tell_look(search, call, &file))
		tell.file = &file;
	if (how)
		say_asynchronous(search, "thread", tid, how);
	tell.stack = call->call.exit_ns ? NULL : suspect_file_stack(tid);
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

bool suspect_call_async(struct suspect_search *search, size_t index)
{
	struct suspect_process *process = &search->processes[index];

	if (index >= search->nprocesses)
		return false;
	if (!suspect_memory_is_mapper(search, process->pid, false))
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
	const struct suspect_call *call = &search->calls[index];

	if (index >= search->ncalls)
		return false;
	suspect_doing(search, "the %s of thread %d", call->shape->name,
		      (int)call->call.tid);
	if (!call->pid)
		say_gone(search, call);
	else if (call->shape->kind == CALL_PIN)
		look_at_pin(search, call);
	else if (call->shape->kind == CALL_OVERWRITE)
		look_at_overwrite(search, call);
	else if (call->shape->kind == CALL_ASYNCHRONOUS)
		look_at_asynchronous(search, call);
	return true;
}
