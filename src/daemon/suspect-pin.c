/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that write into the block's page behind its owner's page table. suspect.c
 * says what counts as one; what cannot be told is said.
 *
 * Not every call of the table does: process_vm_readv(2) copies to its caller's
 * memory through the page table (mm/process_vm_access.c: process_vm_rw_pages(),
 * 6.18), as receiving from a socket does, but for AF_ALG's (crypto/af_alg.c:
 * af_alg_get_rsgl()).
 */
#include "daemon/suspect-tell.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

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
bool suspect_pin_waits(const json_t *stack)
{
	static const char *const names[] = {
		"page_mkwrite", "wp_page", "folio_wait_writeback",
		"folio_wait_stable", "wait_on_page_writeback", NULL,
	};

	return stack_has(stack, names);
}

/* ---- what kind of suspect it is ---- */

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

/* Files that have no way past the page cache; O_DIRECT is taken, and ignored. */
static bool is_never_direct(const char *type)
{
	return strcmp(type, "tmpfs") == 0 || strcmp(type, "ramfs") == 0;
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
	suspect_file_type(file, tid);
	if (file->info.flags & O_DIRECT)
		return is_never_direct(file->type) ? NULL : SUSPECT_PIN;
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
	if (kind && suspect_pin_waits(tell->stack))
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

void suspect_pin_look(struct suspect_search *search, struct suspect_call *call)
{
	static struct suspect_file file;
	struct suspect_tell tell = { .call = call, .has_place = true };
	pid_t owner = suspect_memory_owner(call);

	if (call->shape->number == SYS_process_vm_readv)
		return;
	if (call->shape->process >= 0 &&
	    suspect_file_is_elsewhere(call->call.tid)) {
		suspect_unknown(search, "thread %d was in %s in another "
				"namespace of processes: not known to which",
				(int)call->call.tid, call->shape->name);
		return;
	}
	if (!suspect_memory_is_mapper(search, owner) ||
	    !find_place(search, call, &tell.place))
		return;
	suspect_tell_check(call);
	tell.stack = suspect_tell_stack(call);
	tell.kind = pin_kind(search, &tell, &file);
	note_source(&tell);
	if (tell.kind)
		suspect_tell_call(search, &tell);
	json_decref(tell.stack);
}
