/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns how many machines there is room for.
 *
 * A guest takes its memory only as it uses it, so what is available now says
 * little about machines that have just begun: all of them are counted in full
 * against what was there at first, and what is there now is asked as well, for
 * others use this machine, too.
 */
#include "client/sweep-internal.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fdio.h"
#include "common/parse.h"

/*
 * What QEMU needs besides the guest's memory [MiB]: itself, its translated code
 * and the first file system, which it reads whole; as vm/machine.c has it.
 */
enum { QEMU_MIB = 256 };

#define CGROUPS "/sys/fs/cgroup"

static uint64_t number_in(const char *text, const char *key)
{
	const char *at = text ? strstr(text, key) : NULL;

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static char *read_of(const char *dir, const char *file)
{
	char path[PATH_MAX];
	char *text = NULL;

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >=
	    (int)sizeof(path) || fdio_read_file(path, &text))
		return NULL;
	return text;
}

/* What a group may still take; page cache that nobody uses counts as free. */
static uint64_t left_in_group(const char *dir)
{
	autofree char *limit = read_of(dir, "memory.max");
	autofree char *current = read_of(dir, "memory.current");
	autofree char *stat = read_of(dir, "memory.stat");
	uint64_t max, used, cache = number_in(stat, "inactive_file ");

	if (!limit || !current || parse_u64(limit, &max) ||
	    parse_u64(current, &used))
		return UINT64_MAX;	/* "max", or no such group */
	used -= MIN(used, cache);
	return max > used ? max - used : 0;
}

/* cgroup v2: ours and all above it. */
static uint64_t left_in_groups(void)
{
	autofree char *text = read_of("/proc/self", "cgroup");
	char dir[PATH_MAX];
	uint64_t left = UINT64_MAX;

	if (!text || strncmp(text, "0::", 3) != 0)
		return left;
	snprintf(dir, sizeof(dir), CGROUPS "%.*s",
		 (int)strcspn(text + 3, "\n"), text + 3);
	while (strlen(dir) >= strlen(CGROUPS)) {
		left = MIN(left, left_in_group(dir));
		*strrchr(dir, '/') = '\0';
	}
	return left;
}

uint64_t sweep_room_memory(void)
{
	autofree char *text = read_of("/proc", "meminfo");
	uint64_t bytes = number_in(text, "MemAvailable:") << 10;

	return MIN(bytes, left_in_groups()) >> 20;
}

size_t sweep_room_processors(void)
{
	cpu_set_t set;
	long count = sched_getaffinity(0, sizeof(set), &set) ?
		sysconf(_SC_NPROCESSORS_ONLN) : CPU_COUNT(&set);

	return count > 0 ? (size_t)count : 1;
}

/*
 * One runs in any case: its machine says best what there is too little of, and
 * how many threads machines have here.
 */
bool sweep_room_for_one(const struct sweep *sweep)
{
	const struct vm_machine_options *machine = &sweep->options->machine;
	uint64_t need = (uint64_t)machine->memory_mib + QEMU_MIB;
	size_t threads = sweep->threads ? sweep->threads : machine->cpus;
	size_t all = sweep->running + 1;

	if (!sweep->running)
		return true;
	return sweep->processors / threads >= all &&
	       sweep->memory_mib >= all * need && sweep_room_memory() >= need;
}
