/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page flags of an address, through procfs. */
#include "client/pageinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (UINT64_C(1) << 63)
#define PAGEMAP_FRAME ((UINT64_C(1) << 55) - 1)

/* The index is the bit; kernel-page-flags.h has them without gaps up to 26. */
static const char *const names[] = {
	"LOCKED", "ERROR", "REFERENCED", "UPTODATE", "DIRTY", "LRU", "ACTIVE",
	"SLAB", "WRITEBACK", "RECLAIM", "BUDDY", "MMAP", "ANON", "SWAPCACHE",
	"SWAPBACKED", "COMPOUND_HEAD", "COMPOUND_TAIL", "HUGE", "UNEVICTABLE",
	"HWPOISON", "NOPAGE", "KSM", "THP", "OFFLINE", "ZERO_PAGE", "IDLE",
	"PGTABLE",
};

/* Entry @index of a file of 64-bit words. */
static int read_entry(const char *path, uint64_t index, uint64_t *entry_ret)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t entry;
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = fdio_pread(fd, &entry, sizeof(entry),
			 (off_t)(index * sizeof(entry)));
	if (got < 0)
		return (int)got;
	if (got != sizeof(entry))
		return -ENOENT;
	*entry_ret = entry;
	return 0;
}

int pageinfo_flags(const void *addr, uint64_t *flags_ret)
{
	uint64_t page = (uintptr_t)addr / (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t entry;
	int err = read_entry("/proc/self/pagemap", page, &entry);

	if (err)
		return err;
	if (!(entry & PAGEMAP_PRESENT))
		return -ENOENT;
	/* Without CAP_SYS_ADMIN the frame reads as 0: fs/proc/task_mmu.c. */
	if (!(entry & PAGEMAP_FRAME))
		return -EPERM;
	return read_entry("/proc/kpageflags", entry & PAGEMAP_FRAME, flags_ret);
}

void pageinfo_describe(uint64_t flags, char text[PAGEINFO_TEXT_SIZE])
{
	size_t used = 0;

	snprintf(text, PAGEINFO_TEXT_SIZE, "none");
	for (size_t bit = 0; bit < ARRAY_SIZE(names); bit++) {
		if (!(flags >> bit & 1))
			continue;
		int len = snprintf(text + used, PAGEINFO_TEXT_SIZE - used,
				   "%s%s", used ? "," : "", names[bit]);

		used = MIN(used + (size_t)len, PAGEINFO_TEXT_SIZE - 1);
	}
}
