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
#include "common/pageflags.h"

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

static int read_flags(const struct suspect_range *range, uint64_t off,
		      uint64_t *flags_ret)
{
	uint64_t address = range->map.start + (off - range->map.off);
	uint64_t entry;
	uint64_t frame;
	char path[32];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)range->pid);
	err = pageflags_entry(path, address, &entry);
	if (!err)
		err = pageflags_frame(entry, &frame);
	if (!err && !(entry & PAGEFLAGS_IS_FILE))
		err = -ENOENT;
	return err ? err : pageflags_read(frame, flags_ret);
}

static void tell_page(struct suspect_search *search, uint64_t flags)
{
	json_t *names = json_array();
	const char *name;
	char raw[32];

	for (unsigned int bit = 0; (name = pageflags_name(bit)); bit++)
		if (flags >> bit & 1)
			json_array_append_new(names, json_string(name));
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
