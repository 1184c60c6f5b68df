/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that write into the file, or by /proc/PID/mem into somebody's mapping. */
#include "daemon/suspect-tell.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

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
	tell.stack = suspect_tell_stack(call);
	if (!suspect_pin_waits(tell.stack))
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

void suspect_overwrite_look(struct suspect_search *search,
			    struct suspect_call *call)
{
	static struct suspect_file file;
	const struct suspect_query *query = &search->order->query;
	struct suspect_tell tell = {
		.call = call, .kind = SUSPECT_OVERWRITE, .file = &file,
	};

	if (has_failed(call) || suspect_tell_look(search, call, &file))
		return;
	suspect_tell_check(call);
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
	tell.stack = suspect_tell_stack(call);
	suspect_tell_call(search, &tell);
	json_decref(tell.stack);
}
