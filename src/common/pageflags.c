/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two files of 64-bit words, and the names of their bits. */
#include "common/pageflags.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"

#define PRESENT (UINT64_C(1) << 63)
#define FRAME ((UINT64_C(1) << 55) - 1)

/* The index is the bit; kernel-page-flags.h has them without gaps up to 26. */
static const char *const names[] = {
	"locked", "error", "referenced", "uptodate", "dirty", "lru", "active",
	"slab", "writeback", "reclaim", "buddy", "mmap", "anon", "swapcache",
	"swapbacked", "compound_head", "compound_tail", "huge", "unevictable",
	"hwpoison", "nopage", "ksm", "thp", "offline", "zero_page", "idle",
	"pgtable",
};

static int read_word(const char *path, uint64_t index, uint64_t *word_ret)
{
	autoclose int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t word;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = fdio_pread(fd, &word, sizeof(word), (off_t)(index * sizeof(word)));
	if (n < 0)
		return (int)n;
	if (n != sizeof(word))
		return -ENOENT;
	*word_ret = word;
	return 0;
}

int pageflags_entry(const char *pagemap, uint64_t address, uint64_t *entry_ret)
{
	return read_word(pagemap, address / (uint64_t)sysconf(_SC_PAGESIZE),
			 entry_ret);
}

int pageflags_frame(uint64_t entry, uint64_t *frame_ret)
{
	if (!(entry & PRESENT))
		return -ENOENT;
	/* Without CAP_SYS_ADMIN the frame reads as 0: fs/proc/task_mmu.c. */
	if (!(entry & FRAME))
		return -EPERM;
	*frame_ret = entry & FRAME;
	return 0;
}

int pageflags_read(uint64_t frame, uint64_t *flags_ret)
{
	return read_word("/proc/kpageflags", frame, flags_ret);
}

const char *pageflags_name(unsigned int bit)
{
	return bit < ARRAY_SIZE(names) ? names[bit] : NULL;
}
