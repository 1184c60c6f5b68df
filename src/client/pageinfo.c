/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What procfs and sysfs say of the page behind an address. */
#include "client/pageinfo.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/pageflags.h"

int pageinfo_frame(const void *addr, uint64_t *frame_ret)
{
	uint64_t entry;
	int err = pageflags_entry("/proc/self/pagemap", (uintptr_t)addr, &entry);

	return err ? err : pageflags_frame(entry, frame_ret);
}

int pageinfo_flags(const void *addr, uint64_t *flags_ret)
{
	uint64_t frame;
	int err = pageinfo_frame(addr, &frame);

	return err ? err : pageflags_read(frame, flags_ret);
}

/* -------------------------------------------------------- kinds of mappings */

/* Is this the first line of a mapping, and is @addr in it? */
static bool begins_mapping(const char *line, uintptr_t addr, bool *inside_ret)
{
	unsigned long from, to;

	if (sscanf(line, "%lx-%lx ", &from, &to) != 2)
		return false;
	*inside_ret = addr >= from && addr < to;
	return true;
}

/* "KEY:   N kB" of a mapping. */
static void read_key(const char *line, enum pageinfo_kind *kind)
{
	unsigned long kbytes;
	char key[32];

	if (sscanf(line, "%31[^:]: %lu kB", key, &kbytes) != 2)
		return;
	if (strcmp(key, "KernelPageSize") == 0) {
		if (kbytes * 1024 > pageinfo_size(PAGEINFO_SMALL))
			*kind = PAGEINFO_HUGETLB;
	} else if (kbytes && (strcmp(key, "AnonHugePages") == 0 ||
			      strcmp(key, "ShmemPmdMapped") == 0 ||
			      strcmp(key, "FilePmdMapped") == 0)) {
		*kind = PAGEINFO_THP;
	}
}

int pageinfo_kind(const void *addr, enum pageinfo_kind *kind_ret)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	enum pageinfo_kind kind = PAGEINFO_SMALL;
	bool inside = false, found = false;
	char line[512];

	if (!smaps)
		return -errno;
	while (fgets(line, sizeof(line), smaps) && (inside || !found)) {
		if (!begins_mapping(line, (uintptr_t)addr, &inside) && inside)
			read_key(line, &kind);
		found |= inside;
	}
	fclose(smaps);
	if (!found)
		return -ENOENT;
	*kind_ret = kind;
	return 0;
}

/* Of /proc/meminfo: the size that MAP_HUGETLB without a size means. */
static size_t hugetlb_size(void)
{
	autofree char *text = NULL;
	const char *key = NULL;
	size_t kbytes = 0;

	if (fdio_read_file("/proc/meminfo", &text) == 0)
		key = strstr(text, "Hugepagesize:");
	if (key && sscanf(key, "Hugepagesize: %zu kB", &kbytes) != 1)
		kbytes = 0;
	return kbytes * 1024;
}

size_t pageinfo_size(enum pageinfo_kind kind)
{
	autofree char *text = NULL;

	if (kind == PAGEINFO_SMALL)
		return (size_t)sysconf(_SC_PAGESIZE);
	if (kind == PAGEINFO_HUGETLB)
		return hugetlb_size();
	if (fdio_read_file("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
			   &text))
		return 0;
	return strtoul(text, NULL, 10);
}

void pageinfo_describe(uint64_t flags, char text[PAGEINFO_TEXT_SIZE])
{
	const char *name;
	size_t used = 0;

	snprintf(text, PAGEINFO_TEXT_SIZE, "none");
	for (unsigned int bit = 0; (name = pageflags_name(bit)); bit++) {
		if (!(flags >> bit & 1))
			continue;
		int len = snprintf(text + used, PAGEINFO_TEXT_SIZE - used,
				   "%s%s", used ? "," : "", name);

		used = MIN(used + (size_t)len, PAGEINFO_TEXT_SIZE - 1);
	}
	for (char *at = text; used && *at; at++)
		*at = (char)toupper((unsigned char)*at);
}
