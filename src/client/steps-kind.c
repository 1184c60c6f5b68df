/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that make memory of other kinds than a file's mapping: anonymous
 * and of a memfd, in pages of the usual size or in huge ones. Nothing is taken
 * for huge because it was asked for: transparent huge pages are a favour of the
 * kernel's, so the answer says what /proc/self/smaps says afterwards.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "client/pageinfo.h"
#include "client/steps-call.h"
#include "common/cleanup.h"

/* What is asked for. */
struct memory {
	const char *name;
	size_t len;		/* [bytes] */
	size_t page;		/* of a huge page; 0: the usual ones [bytes] */
	size_t align;		/* of the address; 0: a page's [bytes] */
	bool thp;
	int flags;		/* of mmap(2) */
	int fd;			/* of mmap(2) */
};

/* Whole pages: munmap(2) of a part of a hugetlb page is refused. */
static void want_huge(struct steps_call *call, struct memory *memory,
		      enum pageinfo_kind kind)
{
	memory->page = pageinfo_size(kind);
	if (memory->page == 0) {
		steps_say(call, "refused", "no huge pages in this kernel");
		call->err = EOPNOTSUPP;
		return;
	}
	memory->len += memory->page - 1;
	memory->len -= memory->len % memory->page;
	memory->thp = kind == PAGEINFO_THP;
	if (memory->thp)
		memory->align = memory->page;
	if (kind == PAGEINFO_HUGETLB)
		memory->flags |= MAP_HUGETLB;
}

static void huge_word(struct steps_call *call, struct memory *memory)
{
	const char *huge = steps_text_or(call, "huge", NULL);

	if (!huge)
		return;
	if (strcmp(huge, "thp") == 0)
		want_huge(call, memory, PAGEINFO_THP);
	else if (strcmp(huge, "hugetlb") == 0)
		want_huge(call, memory, PAGEINFO_HUGETLB);
	else
		steps_bad(call, "huge=%s is not thp or hugetlb", huge);
}

/* MAP_HUGETLB aligns by itself, and to nothing else. */
static void align_word(struct steps_call *call, struct memory *memory)
{
	uint64_t align = steps_size_or(call, "align", 0);
	uint64_t page = pageinfo_size(PAGEINFO_SMALL);

	if (!steps_has(call, "align"))
		return;
	if (align % page || align & (align - 1) || align == 0 ||
	    align > STEPS_LEN_MAX)
		steps_bad(call, "align= is not a power of two, from a page on");
	if (steps_has(call, "huge"))
		steps_bad(call, "align= goes without huge=");
	memory->align = (size_t)align;
}

/* For STEPS_TIMED(). */
static int map_aligned(const struct memory *memory, char **addr_ret)
{
	size_t page = pageinfo_size(PAGEINFO_SMALL);
	size_t len = (memory->len + page - 1) / page * page;
	size_t room = len + memory->align;
	char *all = mmap(NULL, room, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t before, after;

	if (all == MAP_FAILED)
		return -1;
	before = memory->align - (uintptr_t)all % memory->align;
	after = memory->align - before;
	munmap(all, before);
	if (after > 0)
		munmap(all + before + len, after);
	*addr_ret = mmap(all + before, memory->len, PROT_READ | PROT_WRITE,
			 memory->flags | MAP_FIXED, memory->fd, 0);
	return *addr_ret == MAP_FAILED ? -1 : 0;
}

/* For STEPS_TIMED(). */
static int map_memory(const struct memory *memory, char **addr_ret)
{
	if (memory->align)
		return map_aligned(memory, addr_ret);
	*addr_ret = mmap(NULL, memory->len, PROT_READ | PROT_WRITE,
			 memory->flags, memory->fd, 0);
	return *addr_ret == MAP_FAILED ? -1 : 0;
}

/* Fault huge pages in, and see what came. Return: 0 or -errno. */
static long fill_huge(struct steps_call *call, const struct memory *memory,
		      void *addr)
{
	static const char *const names[] = {
		[PAGEINFO_SMALL] = "no",
		[PAGEINFO_THP] = "thp",
		[PAGEINFO_HUGETLB] = "hugetlb",
	};
	enum pageinfo_kind kind = PAGEINFO_SMALL;
	int err = 0;

	if (memory->page == 0)
		return 0;
	/* Refused without CONFIG_TRANSPARENT_HUGEPAGE: then they are small. */
	if (memory->thp)
		(void)!madvise(addr, memory->len, MADV_HUGEPAGE);
	if (madvise(addr, memory->len, MADV_POPULATE_WRITE))
		err = -errno;
	if (!err)
		err = pageinfo_kind(addr, &kind);
	if (!err)
		steps_say(call, "huge", "%s", names[kind]);
	return err;
}

/* Map, fill and name it. Return: 0 or -errno. */
static long make_memory(struct steps_call *call, const struct memory *memory)
{
	char *addr = NULL;
	long ret = STEPS_TIMED(call, map_memory(memory, &addr));

	if (ret < 0)
		return ret;
	ret = fill_huge(call, memory, addr);
	if (ret < 0) {
		munmap(addr, memory->len);
		return ret;
	}
	return steps_name_mem(call, memory->name,
			      steps_path(call->steps, memory->name), addr,
			      memory->len, 0);
}

long steps_do_anon(struct steps_call *call)
{
	struct memory memory = {
		.name = steps_new_mem(call, "mem"),
		.len = steps_len(call),
		.flags = MAP_ANONYMOUS,
		.fd = -1,
	};

	memory.flags |= steps_flag(call, "shared") ? MAP_SHARED : MAP_PRIVATE;
	huge_word(call, &memory);
	align_word(call, &memory);
	return steps_begin(call) ? make_memory(call, &memory) : 0;
}

/* Return: the descriptor or -errno. */
static int create_memfd(const struct memory *memory)
{
	unsigned int flags = memory->page && !memory->thp ? MFD_HUGETLB : 0;
	autoclose int fd = memfd_create(memory->name, MFD_CLOEXEC | flags);

	if (fd < 0 || ftruncate(fd, (off_t)memory->len))
		return -errno;
	return steal_fd(&fd);
}

/* Both names or none. Return: the descriptor or -errno. */
static long name_memfd(struct steps_call *call, const char *name, int fd,
		       struct memory *memory)
{
	uint16_t file = steps_path(call->steps, memory->name);
	long err;

	memory->fd = fd;
	err = make_memory(call, memory);
	if (!err)
		err = steps_add_fd(call->steps, name, file, fd, false);
	if (err)
		close(fd);
	return err ? err : fd;
}

long steps_do_memfd(struct steps_call *call)
{
	const char *name = steps_new_fd(call, "fd");
	struct memory memory = {
		.name = steps_new_mem(call, "mem"),
		.len = steps_len(call),
		.flags = MAP_SHARED,
	};
	long ret;

	huge_word(call, &memory);
	align_word(call, &memory);
	memory.flags &= ~MAP_HUGETLB;	/* the file's pages say it */
	if (!steps_begin(call))
		return 0;
	ret = create_memfd(&memory);
	return ret < 0 ? ret : name_memfd(call, name, (int)ret, &memory);
}
