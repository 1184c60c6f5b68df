/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that make something happen to pages: holes, advice, protection,
 * eviction and migration; and those that say where a page is.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/mempolicy.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "client/errname.h"
#include "client/pageinfo.h"
#include "client/steps-call.h"
#include "common/cleanup.h"
#include "common/fdio.h"

/* include/uapi/asm-generic/mman-common.h (6.1); glibc has it from 2.37 on. */
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* ------------------------------------------------------------ where a page is */

long steps_do_pageframe(struct steps_call *call)
{
	uint64_t off = steps_size_or(call, "off", 0);
	struct steps_mem mem = steps_mem(call, "mem", off, 1);
	uint64_t frame = 0;
	int err;

	if (!steps_begin(call))
		return 0;
	call->start_ns = clock_now_ns();
	err = pageinfo_frame(mem.addr, &frame);
	call->end_ns = clock_now_ns();
	if (!err)
		steps_say(call, "frame", "%#llx", (unsigned long long)frame);
	return err;
}

long steps_do_cached(struct steps_call *call)
{
	uint64_t off = steps_size_or(call, "off", 0);
	size_t len = steps_len(call);
	struct steps_mem mem = steps_mem(call, "mem", off, len);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t npages = (len + page - 1) / page;
	autofree unsigned char *pages = steps_buffer(call, npages);
	long ret;

	if (!steps_begin(call))
		return 0;
	ret = STEPS_TIMED(call, mincore(mem.addr, len, pages));
	for (size_t i = 0; ret >= 0 && i < npages; i++)
		ret += pages[i] & 1;
	return ret;
}

/* ------------------------------------------- holes, advice, protection, caches */

long steps_do_punch(struct steps_call *call)
{
	struct steps_fd fd = steps_fd(call, "fd");
	uint64_t off = steps_size_or(call, "off", 0);
	uint64_t len = steps_size(call, "len");

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, fallocate(fd.fd, FALLOC_FL_PUNCH_HOLE |
					   FALLOC_FL_KEEP_SIZE, (off_t)off,
					   (off_t)len));
}

/* mem= [off=0] [len=] */
static struct steps_mem part_words(struct steps_call *call)
{
	uint64_t off = steps_size_or(call, "off", 0);

	return steps_has(call, "len") ?
		steps_mem(call, "mem", off, steps_len(call)) :
		steps_mem_rest(call, "mem", off);
}

static int advice_word(struct steps_call *call)
{
	static const struct {
		const char *name;
		int advice;
	} table[] = {
		{ "cold", MADV_COLD },
		{ "collapse", MADV_COLLAPSE },
		{ "dontneed", MADV_DONTNEED },
		{ "free", MADV_FREE },
		{ "hugepage", MADV_HUGEPAGE },
		{ "nohugepage", MADV_NOHUGEPAGE },
		{ "pageout", MADV_PAGEOUT },
		{ "populate-read", MADV_POPULATE_READ },
		{ "populate-write", MADV_POPULATE_WRITE },
		{ "remove", MADV_REMOVE },
	};
	const char *name = steps_text(call, "advice");

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return table[i].advice;
	steps_bad(call, "advice=%s is not known", name);
	return 0;
}

long steps_do_madvise(struct steps_call *call)
{
	struct steps_mem mem = part_words(call);
	int advice = advice_word(call);

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, madvise(mem.addr, mem.len, advice));
}

long steps_do_mprotect(struct steps_call *call)
{
	struct steps_mem mem = part_words(call);
	int prot = steps_protection(call, steps_text(call, "mode"));

	if (!steps_begin(call))
		return 0;
	return STEPS_TIMED(call, mprotect(mem.addr, mem.len, prot));
}

/* A sysctl that acts when written to. */
static long do_sysctl(struct steps_call *call, const char *path)
{
	int err;

	if (!steps_begin(call))
		return 0;
	call->start_ns = clock_now_ns();
	err = fdio_write_file(path, "1");
	call->end_ns = clock_now_ns();
	return err;
}

/* "1" is pages only: dentries and inodes are not what this is about. */
long steps_do_drop_caches(struct steps_call *call)
{
	return do_sysctl(call, "/proc/sys/vm/drop_caches");
}

long steps_do_compact(struct steps_call *call)
{
	return do_sysctl(call, "/proc/sys/vm/compact_memory");
}

/* ------------------------------------------------------------------ migration */

/*
 * A node with memory other than @from, or @from when there is no other. The
 * list is as "0-3,5": each number that can be read begins a range or ends one,
 * so the first and the last are nodes for certain.
 */
static int other_node(int from)
{
	autofree char *text = NULL;
	const char *last;
	int node;

	if (fdio_read_file("/sys/devices/system/node/has_memory", &text))
		return from;
	node = atoi(text);
	if (node != from)
		return node;
	last = text + strlen(text);
	while (last > text && last[-1] >= '0' && last[-1] <= '9')
		last--;
	return atoi(last);
}

enum { NOT_SAID = INT_MIN };	/* of a page that stays: the kernel says nothing */

/* For STEPS_TIMED(); @node NULL: only ask. @status_ret: node or -errno. */
static long move_page(void *addr, const int *node, int *status_ret)
{
	return syscall(SYS_move_pages, 0, 1UL, &addr, node, status_ret,
		       node ? MPOL_MF_MOVE : 0);
}

static void say_status(struct steps_call *call, int status)
{
	if (status == NOT_SAID)
		steps_say(call, "status", "unknown");
	else if (status < 0)
		steps_say(call, "status", "%s", errname_from(-status));
	else
		steps_say(call, "status", "%d", status);
}

/* Has the page another frame now? Only root may know. */
static void say_moved(struct steps_call *call, uint64_t before, uint64_t after)
{
	steps_say(call, "moved", "%s", !before || !after ? "unknown" :
		  before == after ? "no" : "yes");
}

static uint64_t frame_or_zero(const void *addr)
{
	uint64_t frame;

	return pageinfo_frame(addr, &frame) == 0 ? frame : 0;
}

long steps_do_migrate(struct steps_call *call)
{
	uint64_t off = steps_size_or(call, "off", 0);
	struct steps_mem mem = steps_mem(call, "mem", off, 1);
	bool chosen = steps_has(call, "node");
	int to = chosen ? (int)steps_number(call, "node", INT16_MAX) : 0;
	int from = 0, status = NOT_SAID;
	uint64_t before;
	long ret;

	if (!steps_begin(call))
		return 0;
	if (move_page(mem.addr, NULL, &from) < 0)
		return -errno;
	if (from < 0)
		return from;
	before = frame_or_zero(mem.addr);
	to = chosen ? to : other_node(from);
	ret = STEPS_TIMED(call, move_page(mem.addr, &to, &status));
	if (ret < 0)
		return ret;
	steps_say(call, "from", "%d", from);
	steps_say(call, "to", "%d", to);
	say_status(call, status);
	say_moved(call, before, frame_or_zero(mem.addr));
	return ret;
}
