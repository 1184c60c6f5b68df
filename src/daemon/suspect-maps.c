/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who maps the file, and what has to be asked of a mapper's address space. Each
 * of these files is read under its lock: mappings (fs/proc/task_mmu.c: m_start(),
 * 6.1 to 6.16; later by the mappings' own locks first), pagemap (the same,
 * pagemap_read()), command line (mm/memory.c: __access_remote_vm()).
 *
 * The device and inode numbers in maps are those of the mapping's file, whatever
 * mount namespace it was opened in (fs/proc/task_mmu.c: show_map_vma()).
 */
#include "daemon/suspect-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/json.h"

enum { COMMAND_SIZE = 1024 };	/* of a command line, cut */

/* ---- mappings ---- */

static json_t *range_json(const struct procfs_map *map)
{
	char address[32];

	snprintf(address, sizeof(address), "0x%llx",
		 (unsigned long long)map->start);
	return json_pack("{s:s, s:I, s:I, s:s}", "address", address, "offset",
			 (json_int_t)map->off, "length",
			 (json_int_t)(map->end - map->start), "perms",
			 map->perms);
}

static void tell_mapper(struct suspect_search *search,
			struct suspect_process *process, size_t first)
{
	json_t *ranges = json_array();

	for (size_t i = first; i < search->nranges; i++)
		json_array_append_new(ranges,
				      range_json(&search->ranges[i].map));
	process->is_named = true;
	suspect_tell(search, "mapper",
		     json_pack("{s:i, s:o, s:n, s:o}", "pid",
			       (int)process->pid, "comm",
			       json_text(process->comm), "cmdline", "ranges",
			       ranges));
}

static void note_line(struct suspect_search *search,
		      struct suspect_process *process, const char *line)
{
	struct procfs_map map;

	if (procfs_parse_map(line, &map))
		return;
	if (strncmp(map.name, "/[aio]", 6) == 0)
		process->has_aio = true;
	if (map.ino != search->order->query.ino ||
	    map.major != search->major || map.minor != search->minor ||
	    search->nranges == SUSPECT_MAX_RANGES)
		return;
	search->ranges[search->nranges++] = (struct suspect_range){
		.pid = process->pid, .map = map,
	};
}

bool suspect_maps_read(struct suspect_search *search, size_t index)
{
	struct suspect_process *process = &search->processes[index];
	size_t first = search->nranges;
	char path[32];
	char line[PATH_MAX + 256];
	bool is_begin = true;
	FILE *file;

	if (index >= search->nprocesses)
		return false;
	suspect_doing(search, "the mappings of process %d (%s)",
		      (int)process->pid, process->comm);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)process->pid);
	file = fopen(path, "re");
	if (!file) {
		process->is_denied |= errno == EACCES || errno == EPERM;
		return true;
	}
	while (fgets(line, sizeof(line), file)) {
		/* What follows a cut one is the rest of a path. */
		if (is_begin)
			note_line(search, process, line);
		is_begin = strchr(line, '\n') != NULL;
	}
	fclose(file);
	if (search->nranges > first)
		tell_mapper(search, process, first);
	return true;
}

/* ---- the page ---- */

/* The index is the bit: include/uapi/linux/kernel-page-flags.h. */
static const char *const flag_names[] = {
	"locked", "error", "referenced", "uptodate", "dirty", "lru", "active",
	"slab", "writeback", "reclaim", "buddy", "mmap", "anon", "swapcache",
	"swapbacked", "compound_head", "compound_tail", "huge", "unevictable",
	"hwpoison", "nopage", "ksm", "thp", "offline", "zero_page", "idle",
	"pgtable",
};

/* Entry @index of a file of 64-bit words. */
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

/* Documentation/admin-guide/mm/pagemap.rst */
static int read_flags(const struct suspect_range *range, uint64_t off,
		      uint64_t *flags_ret)
{
	const uint64_t present = UINT64_C(1) << 63;
	const uint64_t frame_mask = (UINT64_C(1) << 55) - 1;
	uint64_t address = range->map.start + (off - range->map.off);
	uint64_t entry = 0;
	char path[32];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)range->pid);
	err = read_word(path, address / (uint64_t)sysconf(_SC_PAGESIZE), &entry);
	/* Bit 61: not an anonymous copy in a private mapping. */
	if (err || !(entry & present) || !(entry >> 61 & 1))
		return err ? err : -ENOENT;
	if (!(entry & frame_mask))
		return -EPERM;
	return read_word("/proc/kpageflags", entry & frame_mask, flags_ret);
}

static void tell_page(struct suspect_search *search, uint64_t flags)
{
	json_t *names = json_array();
	char raw[32];

	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (flags >> i & 1)
			json_array_append_new(names, json_string(flag_names[i]));
	snprintf(raw, sizeof(raw), "%llx", (unsigned long long)flags);
	suspect_tell(search, "page", json_pack("{s:o, s:s}", "flags", names,
					       "raw", raw));
}

/* Each range is a step; the first that has the page is the last. */
bool suspect_maps_page(struct suspect_search *search, size_t index)
{
	const struct suspect_range *range = &search->ranges[index];
	uint64_t off = search->order->query.off;
	uint64_t flags;

	if (index >= search->nranges) {
		suspect_unknown(search, "the flags of the page: no mapping has "
				"it at hand, or they are not shown to us");
		return false;
	}
	if (off < range->map.off ||
	    off - range->map.off >= range->map.end - range->map.start)
		return true;
	suspect_doing(search, "the page in process %d", (int)range->pid);
	if (read_flags(range, off, &flags))
		return true;
	tell_page(search, flags);
	return false;
}

/* ---- command lines ---- */

bool suspect_maps_commands(struct suspect_search *search, size_t index)
{
	const struct suspect_process *process = &search->processes[index];
	char text[COMMAND_SIZE];
	char name[16];
	autoclose int fd = -1;
	ssize_t n;

	if (index >= search->nprocesses)
		return false;
	if (!process->is_named)
		return true;
	suspect_doing(search, "the command line of process %d (%s)",
		      (int)process->pid, process->comm);
	fd = procfs_open(process->pid, "cmdline");
	n = fd < 0 ? -1 : fdio_read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return true;
	while (n > 0 && !text[n - 1])
		n--;
	text[n] = '\0';
	for (ssize_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	snprintf(name, sizeof(name), "%d", (int)process->pid);
	suspect_tell(search, "commands", json_pack("{s:o}", name,
						   json_text(text)));
	return true;
}
