/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that a call writes to, and whether the block lies in it. A call's
 * vector is in its caller's memory: reading it takes the lock of that address
 * space (mm/process_vm_access.c: process_vm_rw_single_vec(), 6.18).
 */
#include "daemon/suspect-internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "common/compiler.h"

enum { BLOCK = 4096 };	/* bytes of a file */

static int copy_from(pid_t tid, uint64_t address, void *to, size_t len)
{
	struct iovec local = { to, len };
	struct iovec remote = { (void *)(uintptr_t)address, len };
	ssize_t n = process_vm_readv(tid, &local, 1, &remote, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EFAULT;
}

static int read_vector(const struct suspect_call *call, uint64_t address,
		       uint64_t count, struct suspect_memory *memory)
{
	if (!count || count > SUSPECT_MAX_PARTS)
		return -ENOTSUP;
	memory->nparts = count;
	return copy_from(call->call.tid, address, memory->parts,
			 count * sizeof(memory->parts[0]));
}

/* recvmsg(2) names its memory by a struct. */
static int read_message(const struct suspect_call *call,
			struct suspect_memory *memory)
{
	struct msghdr message;
	int err = copy_from(call->call.tid, call->call.args[1], &message,
			    sizeof(message));

	return err ? err : read_vector(call, (uintptr_t)message.msg_iov,
				       message.msg_iovlen, memory);
}

pid_t suspect_memory_owner(const struct suspect_call *call)
{
	const struct call_shape *shape = call->shape;

	if (shape->process < 0)
		return call->pid;
	/* Any thread's number will do. */
	return suspect_file_process((pid_t)call->call.args[shape->process]);
}

int suspect_memory_read(struct suspect_search *search,
			const struct suspect_call *call,
			struct suspect_memory *memory_ret)
{
	const struct call_shape *shape = call->shape;
	const uint64_t *args = call->call.args;

	memory_ret->pid = suspect_memory_owner(call);
	suspect_doing(search, "the vector of thread %d's %s",
		      (int)call->call.tid, shape->name);
	if (shape->number == SYS_recvmsg)
		return read_message(call, memory_ret);
	if (shape->memory < 0 || shape->length < 0)
		return -ENOTSUP;
	if (shape->vector)
		return read_vector(call, args[shape->memory],
				   args[shape->length], memory_ret);
	memory_ret->nparts = 1;
	memory_ret->parts[0] = (struct iovec){
		(void *)(uintptr_t)args[shape->memory], args[shape->length],
	};
	return 0;
}

/*
 * Who writes to a private mapping gets a page of its own (mm/memory.c:
 * do_wp_page(), also by way of mm/gup.c): the file's stays as it is.
 */
static bool is_shared(const struct procfs_map *map)
{
	return map->perms[3] == 's';
}

/* Where in the file the first byte of @address.. is, that this mapping has. */
static bool overlaps(const struct suspect_search *search,
		     const struct procfs_map *map, uint64_t address,
		     uint64_t length, uint64_t *off_ret)
{
	const struct suspect_query *query = &search->order->query;
	uint64_t start = MAX(address, map->start);
	uint64_t end = address + MIN(length, UINT64_MAX - address);
	uint64_t from, to;

	end = MIN(end, map->end);
	if (!is_shared(map) || start >= end)
		return false;
	from = map->off + (start - map->start);
	to = from + (end - start);
	*off_ret = from;
	return from < query->off + query->len && query->off < to;
}

static bool find_part(const struct suspect_search *search, pid_t pid,
		      uint64_t address, uint64_t length, uint64_t *off_ret)
{
	for (size_t i = 0; i < search->nranges; i++)
		if (search->ranges[i].pid == pid &&
		    overlaps(search, &search->ranges[i].map, address, length,
			     off_ret))
			return true;
	return false;
}

bool suspect_memory_find(const struct suspect_search *search,
			 const struct suspect_memory *memory, uint64_t limit,
			 struct suspect_place *place_ret)
{
	uint64_t before = 0;

	for (size_t i = 0; i < memory->nparts && before < limit; i++) {
		uint64_t address = (uintptr_t)memory->parts[i].iov_base;
		uint64_t length = MIN(memory->parts[i].iov_len, limit - before);
		uint64_t off;

		if (find_part(search, memory->pid, address, length, &off)) {
			*place_ret = (struct suspect_place){
				.address = address,
				.length = memory->parts[i].iov_len,
				.block = off / BLOCK,
				.before = before,
			};
			return true;
		}
		before += length;
	}
	return false;
}

bool suspect_memory_is_mapper(const struct suspect_search *search, pid_t pid)
{
	uint64_t off;

	for (size_t i = 0; i < search->nranges; i++) {
		const struct suspect_range *range = &search->ranges[i];

		if (range->pid == pid &&
		    overlaps(search, &range->map, range->map.start,
			     range->map.end - range->map.start, &off))
			return true;
	}
	return false;
}
