/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns the page that a call has to wait for. The kernel takes the parts of
 * memory of one call in their order, so whatever comes before this page has
 * been taken once its READ is there. The READ is that of a page fault, made by
 * the kernel on behalf of the call, which sleeps in it without the lock of the
 * address space (mm/filemap.c: filemap_fault(), 6.1 to 6.18).
 */
#include "client/writers/fault.h"

#include <stdarg.h>
#include <stdio.h>


uint64_t fault_at(const struct trial *trial)
{
	return (trial->len + SHAPE_PAGE - 1) / SHAPE_PAGE * SHAPE_PAGE;
}

/* Only clean pages can be dropped, and only as long as nobody maps them. */
int fault_make(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	unsigned long long size = fault_at(trial) + FAULT_BYTES;
	int err = trial_step(trial, writer, NULL,
			     "create fd=s path=%s size=%llu gen=%d",
			     trial->source, size, TRIAL_GENERATION_NEW);

	if (!err)
		err = trial_step(trial, writer, NULL, "fsync fd=s");
	if (!err)
		err = trial_step(trial, writer, NULL, "dontneed fd=s");
	if (!err)
		err = trial_step(trial, writer, NULL,
				 "map mem=f fd=s len=%llu private", size);
	return err ? err : trial_hold(trial, &trial->read_gate,
				      "op=read path=/%s at=arrive",
				      trial->source);
}

int fault_drop(struct trial *trial)
{
	struct stepper *writer = trial->site->writer;
	int err = 0;

	if (!trial->owner_gone) {
		err = trial_step(trial, writer, NULL, "munmap mem=f");
		if (!err)
			err = trial_step(trial, writer, NULL, "close fd=s");
	}
	return err ? err : trial_unlink(trial, trial->source);
}

void fault_list(const struct trial *trial, const char *name, uint64_t at,
		char list[FAULT_LIST_SIZE])
{
	unsigned int pieces = trial->shape->segments;
	uint32_t each = trial->len / pieces;
	size_t used = 0;

	for (unsigned int i = 0; i < pieces; i++)
		used += (size_t)snprintf(list + used, FAULT_LIST_SIZE - used,
					 "%s%s:%llu:%u", i ? "," : "", name,
					 (unsigned long long)at + i * each,
					 i + 1 < pieces ? each :
					 trial->len - i * each);
}

static int start_and_take(struct trial *trial, const char *line)
{
	int err = trial_start_call(trial, "%s", line);

	return err ? err : trial_take(trial, trial->source);
}

int fault_start(struct trial *trial, const char *fmt, ...)
{
	char line[2 * FAULT_LIST_SIZE];
	va_list args;
	int err;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	trial_count_pins(trial);
	err = start_and_take(trial, line);
	if (!err)
		trial_see_pins(trial);
	return err;
}
