/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the composition of writers, moments and targets: the tables of the
 * parts, which of them go together, and the list of scenarios.
 */
#include "client/scenario.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "client/moments/moments.h"
#include "client/targets/targets.h"
#include "client/writers/writers.h"

static const struct scenario_writer *const writers[] = {
	/* Controls, then what puts bytes into the file. */
	&none_writer, &store_writer, &copy_to_user_writer,
	&pwrite_writer, &splice_in_writer, &sendfile_in_writer,
	&copy_range_in_writer,
	/* Into memory: direct reads, then other pins and references. */
	&dio_read_writer, &dio_readv2_writer, &dio_bdev_writer,
	&dio_ext4_writer, &dio_xfs_writer, &dio_btrfs_writer,
	&aio_read_writer, &uring_read_writer, &uring_fixed_writer,
	&xdp_umem_writer,
	&vm_writev_writer, &proc_mem_writer, &ptrace_poke_writer,
	&af_alg_writer,
	/* The page is what is read. */
	&vmsplice_late_writer, &splice_out_late_writer, &zerocopy_late_writer,
	&dio_write_late_writer, &dio_write_held_writer,
	/* What needs more than the kernel, and the daemon itself. */
	&gup_test_writer, &kvm_store_writer, &notify_store_writer,
};

static const struct scenario_moment *const moments[] = {
	&writeback_moment, &after_writeback_moment, &writeback_first_moment,
	&during_then_again_moment, &through_moment, &dontneed_moment,
	&drop_caches_moment, &pageout_moment, &fork_moment, &collapse_moment,
	&migrate_moment, &freeze_moment,
	/* What takes the page away, then what takes its owner. */
	&truncate_moment, &punch_moment, &invalidate_moment, &reopen_moment,
	&direct_write_moment, &munmap_moment, &close_moment, &exit_moment,
	&kill_moment, &last_writer_gone_moment,
};

static const struct scenario_target *const targets[] = {
	&pinfs_target,		/* the first: a name leaves it out */
	&private_target, &anon_target, &anon_thp_target, &memfd_target,
	&hugetlb_target, &dir_target, &staged_ext4_target, &staged_xfs_target,
	&staged_btrfs_target, &staged_nodatasum_target, &staged_raid1_target,
};

enum {
	SCENARIOS_MAX = ARRAY_SIZE(writers) * ARRAY_SIZE(moments) *
			ARRAY_SIZE(targets),
};

const struct scenario_writer *scenario_writer_at(size_t index)
{
	return index < ARRAY_SIZE(writers) ? writers[index] : NULL;
}

const struct scenario_moment *scenario_moment_at(size_t index)
{
	return index < ARRAY_SIZE(moments) ? moments[index] : NULL;
}

const struct scenario_target *scenario_target_at(size_t index)
{
	return index < ARRAY_SIZE(targets) ? targets[index] : NULL;
}

/* ----------------------------------------------------------------- the list */

static bool go_together(const struct scenario_writer *writer,
			const struct scenario_moment *moment,
			const struct scenario_target *target)
{
	const struct scenario_part *const parts[] = {
		&writer->part, &moment->part, &target->part,
	};
	unsigned int is = 0, needs = 0, rejects = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		is |= parts[i]->is;
		needs |= parts[i]->needs;
		rejects |= parts[i]->rejects;
	}
	return !(needs & ~is) && !(rejects & is);
}

static void compose(struct scenario *scenario,
		    const struct scenario_writer *writer,
		    const struct scenario_moment *moment,
		    const struct scenario_target *target)
{
	bool plain = target == targets[0];

	*scenario = (struct scenario){ .writer = writer, .moment = moment,
				       .target = target,
				       .shape = shape_at(0) };
	snprintf(scenario->name, sizeof(scenario->name), "%s@%s%s%s",
		 writer->part.name, moment->part.name, plain ? "" : ":",
		 plain ? "" : target->part.name);
	snprintf(scenario->help, sizeof(scenario->help), "%s, %s%s%s",
		 writer->part.help, moment->part.help, plain ? "" : "; ",
		 plain ? "" : target->part.help);
}

struct list {
	struct scenario scenarios[SCENARIOS_MAX];
	size_t count;
};

static const struct list *list(void)
{
	static struct list all;

	if (all.count)
		return &all;
	for (size_t w = 0; w < ARRAY_SIZE(writers); w++)
		for (size_t m = 0; m < ARRAY_SIZE(moments); m++)
			for (size_t t = 0; t < ARRAY_SIZE(targets); t++)
				if (go_together(writers[w], moments[m],
						targets[t]))
					compose(&all.scenarios[all.count++],
						writers[w], moments[m],
						targets[t]);
	return &all;
}

size_t scenario_count(void)
{
	return list()->count;
}

const struct scenario *scenario_at(size_t index)
{
	return &list()->scenarios[index];
}

const struct scenario *scenario_control(void)
{
	static struct scenario control;

	if (!control.writer)
		compose(&control, &none_writer, &writeback_moment, targets[0]);
	return &control;
}

/* "pwrite@writeback:pinfs" means what "pwrite@writeback" means. */
static void long_name(const struct scenario *scenario,
		      char name[SCENARIO_NAME_SIZE])
{
	snprintf(name, SCENARIO_NAME_SIZE, "%.20s@%.20s:%.20s%s%.12s",
		 scenario->writer->part.name, scenario->moment->part.name,
		 scenario->target->part.name, *scenario->shape->name ? "+" : "",
		 scenario->shape->name);
}

bool scenario_matches(const struct scenario *scenario, const char *pattern)
{
	char name[SCENARIO_NAME_SIZE];

	long_name(scenario, name);
	return fnmatch(pattern, scenario->name, 0) == 0 ||
	       fnmatch(pattern, name, 0) == 0;
}

const struct scenario *scenario_find(const char *name)
{
	const struct scenario *control = scenario_control();
	char other[SCENARIO_NAME_SIZE];

	for (size_t i = 0; i < scenario_count(); i++) {
		const struct scenario *scenario = scenario_at(i);

		long_name(scenario, other);
		if (strcmp(scenario->name, name) == 0 ||
		    strcmp(other, name) == 0)
			return scenario;
	}
	return strcmp(control->name, name) == 0 ? control : NULL;
}

bool scenario_dangerous(const struct scenario *scenario)
{
	return scenario->moment->dangerous;
}

static bool takes_shape(const struct scenario_writer *writer,
			const struct scenario_target *target,
			const struct shape *shape)
{
	bool file = target->part.is & PART_ON_MOUNT;

	if (shape->segments > 1 && !writer->vectored)
		return false;
	/* Nothing is there that could be passed on. */
	if (shape->place == SHAPE_BEYOND_END &&
	    (writer->part.is & PART_SOURCE))
		return false;
	if (writer->granule && (shape->skip % writer->granule ||
				shape->len % writer->granule))
		return false;
	if (shape->len < writer->least)
		return false;
	return file || shape->place == SHAPE_AT_START;
}

bool scenario_reshape(const struct scenario *scenario,
		      const struct shape *shape, struct scenario *scenario_ret)
{
	size_t used = strlen(scenario->name);

	if (!takes_shape(scenario->writer, scenario->target, shape))
		return false;
	*scenario_ret = *scenario;
	scenario_ret->shape = shape;
	if (*shape->name)
		snprintf(scenario_ret->name + used,
			 sizeof(scenario_ret->name) - used, "+%s", shape->name);
	return true;
}
